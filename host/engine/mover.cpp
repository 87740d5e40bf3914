#include "engine/mover.hpp"

#include "core/copy.hpp"
#include "engine/moving.hpp"

#include <algorithm>
#include <cstring>

namespace clique::engine {
namespace {

std::uint32_t message_tag(const step_state& state, const schedule::step& step) {
  constexpr std::uint64_t tags = 32000;  // below what every MPI library has (32767); 0 is the wire's
  if (transport::of_message(state.address)) {
    return static_cast<std::uint32_t>(1 + tags + transport::message_letter(state.address));
  }
  return static_cast<std::uint32_t>(1 + (state.address * schedule::letters + schedule::letter_of(step.key)) % tags);
}

// Plans that do not fit each other: a mistake in a schedule.
void check_size(const schedule::step& step, std::size_t offered) {
  require(offered == step.to.bytes, status::internal, "rank {} offers {} bytes where {} are fetched", step.peer,
          offered, step.to.bytes);
}

}  // namespace

bool mover::lease(const operation& op, step_state& state, const schedule::range& range, ring_pool& from) {
  if (state.ring != nullptr) return true;
  const bool bounded = range.where != schedule::buffer::temporary;
  if (bounded && !op.may_lease) return false;
  if (!bounded && on_.unbounded == nullptr) {
    on_.unbounded =
        std::make_unique<ring_pool>(*on_.memory, step_state::most_flights * on_.segment_bytes, ~std::size_t{0});
  }
  state.pool = bounded ? &from : on_.unbounded.get();
  state.ring = state.pool->lease();
  return state.ring != nullptr;
}

void mover::hold_back(operation& op, const schedule::step& step) const noexcept {
  const bool offers = step.what == schedule::verb::offer;
  if (!offers && (!schedule::is_block(step.what) || board_rank(step.peer) >= 0)) return;  // it needs none
  const schedule::range& range = offers ? step.from : step.to;
  if (range.where == schedule::buffer::temporary || op.bound(range.where).kind == staging::kind::direct) return;
  (offers ? sending(op) : receiving(op)).hold_back();
}

void mover::finish(step_state& state) {
  if (state.ring != nullptr) state.pool->give_back(state.ring);
  state.ring = nullptr;
  state.done = true;
}

bool mover::advance(operation& op, const schedule::step& step, step_state& state) {
  switch (step.what) {
    case schedule::verb::offer: return offer(op, step, state);
    case schedule::verb::fetch: return fetch(op, step, state);
    case schedule::verb::copy: return copy(op, step, state);
    case schedule::verb::view: return view(op, step, state);
    case schedule::verb::reduce: return reduce(op, step, state);
    case schedule::verb::mpi: return call_mpi(op, state);
  }
  return false;
}

// ---- offer

bool mover::offer(operation& op, const schedule::step& step, step_state& state) {
  const int reader = board_rank(step.peer);
  if (reader < 0) return offer_messages(op, step, state);
  if (!state.begun) return begin_offer(op, step, state, reader);
  if (state.ring != nullptr) return fill_ring(op, step, state, reader);
  state.done = on_.shm->taken(state.address, reader, step.key) == step.from.bytes;
  return state.done;
}

bool mover::begin_offer(operation& op, const schedule::step& step, step_state& state, int reader) {
  const staging::binding& bound = op.bound(step.from.where);
  const std::size_t bytes = step.from.bytes;
  if (opening(op, step.from)) return false;
  std::byte* const host = host_of(op, step.from);
  if (host != nullptr && op.ready && bytes <= on_.shm->inline_bytes(state.address)) {
    std::memcpy(on_.shm->inline_place(state.address, reader, step.key, bytes), host, bytes);
    on_.shm->offer_inlined(state.address, reader, step.key, bytes, step.more);
    if (op.phase != phase::queued) on_.shm->wake(reader);  // else the arrival does
    state.begun = true;
    state.done = !step.more;
    return true;
  }
  if (bound.kind == staging::kind::direct) {
    on_.shm->offer_linear(state.address, reader, step.key, host, bytes);
    if (op.phase != phase::queued) on_.shm->wake(reader);
    return state.begun = true;
  }
  if (!op.ready || !lease(op, state, step.from, sending(op))) return false;
  on_.shm->offer_ring(state.address, reader, step.key, state.ring, step_state::most_flights * on_.segment_bytes, bytes);
  state.begun = true;
  fill_ring(op, step, state, reader);
  return true;
}

// Segment k lies at k * segment_bytes of the ring, modulo its size; it is overwritten when the reader has taken it.
bool mover::fill_ring(operation& op, const schedule::step& step, step_state& state, int reader) {
  const std::size_t bytes = step.from.bytes, ring_bytes = step_state::most_flights * on_.segment_bytes;
  const std::size_t taken = on_.shm->taken(state.address, reader, step.key);
  const std::byte* const host = host_of(op, step.from);
  bool moved = false;
  while (state.count != 0 && on_.device->done(at(state, 0).ticket)) {
    pop(state);
    on_.shm->set_available(state.address, reader, step.key, state.finished);
    moved = true;
  }
  while (state.started < bytes && state.count < step_state::most_flights) {
    const std::size_t piece = std::min(on_.segment_bytes, bytes - state.started);
    if (state.started + piece > taken + ring_bytes) break;
    std::byte* const slot = state.ring + state.started % ring_bytes;
    const std::size_t offset = state.started;
    flight& next = push(state, flight::state::device, piece);
    moved = true;
    if (host == nullptr) {
      next.ticket = on_.device->read(op.bound(step.from.where), step.from.offset + offset, piece, slot);
      continue;
    }
    core::copy(slot, host + offset, piece);
    pop(state);
    on_.shm->set_available(state.address, reader, step.key, state.finished);
  }
  if (taken == bytes) finish(state);
  return moved || state.done;
}

bool mover::offer_messages(operation& op, const schedule::step& step, step_state& state) {
  // Not before all agree: a message that nobody receives would meet another operation.
  if (op.phase != phase::running || !op.ready || opening(op, step.from)) return false;
  std::byte* const host = host_of(op, step.from);
  if (host == nullptr && !lease(op, state, step.from, sending(op))) return false;
  bool moved = !state.begun;
  state.begun = true;
  while (state.started < step.from.bytes && state.count < step_state::most_flights) {
    const std::size_t offset = state.started;
    flight& next = push(state, host == nullptr ? flight::state::device : flight::state::message,
                        std::min(on_.segment_bytes, step.from.bytes - offset));
    moved = true;
    if (host == nullptr) {
      next.ticket = on_.device->read(op.bound(step.from.where), step.from.offset + offset, next.bytes,
                                     state.ring + offset % (step_state::most_flights * on_.segment_bytes));
    } else {
      next.ticket = on_.messages->send(step.peer, message_tag(state, step), host + offset, next.bytes);
    }
  }
  for (std::size_t k = 0; k < state.count; ++k) {  // segments leave in order
    flight& each = at(state, k);
    if (each.what == flight::state::message) continue;
    if (!on_.device->done(each.ticket)) break;
    each.what = flight::state::message;
    each.ticket =
        on_.messages->send(step.peer, message_tag(state, step),
                           state.ring + each.offset % (step_state::most_flights * on_.segment_bytes), each.bytes);
    moved = true;
  }
  while (state.count != 0 && at(state, 0).what == flight::state::message &&
         on_.messages->done(static_cast<transport::messages::ticket>(at(state, 0).ticket))) {
    pop(state);
    moved = true;
  }
  if (state.finished == step.from.bytes) finish(state);
  return moved;
}

bool mover::withdraw(operation& op, const schedule::step& step, step_state& state) {
  const int reader = board_rank(step.peer);
  if (reader < 0 || !state.begun || state.done || state.ring != nullptr || state.withdrawn || step.more) return false;
  const std::byte* const host = host_of(op, step.from);
  transport::arena& memory = *on_.memory;
  std::shared_ptr<std::byte> copy(memory.allocate(step.from.bytes),
                                  [&memory](std::byte* block) { memory.release(block); });
  if (!on_.shm->withdraw(state.address, reader, step.key)) {
    state.withdrawn = true;  // too late: its reader is at it
    return false;
  }
  core::copy(copy.get(), host, step.from.bytes);
  on_.shm->offer_moved(state.address, reader, step.key, std::move(copy));
  state.withdrawn = state.done = true;
  return true;
}

// ---- fetch

bool mover::fetch(operation& op, const schedule::step& step, step_state& state) {
  const int owner = board_rank(step.peer);
  if (owner < 0) return fetch_messages(op, step, state);
  if (opening(op, step.to) || !op.ready) return false;
  std::byte* const host = host_of(op, step.to);
  bool moved = false;
  if (state.count != 0) {  // to the device
    if (!on_.device->done(at(state, 0).ticket)) return false;
    pop(state);
    moved = true;
    on_.shm->take(state.address, owner, step.key, state.finished);
    if (state.finished == step.to.bytes) return state.done = true;  // the letter may have another block by now
  }
  transport::letter_view from;
  if (!on_.shm->look(state.address, owner, step.key, step.to.bytes, from)) return moved;
  check_size(step, from.bytes);
  if (from.kind == transport::letter_kind::linear && !state.begun) {
    if (!on_.shm->claim(state.address, owner, step.key)) return moved;
    if (!on_.shm->look(state.address, owner, step.key, step.to.bytes, from)) return moved;  // where it lies now
  }
  state.begun = true;
  op.reads_peers = op.reads_peers || from.kind != transport::letter_kind::inlined;
  while (state.started < from.available && state.count == 0) {
    std::size_t at_ring = state.started, piece = from.available - state.started;
    if (from.kind == transport::letter_kind::ring) {
      at_ring %= from.ring;
      piece = std::min(piece, from.ring - at_ring);
    }
    const std::size_t offset = state.started;
    flight& next = push(state, flight::state::device, piece);
    moved = true;
    if (host == nullptr) {
      next.ticket = on_.device->write(op.bound(step.to.where), step.to.offset + offset, piece, from.base + at_ring);
      break;
    }
    core::copy(host + offset, from.base + at_ring, piece);
    pop(state);
    if (from.kind != transport::letter_kind::inlined || step.more) on_.shm->take(state.address, owner, step.key, state.finished);
  }
  state.done = state.finished == step.to.bytes;
  return moved;
}

bool mover::fetch_messages(operation& op, const schedule::step& step, step_state& state) {
  if (opening(op, step.to) || !op.ready) return false;
  std::byte* const host = host_of(op, step.to);
  if (host == nullptr && !lease(op, state, step.to, receiving(op))) return false;
  bool moved = !state.begun;
  op.reads_peers = true;
  state.begun = true;
  const auto place = [&](std::size_t offset) {
    return host != nullptr ? host + offset : state.ring + offset % (step_state::most_flights * on_.segment_bytes);
  };
  while (state.started < step.to.bytes && state.count < step_state::most_flights) {
    const std::size_t offset = state.started;
    flight& next = push(state, flight::state::message, std::min(on_.segment_bytes, step.to.bytes - offset));
    next.ticket = on_.messages->receive(step.peer, message_tag(state, step), place(offset), next.bytes);
    moved = true;
  }
  for (std::size_t k = 0; k < state.count; ++k) {
    flight& each = at(state, k);
    if (each.what == flight::state::device) continue;
    if (!on_.messages->done(static_cast<transport::messages::ticket>(each.ticket))) break;
    each.what = flight::state::device;
    each.ticket = host != nullptr ? 0
                                  : on_.device->write(op.bound(step.to.where), step.to.offset + each.offset, each.bytes,
                                                      place(each.offset));
    moved = true;
  }
  while (state.count != 0 && at(state, 0).what == flight::state::device && on_.device->done(at(state, 0).ticket)) {
    pop(state);
    moved = true;
  }
  if (state.finished == step.to.bytes) finish(state);
  return moved;
}

// ---- view

// A block that lies in one piece where this rank can read it stays there; its owner waits until it has been used.
bool mover::view(operation& op, const schedule::step& step, step_state& state) {
  const int owner = board_rank(step.peer);
  if (owner >= 0 && !op.reduction.in_kernels() && !state.begun) {
    if (!op.ready) return false;
    transport::letter_view from;
    if (!on_.shm->look(state.address, owner, step.key, step.to.bytes, from)) return false;
    if (from.kind == transport::letter_kind::linear) {
      if (!on_.shm->claim(state.address, owner, step.key)) return false;
      if (!on_.shm->look(state.address, owner, step.key, step.to.bytes, from)) return false;  // where it lies now
    }
    if (from.kind != transport::letter_kind::ring) {
      check_size(step, from.bytes);
      op.reads_peers = op.reads_peers || from.kind != transport::letter_kind::inlined;
      state.seen = from.base;
      state.held = step.more || from.kind == transport::letter_kind::linear;
      return state.done = state.begun = true;
    }
  }
  const bool moved = fetch(op, step, state);
  if (state.done) state.seen = host_of(op, step.to);
  return moved;
}

// ---- MPI's own

bool mover::call_mpi(operation& op, step_state& state) {
  if (state.begun) {
    if (!on_.collectives->done(state.flights[0].ticket)) return false;
    return state.done = true;
  }
  if (!op.ready) return false;
  for (const staging::ticket each : op.opening) {
    if (each != 0) return false;
  }
  // MPI matches collectives by the order in which they are called.
  if (on_.mpi_turns.front() != op.seq) return false;
  op.reads_peers = true;
  on_.mpi_turns.pop_front();
  state.flights[0].ticket = on_.collectives->start(*op.plan->by_mpi, op.bound(schedule::buffer::in).host,
                                                   op.bound(schedule::buffer::out).host);
  return state.begun = true;
}

// ---- copy

bool mover::copy(operation& op, const schedule::step& step, step_state& state) {
  if (state.count != 0) {
    if (!on_.device->done(at(state, 0).ticket)) return false;
    pop(state);
    return state.done = true;
  }
  if (!op.ready || opening(op, step.from) || opening(op, step.to)) return false;
  const std::byte* const from = host_of(op, step.from);
  std::byte* const to = host_of(op, step.to);
  if (from != nullptr && to != nullptr) {
    core::copy(to, from, step.from.bytes);
    return state.done = true;
  }
  flight& only = push(state, flight::state::device, step.from.bytes);
  if (to != nullptr) {
    only.ticket = on_.device->read(op.bound(step.from.where), step.from.offset, step.from.bytes, to);
  } else if (from != nullptr) {
    only.ticket = on_.device->write(op.bound(step.to.where), step.to.offset, step.from.bytes, from);
  } else {
    only.ticket = on_.device->copy(op.bound(step.from.where), step.from.offset, op.bound(step.to.where), step.to.offset,
                                   step.from.bytes);
  }
  return true;
}

bool mover::abandon(step_state& state, schedule::verb what) {
  if (what == schedule::verb::mpi) return state.done = true;  // refused before it began
  while (state.count != 0) {
    flight& front = at(state, 0);
    if (front.what == flight::state::device && !on_.device->done(front.ticket)) return false;
    pop(state);
  }
  finish(state);
  return true;
}

}  // namespace clique::engine
