// What ranks that share no memory tell each other in a few bytes: frames, each for one peer. All frames that are added
// for a peer between two flushes go in one message, a packet, in their order; packets of a pair come in their order.
// They come from any rank, so that few receives are posted, however many ranks there are.
#pragma once

#include "transport/messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace clique::transport {

class packets {
 public:
  // Of all that this class sends. Nothing else may use it.
  static constexpr std::uint32_t tag = 0;

  // No frame is longer than that, on any rank: the same on all.
  packets(messages& link, std::size_t longest_frame);

  // A place for a frame of `bytes`, to be filled before anything else is called here.
  std::byte* add(int peer, std::uint32_t kind, std::size_t bytes);
  // A frame that is one value.
  template <class Value>
  void add(int peer, std::uint32_t kind, const Value& what) {
    std::memcpy(add(peer, kind, sizeof what), &what, sizeof what);
  }
  // Sends what has been added.
  void flush();

  // Calls take(peer, kind, bytes) for each frame of the next packet that has come, or of `all` of them; it may add().
  // True if there was any. (To look for one more is a call into the kernel, where MPI goes by TCP.)
  template <class Take>
  bool receive(bool all, Take&& take) {
    bool any = false;
    while (const auto from = link_.came(incoming_[next_].ticket)) {
      incoming& one = incoming_[next_];
      for (std::size_t at = 0; at < from->bytes;) {
        head of;
        std::memcpy(&of, one.bytes.data() + at, sizeof of);
        take(from->peer, of.kind, std::span<const std::byte>(one.bytes.data() + at + sizeof of, of.bytes));
        at += sizeof of + padded(of.bytes);
      }
      post(one);
      next_ = (next_ + 1) % incoming_.size();
      any = true;
      if (!all) break;
    }
    return any;
  }

  // Packets are under way whose memory is this object's, as far as can be found out.
  [[nodiscard]] bool sending() noexcept;

 private:
  struct head {
    std::uint32_t kind, bytes;
  };
  struct packet {
    int peer;
    std::vector<std::byte> bytes;
  };
  struct incoming {
    messages::ticket ticket;
    std::vector<std::byte> bytes;
  };
  static constexpr std::size_t padded(std::size_t bytes) noexcept { return (bytes + 7) / 8 * 8; }
  void post(incoming& one);
  void send(packet& one);
  void take_back();

  messages& link_;
  std::size_t longest_packet_;
  std::array<incoming, 4> incoming_;  // posted one after the other, so filled in that order
  std::size_t next_ = 0;              // that comes next
  std::vector<packet> open_;
  // Under way, as far as is known: each look may be a call into the kernel, so many are looked at at once.
  std::vector<std::vector<std::byte>> outgoing_;
  std::vector<messages::ticket> sent_;
  std::vector<std::vector<std::byte>> spare_;
};

}  // namespace clique::transport
