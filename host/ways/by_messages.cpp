#include "ways/by_messages.hpp"

#include "schedule/plan.hpp"
#include "transport/mail.hpp"

namespace clique::ways {
namespace {

// Blocks of a pair that may be under way at once have different tags, but for operations that are thousands apart.
std::uint32_t tag_of(const block& which) {
  constexpr std::uint64_t tags = 32000;  // below what every MPI library has (32767); 0 is the packets'
  if (transport::of_message(which.address))
    return static_cast<std::uint32_t>(1 + tags + transport::message_letter(which.address));
  return static_cast<std::uint32_t>(1 + (which.address * schedule::letters + schedule::letter_of(which.key)) % tags);
}

}  // namespace

// Sending, a segment is read from the device, then sent; receiving, received, then written. What the host addresses is
// sent from and received to where it lies.
struct by_messages::ends {
  by_messages& on;
  const block& which;
  const endpoint& end;
  transit& state;
  bool sends;

  [[nodiscard]] std::byte* place(const flight& one) const {
    return end.host != nullptr ? end.host + one.offset
                               : state.ring + one.offset % (transit::most_flights * on.segment_bytes_);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const { return std::min(on.segment_bytes_, end.bytes - at); }
  void begin(flight& one) const {
    if (!sends) {
      one.ticket = on.link_.receive(which.peer, tag_of(which), place(one), one.bytes);
    } else if (end.host == nullptr) {
      one.ticket = on.device_.read(end.memory, end.offset + one.offset, one.bytes, place(one));
    }
  }
  bool half(flight& one) const { return sends ? on.device_.done(one.ticket) : link_done(one); }
  void go_on(flight& one) const {
    one.ticket = 0;
    if (sends) {
      one.ticket = on.link_.send(which.peer, tag_of(which), place(one), one.bytes);
    } else if (end.host == nullptr) {
      one.ticket = on.device_.write(end.memory, end.offset + one.offset, one.bytes, place(one));
    }
  }
  bool over(flight& one) const { return sends ? link_done(one) : on.device_.done(one.ticket); }
  void reached(std::size_t) const {}
  bool link_done(const flight& one) const {
    return on.link_.done(static_cast<transport::messages::ticket>(one.ticket));
  }
};

bool by_messages::move(const block& which, const endpoint& end, transit& state, bool sends) {
  if (end.host == nullptr && !state.lease(end.rings)) return false;
  const bool begins = !std::exchange(state.begun, true);
  const bool moved = pump(state, end.bytes, ends{*this, which, end, state, sends});
  if (state.finished == end.bytes) state.finish();
  return moved || begins;
}

// Not before all agree: a message that nobody receives would meet another operation.
bool by_messages::offer(const block& which, const endpoint& from, transit& state) {
  return from.agreed && from.ready && move(which, from, state, true);
}

bool by_messages::fetch(const block& which, const endpoint& to, transit& state) {
  if (!to.ready) return false;
  state.reads_peer = true;
  return move(which, to, state, false);
}

}  // namespace clique::ways
