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
  return op.addressed && op.gate == 0 && op.plan->straight && op.plan->longest_offer <= on_.inlined &&
         on_.meeting != nullptr && op.mine.signature.status == 0;
}

void at_once::put(operation& op) const {
  bool placed = false;
  for (std::size_t k = 0; k < op.plan->plan.prologue; ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    if (step.what == verb::copy) {
      std::memcpy(at(op, step.to), at(op, step.from), step.from.bytes);
      continue;
    }
    const int reader = on_board(step.peer);
    if (reader < 0) {
      on_.parcels->put(op.seq, step.peer, step.key, at(op, step.from), step.from.bytes);
    } else if (!op.plan->one_offer) {
      std::memcpy(on_.board->inline_place(op.seq, reader, step.key, step.from.bytes), at(op, step.from),
                  step.from.bytes);
    } else if (!std::exchange(placed, true)) {
      std::memcpy(on_.board->inline_place_for_all(op.seq, step.from.bytes), at(op, step.from), step.from.bytes);
    }
  }
}

const std::byte* at_once::block_of(const operation& op, const schedule::step& step) const {
  const int owner = on_board(step.peer);
  if (owner < 0) return on_.parcels->find(op.seq, step.peer, step.key, step.to.bytes);
  const std::uint64_t number = op.numbers.empty() ? op.seq : op.numbers[static_cast<std::size_t>(step.peer)];
  return on_.board->inlined(number, owner, step.key, step.to.bytes);
}

bool at_once::has_all(const operation& op) const {
  if (on_.board != nullptr && !on_.board->all_inlined(op.seq)) return false;
  if (on_.parcels == nullptr) return true;
  for (std::size_t k = op.plan->plan.prologue; k < op.plan->plan.steps.size(); ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    if (schedule::is_block(step.what) && on_board(step.peer) < 0 && block_of(op, step) == nullptr) return false;
  }
  return true;
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
  if (on_.parcels != nullptr) drop_parcels(op);
}

void at_once::drop_parcels(const operation& op) const {
  for (std::size_t k = op.plan->plan.prologue; k < op.plan->plan.steps.size(); ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    if (schedule::is_block(step.what) && on_board(step.peer) < 0)
      on_.parcels->get(op.seq, step.peer, step.key, nullptr, step.to.bytes);
  }
}

}  // namespace clique::engine
