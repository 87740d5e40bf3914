#include "ways/by_messages.hpp"

#include "schedule/plan.hpp"
#include "transport/mail.hpp"

#include <algorithm>

namespace clique::ways {

// Blocks of a pair that may be under way at once have different tags, but for operations that are thousands apart.
std::uint32_t by_messages::tag_of(const block& which) const {
  constexpr std::uint64_t tags = 32000;  // below what every MPI library has (32767); 0 is the packets'
  if (transport::of_message(which.address))
    return static_cast<std::uint32_t>(1 + tags + transport::message_letter(which.address));
  const std::uint64_t number = parcels_.number_of(which.address);
  return static_cast<std::uint32_t>(1 + (number * schedule::letters + schedule::letter_of(which.key)) % tags);
}

// Sending, a segment is read from the device, then sent; receiving, received, then written. What the host addresses is
// sent from and received to where it lies.
struct by_messages::ends {
  by_messages& on;
  const block& which;
  const endpoint& end;
  transit& state;
  bool sends, parcel;

  [[nodiscard]] std::byte* place(const flight& one) const {
    return end.host != nullptr ? end.host + one.offset
                               : state.ring + one.offset % (transit::most_flights * on.segment_bytes_);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const { return std::min(on.segment_bytes_, end.bytes - at); }
  void begin(flight& one) const {
    if (!sends) {
      if (!parcel) one.ticket = on.link_.receive(which.peer, on.tag_of(which), place(one), one.bytes);
    } else if (end.host == nullptr) {
      one.ticket = on.device_.read(end.memory, end.offset + one.offset, one.bytes, place(one));
    }
  }
  bool half(flight& one) const {
    if (sends) return on.device_.done(one.ticket);
    return parcel ? on.parcels_.get(which.address, which.peer, which.key, place(one), one.bytes) : link_done(one);
  }
  void go_on(flight& one) const {
    one.ticket = 0;
    if (sends && parcel) {
      on.parcels_.put(which.address, which.peer, which.key, place(one), one.bytes);
    } else if (sends) {
      one.ticket = on.link_.send(which.peer, on.tag_of(which), place(one), one.bytes);
    } else if (end.host == nullptr) {
      one.ticket = on.device_.write(end.memory, end.offset + one.offset, one.bytes, place(one));
    }
  }
  bool over(flight& one) const {
    if (sends) return parcel || link_done(one);
    return on.device_.done(one.ticket);
  }
  void reached(std::size_t) const {}
  bool link_done(const flight& one) const {
    return on.link_.done(static_cast<transport::messages::ticket>(one.ticket));
  }
};

bool by_messages::move(const block& which, const endpoint& end, transit& state, bool sends) {
  if (end.host == nullptr && !state.lease(end.rings)) return false;
  const bool begins = !std::exchange(state.begun, true);
  const bool moved = pump(state, end.bytes, ends{*this, which, end, state, sends, is_parcel(which, end.bytes)});
  if (state.finished == end.bytes) state.finish();
  return moved || begins;
}

// Of an operation of all ranks.
bool by_messages::is_parcel(const block& which, std::size_t bytes) const noexcept {
  return !transport::of_message(which.address) && bytes <= longest_parcel();
}

// Not before all agree, but a parcel: a message that nobody receives would meet another operation.
bool by_messages::offer(const block& which, const endpoint& from, transit& state) {
  const bool early = from.host != nullptr && is_parcel(which, from.bytes);
  return (from.agreed || early) && from.ready && move(which, from, state, true);
}

bool by_messages::fetch(const block& which, const endpoint& to, transit& state) {
  if (!to.ready) return false;
  state.reads_peer = state.reads_peer || !is_parcel(which, to.bytes);
  return move(which, to, state, false);
}

}  // namespace clique::ways
