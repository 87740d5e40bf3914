#include "engine/mover.hpp"

#include "core/copy.hpp"
#include "engine/moving.hpp"
#include "ways/self.hpp"

namespace clique::engine {
namespace {

// A rank that copies along for more readers keeps them waiting for each other.
constexpr std::size_t most_attended = 3;

}  // namespace

using schedule::verb;

ways::endpoint mover::endpoint_of(operation& op, const schedule::range& range,
                                  ways::ring_pool ways::ring_pools::*rings) const noexcept {
  const staging::binding& memory = op.bound(range.where);
  ways::ring_pool* pool = nullptr;
  if (rings != nullptr && memory.kind != staging::kind::direct) {
    if (range.where == schedule::buffer::temporary) {
      pool = &((*on_.unbounded).*rings);
    } else if (op.may_lease) {
      pool = &(rings_of(op).*rings);
    }
  }
  return {memory,
          range.offset,
          range.bytes,
          memory.host == nullptr ? nullptr : memory.host + range.offset,
          op.ready,
          op.phase != phase::queued,
          op.phase == phase::running,
          pool,
          op.blocks && !on_.crowded && op.plan->offers <= most_attended};
}

bool mover::advance(operation& op, const schedule::step& step, step_state& state) {
  bool moved = false;
  switch (step.what) {
    case verb::offer:
      return !opening(op, step.from) &&
             way_to(step.peer).offer(block_of(step, state), endpoint_of(op, step.from, &ways::ring_pools::sending),
                                     state);
    case verb::fetch:
    case verb::view: {
      if (opening(op, step.to)) return false;
      const ways::endpoint to = endpoint_of(op, step.to, &ways::ring_pools::receiving);
      const ways::block which = block_of(step, state);
      const bool views = step.what == verb::view && !op.reduction.in_kernels();
      moved = views ? way_to(step.peer).view(which, to, state) : way_to(step.peer).fetch(which, to, state);
      op.reads_peers = op.reads_peers || state.reads_peer;
      return moved;
    }
    case verb::copy: return copy(op, step, state);
    case verb::reduce: return reduce(op, step, state);
    case verb::mpi: return call_mpi(op, state);
  }
  return moved;
}

void mover::hold_back(operation& op, const schedule::step& step) const noexcept {
  const bool offers = step.what == verb::offer;
  if (!offers && (!schedule::is_block(step.what) || !way_to(step.peer).stages_fetches())) return;
  const schedule::range& range = offers ? step.from : step.to;
  if (range.where == schedule::buffer::temporary || op.bound(range.where).kind == staging::kind::direct) return;
  (offers ? rings_of(op).sending : rings_of(op).receiving).hold_back();
}

bool mover::withdraw(operation& op, const schedule::step& step, step_state& state) {
  return way_to(step.peer).withdraw(block_of(step, state), endpoint_of(op, step.from, nullptr), state);
}

bool mover::copy(operation& op, const schedule::step& step, step_state& state) {
  if (op.fills(step)) {
    std::byte* const to = host_of(op, step.to);
    if (!op.ready || to == nullptr) return false;
    core::fill(to, step.to.bytes, op.fill);
    return state.done = true;
  }
  if (opening(op, step.from) || opening(op, step.to)) return false;
  const ways::endpoint from = endpoint_of(op, step.from, nullptr), to = endpoint_of(op, step.to, nullptr);
  constexpr auto exported = staging::kind::exported;
  if (on_.copies != nullptr && from.memory.kind == exported && to.memory.kind == exported && !state.begun) {
    if (op.phase != phase::running) return false;  // before that it may ask nobody
    state.copied_here = on_.copies->share(from.memory) && on_.copies->share(to.memory);
  }
  if (state.copied_here) return on_.copies->copy(from, to, state);
  return ways::copy(*on_.device, from, to, state);
}

bool mover::call_mpi(operation& op, step_state& state) {
  if (state.begun) {
    if (!on_.foreign->done(state.flights[0].ticket)) return false;
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
  state.flights[0].ticket =
      on_.foreign->start(*op.plan->by_mpi, op.bound(schedule::buffer::in).host, op.bound(schedule::buffer::out).host);
  return state.begun = true;
}

// Before the ranks agree nothing is under way but on the device.
bool mover::abandon(step_state& state, verb what) {
  if (what == verb::mpi) return state.done = true;  // refused before it began
  while (state.count != 0) {
    if (!on_.device->done(state.at(0).ticket)) return false;
    state.pop();
  }
  state.finish();
  return true;
}

}  // namespace clique::engine
