// The mover's reduce steps: on the host, piece by piece, or in kernels, pair by pair.
#include "engine/mover.hpp"
#include "engine/moving.hpp"
#include "schedule/association.hpp"

#include <algorithm>
#include <cstring>

namespace clique::engine {

void mover::let_go(operation& op, const schedule::step& step) {
  for (const schedule::operand& each : step.operands) {
    if (each.view == schedule::no_step) continue;
    step_state& view = op.states[each.view];
    if (--view.users != 0 || !view.held) continue;  // a scan combines a block several times
    const schedule::step& from = op.step(each.view);
    way_to(from.peer).release(block_of(from, view), from.to.bytes);
  }
}

bool mover::reduce(operation& op, const schedule::step& step, step_state& state) {
  return op.reduction.in_kernels() ? reduce_in_kernels(op, step, state) : reduce_on_host(op, step, state);
}

// Not too much in one look.
bool mover::reduce_on_host(operation& op, const schedule::step& step, step_state& state) {
  constexpr std::size_t look_bytes = std::size_t{1} << 20;
  if (!op.ready || opening(op, step.to)) return false;
  reduction_.begin();
  for (const schedule::operand& each : step.operands) {
    if (each.view == schedule::no_step && opening(op, each.where)) return false;
    reduction_.add(each.view != schedule::no_step ? op.states[each.view].seen : host_of(op, each.where));
  }
  const std::size_t begun = state.started;
  state.started = std::min(begun + look_bytes, step.to.bytes);
  reduction_.combine(step, op.reduction, host_of(op, step.to), begun, state.started);
  if (state.started == step.to.bytes) {
    let_go(op, step);
    state.done = true;
  }
  return true;
}

// Whether all that the step touches is memory that the ranks which drive the device see.
bool mover::others_may_reduce(operation& op, const schedule::step& step) {
  if (on_.copies == nullptr || op.reduction.builtin == 0 || op.phase != phase::running) return false;
  if (step.operands.size() > ways::copier::longest_chain) return false;
  const auto shared = [&](const schedule::range& range) {
    const staging::binding& memory = op.bound(range.where);
    return memory.kind == staging::kind::exported && on_.copies->share(memory);
  };
  return shared(step.to) && (step.scratch.bytes == 0 || shared(step.scratch)) &&
         std::all_of(step.operands.begin(), step.operands.end(), [&](const auto& each) { return shared(each.where); });
}

// The same as below, by whoever works for all: a turn of the compute engine for each rank would take longer.
bool mover::reduce_by_one_rank(operation& op, const schedule::step& step, step_state& state) {
  const auto place = [&](const schedule::range& range) {
    const staging::binding& memory = op.bound(range.where);
    return staging::exported_place{on_.device->exports_as(), memory.exported, memory.exported_offset + range.offset};
  };
  const std::size_t count = step.to.bytes / op.reduction.element;
  bool first = true, room = true;
  const auto ask = [&](const staging::exported_work& what) {
    room = room && on_.copies->request(what, first, step.operands.size(), state);
    first = false;
  };
  const schedule::range result = schedule::combine_tree(
      step.operands, [&](std::size_t k) { return step.operands[k].where; },
      [&](const schedule::range& left, const schedule::range& right, int slot) {
        const schedule::range target = slot == schedule::to_target ? step.to : schedule::scratch_partial(step, slot);
        ask({place(left), place(target), step.to.bytes, op.reduction.builtin,
             static_cast<std::uint32_t>(op.reduction.type), place(right), count});
        return target;
      });
  if (!room) return false;
  require(result == step.to, status::internal, "the result of a reduction lies elsewhere than it should");
  return state.begun = state.copied_here = true;
}

// One command for each pair; the port runs them in their order, so that the last one tells of all.
bool mover::reduce_in_kernels(operation& op, const schedule::step& step, step_state& state) {
  if (state.copied_here) return state.done = on_.copies->done(state);
  if (state.begun) {
    if (!on_.device->done(state.at(0).ticket)) return false;
    state.pop();
    return state.done = true;
  }
  if (!op.ready) return false;
  if (step.operands.size() > 1 && others_may_reduce(op, step)) return reduce_by_one_rank(op, step, state);
  const std::size_t count = step.to.bytes / op.reduction.element;
  staging::ticket latest = 0;
  const auto also = [&](staging::ticket next) {
    if (latest != 0) op.combined.push_back(latest);
    latest = next;
  };
  const schedule::range result = schedule::combine_tree(
      step.operands, [&](std::size_t k) { return step.operands[k].where; },
      [&](const schedule::range& left, const schedule::range& right, int slot) {
        const schedule::range target = slot == schedule::to_target ? step.to : schedule::scratch_partial(step, slot);
        also(on_.device->combine(*op.reduction.kernel, op.bound(left.where), left.offset, op.bound(right.where),
                                 right.offset, op.bound(target.where), target.offset, count));
        return target;
      });
  if (!(result == step.to))
    also(on_.device->copy(op.bound(result.where), result.offset, op.bound(step.to.where), step.to.offset,
                          step.to.bytes));
  state.push(step.to.bytes).ticket = latest;
  return state.begun = true;
}

}  // namespace clique::engine
