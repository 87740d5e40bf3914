#include "ways/by_process.hpp"

#include "memory/process_memory.hpp"

namespace clique::ways {

using transport::in_process;

namespace {

bool lies_in_process(const endpoint& from) {
  if (from.host == nullptr) return false;
  if (from.memory.kind == staging::kind::mapped) return memory::others_can_read(from.host);
  return from.memory.kind == staging::kind::host;  // of which it is known
}

}  // namespace

// The kernel pays for each page, and leaves all of it to the reader; through a ring both ranks copy. What fits in the
// ring as a whole needs no more of its owner, who may have something else to do, than one copy.
manner by_process::manner_of(const block& which, const endpoint& from, transit& state) {
  if (always_ || !from.ready) return manner::kernel;
  if (from.attended) return race(which, from, state, 3);
  return from.bytes <= std::min(std::size_t{64} << 10, pieces_of(from).ring) ? manner::cached : manner::kernel;
}

bool by_process::offer(const block& which, const endpoint& from, transit& state) {
  const bool fits_inside = from.ready && from.bytes <= board_.inline_bytes(which.address);
  if (state.begun || fits_inside || !lies_in_process(from)) return shared::offer(which, from, state);
  state.how = manner_of(which, from, state);
  if (state.how != manner::kernel && state.lease(from.rings)) return shared::offer(which, from, state);
  state.how = manner::kernel;
  const int reader = number(which.peer);
  board_.offer_in_process(which.address, reader, which.key, from.host, from.bytes);
  if (from.published) board_.wake(reader);
  return state.begun = true;
}

// By the host, to where it addresses the memory; else, segment by segment, to a ring, for the device to write from.
bool by_process::read_process(const transport::letter_view& from, const block& which, const endpoint& to,
                              transit& state) {
  struct ends {
    by_process& on;
    const endpoint& to;
    const transit& state;
    pid_t process;
    std::uint64_t address;

    [[nodiscard]] std::byte* place(const flight& one) const {
      return state.ring + one.offset % (transit::most_flights * on.segment_bytes_);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return std::min(on.segment_bytes_, to.bytes - at); }
    void begin(flight& one) const { memory::read_process(process, address + one.offset, place(one), one.bytes); }
    bool half(flight&) const { return true; }
    void go_on(flight& one) const {
      one.ticket = on.device_.write(to.memory, to.offset + one.offset, one.bytes, place(one));
    }
    bool over(flight& one) const { return on.device_.done(one.ticket); }
    void reached(std::size_t) const {}
  };
  const pid_t process = processes_[static_cast<std::size_t>(which.peer)];
  bool moved = true;
  if (to.host != nullptr) {
    // Not all in one look: this rank may have a ring to fill.
    const std::size_t piece = std::min(std::size_t{256} << 10, to.bytes - state.finished);
    memory::read_process(process, from.address + state.finished, to.host + state.finished, piece);
    state.started = state.finished += piece;
  } else {
    if (!state.lease(to.rings)) return false;
    moved = pump(state, to.bytes, ends{*this, to, state, process, from.address});
  }
  state.begun = state.reads_peer = true;
  if (state.finished != to.bytes) return moved;
  board_.take(which.address, number(which.peer), which.key, to.bytes);
  state.finish();
  return true;
}

std::optional<std::uint64_t> by_process::place(const endpoint& of) {
  if (!lies_in_process(of)) return shared::place(of);
  constexpr std::size_t worth_a_letter = std::size_t{32} << 10;  // two more mails
  if (of.attended && of.bytes >= worth_a_letter && !always_) return std::nullopt;
  return reinterpret_cast<std::uint64_t>(of.host) | in_process;
}

const std::byte* by_process::at(int peer, std::uint64_t place) {
  return (place & in_process) != 0 ? nullptr : shared::at(peer, place);
}

void by_process::get(int peer, std::uint64_t place, std::byte* to, std::size_t bytes) {
  memory::read_process(processes_[static_cast<std::size_t>(peer)], place & ~in_process, to, bytes);
}

}  // namespace clique::ways
