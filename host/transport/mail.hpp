// Mail: small records from one rank to another, in order. By them the two ranks of a point-to-point message agree, and
// hand over messages of a few bytes.
//
// Between ranks that share memory each ordered pair has a ring of records. It lies in the writer's control block, since
// that is what peers can write to: the reader stores there how many it has read. Whoever finds it full keeps the record
// and tries again. Nothing here waits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clique::transport {

struct mail {
  // message and ready come from the sender of a message: what it is, and, where that was left open, where its data is.
  // The others are the receiver's answer: the data is here; it is to be moved through a letter; the two do not agree.
  enum class kind : std::uint32_t { message, ready, taken, accepted, refused };
  // Where the data is. later: the sender's device still works on it. inlined: here. eager: here, and nobody waits for
  // an answer. located: in the sender's arena. staged: it comes through a letter, or as messages of the transport, once
  // the receiver has accepted it.
  enum class form : std::uint32_t { later, inlined, eager, located, staged };
  static constexpr std::size_t most_inlined = 144;

  mail::kind what = kind::message;
  mail::form data = form::later;
  std::uint64_t number = 0;  // of the message, among all from its sender to its receiver
  std::int32_t tag = 0;
  std::uint32_t type = 0;   // its type_id()
  std::uint64_t count = 0;  // elements; in a refusal, those of the receiver
  // inlined, eager: bytes; located: offset in the arena; accepted: which letter; later: 1 where it will be eager.
  std::uint64_t place = 0;
  std::array<std::byte, most_inlined> inlined;

  // Nobody waits for an answer.
  [[nodiscard]] bool is_eager() const noexcept { return data == form::eager || (data == form::later && place != 0); }
  [[nodiscard]] bool has_data() const noexcept { return data == form::inlined || data == form::eager; }
  // Bytes of the record that mean something.
  [[nodiscard]] std::size_t size() const noexcept {
    return offsetof(mail, inlined) + (has_data() ? static_cast<std::size_t>(place) : 0);
  }
};

// By which a rank sends mail to its peers, and gets it.
class mailbox {
 public:
  virtual ~mailbox() = default;
  // False if there is no room now.
  virtual bool put(int peer, const mail& what) = 0;
  // The next from that peer; false if nothing new is there.
  virtual bool get(int peer, mail& what) = 0;
};

// The blocks of messages have letters of their own, a few for each ordered pair of ranks; the receiver says which.
// Where a block goes by its operation's number otherwise, it goes by this.
inline constexpr std::uint32_t message_letters = 8;
constexpr std::uint64_t message_address(std::uint64_t letter, std::uint64_t number) noexcept {
  return std::uint64_t{1} << 63 | letter << 48 | (number & ((std::uint64_t{1} << 48) - 1));
}
constexpr bool of_message(std::uint64_t address) noexcept {
  return address >> 63 != 0;
}
constexpr std::uint32_t message_letter(std::uint64_t address) noexcept {
  return static_cast<std::uint32_t>(address >> 48) & 0x7fff;
}

class mail_rings {
 public:
  // Of the area that each of `size` ranks has for them; zero at first.
  static std::size_t bytes(int size) noexcept;

  mail_rings(int rank, std::vector<std::byte*> areas);
  // False if the ring is full.
  bool put(int peer, const mail& what) noexcept;
  // False if nothing new is there.
  bool get(int peer, mail& what) noexcept;

 private:
  // A ring of one writer and one reader.
  //
  //   word    who writes                                who reads, and after what
  //   stamp   the writer, release, after `what`: how    the reader, acquire; equal to how many it has read, and one
  //           many records it has put with this one     more: `what` is there, until it says that it has read it
  //   read    the reader, release, after it has         the writer, acquire, where the ring looks full: places before
  //           copied `what`: how many it has read       that number may be written again
  struct alignas(64) record {
    std::atomic<std::uint64_t> stamp;
    mail what;
  };
  struct alignas(64) ring {
    std::atomic<std::uint64_t> read;
  };
  static std::uint64_t capacity(int size) noexcept;
  static std::size_t ring_bytes(int size) noexcept;
  [[nodiscard]] ring& ring_of(int writer, int reader) const noexcept;
  [[nodiscard]] record& record_of(int writer, int reader, std::uint64_t k) const noexcept;

  int rank_;
  std::vector<std::byte*> areas_;  // by rank
  std::uint64_t capacity_;
  std::size_t ring_bytes_;
  std::vector<std::uint64_t> put_, seen_read_, got_;  // by peer
};

}  // namespace clique::transport
