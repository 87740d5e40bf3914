#include "engine/at_once.hpp"

#include "core/copy.hpp"

#include <cstring>
#include <utility>

namespace clique::engine {
namespace {

using schedule::verb;

std::byte* at(const operation& op, const schedule::range& range) noexcept {
  return op.bindings[static_cast<std::size_t>(range.where)].host + range.offset;
}

}  // namespace

bool at_once::fits(const operation& op) const noexcept {
  return on_.board != nullptr && on_.meeting == on_.board && op.addressed && op.gate == 0 && op.plan->straight &&
         op.plan->longest_offer <= on_.inlined && op.mine.signature.status == 0;
}

void at_once::put(operation& op) const noexcept {
  bool placed = false;
  for (std::size_t k = 0; k < op.plan->plan.prologue; ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    if (step.what == verb::copy) {
      std::memcpy(at(op, step.to), at(op, step.from), step.from.bytes);
    } else if (!op.plan->one_offer) {
      std::memcpy(on_.board->inline_place(op.seq, step.peer, step.key, step.from.bytes), at(op, step.from),
                  step.from.bytes);
    } else if (!std::exchange(placed, true)) {
      std::memcpy(on_.board->inline_place_for_all(op.seq, step.from.bytes), at(op, step.from), step.from.bytes);
    }
  }
}

const std::byte* at_once::block_of(const operation& op, const schedule::step& step) const noexcept {
  const std::uint64_t number = op.numbers.empty() ? op.seq : op.numbers[static_cast<std::size_t>(step.peer)];
  return on_.board->inlined(number, step.peer, step.key, step.to.bytes);
}

void at_once::take(operation& op) {
  const std::size_t count = op.plan->plan.steps.size();
  if (op.plan->reduces) seen_.resize(count);
  for (std::size_t k = op.plan->plan.prologue; k < count; ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    switch (step.what) {
      case verb::fetch: std::memcpy(at(op, step.to), block_of(op, step), step.to.bytes); break;
      case verb::view: seen_[k] = block_of(op, step); break;
      case verb::copy:
        if (op.fills(step)) {
          core::fill(at(op, step.to), step.to.bytes, op.fill);
        } else {
          core::copy(at(op, step.to), at(op, step.from), step.to.bytes);
        }
        break;
      case verb::reduce:
        reduction_.begin();
        for (const schedule::operand& each : step.operands)
          reduction_.add(each.view != schedule::no_step ? seen_[each.view] : at(op, each.where));
        reduction_.combine(step, op.reduction, at(op, step.to), 0, step.to.bytes);
        break;
      default: fail(status::internal, "a step that has to wait is in a plan that should not");
    }
  }
}

}  // namespace clique::engine
