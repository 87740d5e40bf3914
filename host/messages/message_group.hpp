// Point-to-point: the messages that one call sends and receives.
#pragma once

#include "engine/task.hpp"
#include "transport/mail.hpp"
#include "ways/way.hpp"

#include <clique/datatype.hpp>
#include <clique/request.hpp>

#include <deque>
#include <memory>

namespace clique::engine {

// One message's half, as the caller gave it, checked and bound.
struct message_part {
  bool sends = false;
  int peer = -1;  // or any_source, or no_rank
  int tag = 0;    // or any_tag
  datatype type = datatype::uint8;
  std::size_t count = 0;   // elements
  staging::binding range;  // as many bytes as elements
  staging::extent where{};
};

class message_group;

// One message's half under way.
//
//   sender:    posted > (accepted > moving >) closing > done
//   receiver:  posted > matched > (moving >) closing > done
struct transfer {
  enum class stage : std::uint8_t {
    posted,    // sender: the receiver has not answered; receiver: no message fits yet
    accepted,  // sender: the letter that the receiver has chosen is not free yet
    matched,   // receiver: until its own device and the data are ready
    moving,    // what its way or the device does
    closing,   // unmapping; the answer is on its way
    done
  };

  message_part part;
  message_group* of = nullptr;
  stage now = stage::posted;
  int peer = -1;                                     // the other rank, once it is known
  std::uint64_t number = 0;                          // of the message
  bool told = false;                                 // sender: the receiver knows where the data is
  bool busy = false;                                 // there is something to do without new mail
  transport::mail from;                              // receiver: the message
  std::uint64_t letter = 0;                          // that the receiver has chosen
  std::uint64_t answered = 0;                        // receiver: its answer is the peer's piece of mail of that number
  staging::binding memory;                           // part.range, mapped or not
  std::shared_ptr<std::byte> shadow;                 // of a small mapped one: what stands for it
  staging::ticket opening = 0, closing = 0, io = 0;  // io: a copy from the message to the receiver's device
  std::optional<error> failure;
  ways::transit state;                            // through its letter
  transfer *before = nullptr, *behind = nullptr;  // of a posted receive: the others, in order

  // Where the host addresses it now; null where it does not.
  [[nodiscard]] std::byte* host() const noexcept { return opening != 0 ? nullptr : memory.host; }
};

// Receives that nothing has matched, in order of posting.
class posted_receives {
 public:
  void add(transfer& last) noexcept {
    last.before = last_;
    last.behind = nullptr;
    (last_ != nullptr ? last_->behind : first_) = &last;
    last_ = &last;
  }
  void remove(transfer& one) noexcept {
    (one.before != nullptr ? one.before->behind : first_) = one.behind;
    (one.behind != nullptr ? one.behind->before : last_) = one.before;
  }
  void clear() noexcept { first_ = last_ = nullptr; }
  // The first that it holds for; or null.
  template <class Predicate>
  [[nodiscard]] transfer* find(Predicate&& holds) const {
    transfer* each = first_;
    while (each != nullptr && !holds(*each)) each = each->behind;
    return each;
  }

 private:
  transfer *first_ = nullptr, *last_ = nullptr;
};

// A group is done when all its messages are. Its transfers stay where they are from its start on.
class message_group final : public task {
 public:
  message_group() { messages = this; }

  transfer& add(const message_part& part) {
    if (used == transfers.size()) transfers.emplace_back();
    transfer& next = transfers[used++];
    std::destroy_at(&next);
    std::construct_at(&next);
    next.part = part;
    next.of = this;
    return next;
  }
  // Of the done call's k-th receive. Throws clique::error(invalid_argument).
  [[nodiscard]] message received(std::size_t k) const {
    std::size_t seen = 0;
    for (std::size_t each = 0; each < used; ++each) {
      const transfer& one = transfers[each];
      if (!one.part.sends && seen++ == k) return {one.peer, one.from.tag};
    }
    fail(status::invalid_argument, "there is no receive {}: the call had {}", k, seen);
  }
  // Of a done call: some of what it received lay in memory that its sender may write to again, once that has failed.
  [[nodiscard]] bool has_read_peers() const {
    for (std::size_t each = 0; each < used; ++each) {
      const transfer& one = transfers[each];
      const bool elsewhere = !one.from.has_data();
      if (!one.part.sends && one.peer >= 0 && one.part.range.bytes != 0 && elsewhere) return true;
    }
    return false;
  }
  // Some of what is under way is moved by this rank's device.
  [[nodiscard]] bool moves_by_device() const {
    for (std::size_t each = 0; each < used; ++each) {
      const transfer& one = transfers[each];
      const bool moves = one.now == transfer::stage::moving || one.now == transfer::stage::closing;
      if (moves && one.part.range.kind != staging::kind::direct && one.host() == nullptr) return true;
    }
    return false;
  }
  void reset() {
    task::reset();
    used = left = 0;
    paired = false;
    answer.reset();
  }

  bool paired = false;  // what it sends in its mail nobody answers
  // Of a send that has been mailed already: an answer that came meanwhile.
  std::optional<transport::mail> answer;
  std::size_t place = 0;           // among those in flight
  std::deque<transfer> transfers;  // the first `used`
  std::size_t used = 0, left = 0;  // of the call; not done
};

}  // namespace clique::engine
