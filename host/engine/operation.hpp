// An operation: a plan being run for one call.
#pragma once

#include "core/arithmetic.hpp"
#include "engine/task.hpp"
#include "schedule/plan.hpp"
#include "schedule/shape.hpp"
#include "staging/port.hpp"
#include "transport/arrival.hpp"
#include "transport/meeting.hpp"
#include "transport/mpi_call.hpp"
#include "ways/way.hpp"

#include <clique/array.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace clique::engine {

// Whether such a step needs something of other ranks.
constexpr bool takes(schedule::verb what) noexcept {
  return what != schedule::verb::offer && what != schedule::verb::copy;
}

// A plan with what belongs to every call that uses it.
struct prepared_plan {
  schedule::plan plan;
  std::vector<std::size_t> sent, expected;                // bytes per rank, of v-collectives; else empty
  std::vector<std::uint32_t> sent_types, expected_types;  // of alltoallw
  std::uint64_t pairs = 0;
  bool covers_out = false;  // every byte of the receive region is written: what was there is not needed
  bool owns_out = false;    // the call has the receive region for itself, what it does not write too
  std::optional<transport::mpi_call> by_mpi;
  std::vector<int> sources;  // ranks with whom this one compares where those do who exchange data
  schedule::block filled{};  // temporary memory that begins filled with what the call says

  // Of the steps; filled in by count_steps().
  bool late_offers = false;  // some are offered after the prologue
  bool reduces = false;
  bool writes_out = false;  // some write to the receive region
  // Done in their order none waits for another, but for what peers offer: see at_once.hpp.
  bool straight = true;
  std::size_t longest_offer = 0;        // bytes
  bool one_offer = true;                // all offer the same block
  std::size_t offers = 0, fetches = 0;  // steps that give something to others, and that need something of theirs
  std::vector<std::uint32_t> users;     // of each step that is a view: how many combine it; empty where none does

  void count_steps() {
    late_offers = reduces = writes_out = false;
    straight = true;
    longest_offer = offers = fetches = 0;
    one_offer = true;
    const schedule::range* offered = nullptr;
    users.clear();
    for (std::size_t k = 0; k < plan.steps.size(); ++k) {
      const schedule::step& each = plan.steps[k];
      late_offers = late_offers || (k >= plan.prologue && each.what == schedule::verb::offer);
      reduces = reduces || each.what == schedule::verb::reduce;
      writes_out = writes_out || each.what == schedule::verb::mpi ||
                   (each.what != schedule::verb::offer && each.to.where == schedule::buffer::out && each.to.bytes != 0);
      straight = straight && !late_offers && !each.more && each.what != schedule::verb::mpi;
      if (each.what == schedule::verb::offer) {
        ++offers;
        longest_offer = std::max(longest_offer, each.from.bytes);
        one_offer = one_offer && (offered == nullptr || *offered == each.from);
        offered = &each.from;
      }
      fetches += takes(each.what) ? 1 : 0;
      for (const schedule::operand& operand : each.operands) {
        if (operand.view == schedule::no_step) continue;
        users.resize(plan.steps.size());
        ++users[operand.view];
      }
    }
    pairs = sent.empty() ? 0 : transport::pair_sum(rank, pair_lists());
  }
  std::size_t rank = 0;
  [[nodiscard]] transport::compared compared() const noexcept { return {sources, !expected.empty()}; }
  [[nodiscard]] transport::pair_bytes pair_lists() const { return {sent, expected, sent_types, expected_types}; }
};

// How the reduce steps of an operation are done. On the host: by `combine`, on memory that the host addresses. In
// kernels: by the port, on the device's buffers; then the operation's temporary memory is the device's.
struct reduction {
  core::combine combine = nullptr;
  const staging::combiner* kernel = nullptr;
  std::uint32_t builtin = 0;  // of a built-in operator on a built-in type: 1 + its kind; else 0
  datatype type = datatype::uint8;
  std::size_t element = 1;
  std::size_t divide_by = 0;  // of a mean: final results are divided by it
  [[nodiscard]] bool in_kernels() const noexcept { return kernel != nullptr; }
};

// A step on its way to being done.
struct step_state : ways::transit {
  step_state() noexcept {}  // or lists of them would be filled with zeros first

  std::uint64_t address = 0;  // under which the two ranks of an offered block know it: of a collective, its seq
  std::uint32_t users = 0;    // of a view: steps that still need it
};

class operation final : public task {
 public:
  std::uint64_t seq = 0;
  transport::arrival mine;
  std::shared_ptr<const prepared_plan> plan;
  std::array<staging::binding, schedule::buffer_count> bindings{};
  std::vector<std::byte> fill;  // what the plan wants filled of temporary memory begins as copies of this
  std::shared_ptr<std::byte> temporary;
  std::shared_ptr<array_memory> device_temporary;  // instead, where kernels reduce
  engine::reduction reduction;
  // Of a range that the host must address and cannot: a copy of it in the arena, read when the operation opens and
  // written back when it closes.
  std::array<std::shared_ptr<std::byte>, schedule::buffer_count> shadows;

  // Staging memory goes to the oldest operation of a rank alone. Otherwise a rank's second operation could hold what
  // its first one needs, while a peer's first one waits for that: both would wait for good. Which one is the oldest
  // differs among ranks where they start persistent calls in different orders: each of those has rings of its own.
  bool may_lease = false;
  std::shared_ptr<ways::ring_pools> rings;  // null: the communicator's
  bool callback_tells = false;              // the peers, once the device is ready; else a look of this rank's does
  std::array<staging::ticket, schedule::buffer_count> opening{}, closing{};
  bool fetched = false;      // all that it needs of others is here
  bool reads_peers = false;  // some of that lay in memory that its owner may write to again, once the owner has failed
  // The device of some rank works for it after the ranks have agreed, and may fail: all are done with it together, so
  // that all learn it in this call. Only where all share memory.
  bool works_late = false;  // this rank's
  bool stages = false;      // its blocks may need staging memory
  bool addressed = false;   // is_addressed(), with its temporary memory
  bool paired = false;      // those alone compare who exchange data
  bool at_once = false;     // so it is over when all have arrived, if the same holds for what they offer
  bool finishes_together = false, told_finished = false;
  std::vector<std::uint64_t> numbers;  // see transport::meeting::numbers()
  std::optional<clock::time_point> only_offers_since;

  std::vector<step_state> states;                   // by step
  std::vector<std::uint32_t> waiting;               // steps that are not done, in the plan's order
  std::size_t prologue_left = 0, fetches_left = 0;  // the latter: all steps that need something of others

  // Kernels of reductions that later ones come after, in the port's order: they are done when those are, and looked at,
  // since one may have failed, before the operation is.
  std::vector<staging::ticket> combined;

  [[nodiscard]] const schedule::step& step(std::uint32_t at) const { return plan->plan.steps[at]; }
  [[nodiscard]] staging::binding& bound(schedule::buffer which) { return bindings[static_cast<std::size_t>(which)]; }

  // The host addresses all ranges, always, and does all of this rank's part.
  [[nodiscard]] bool is_addressed() const {
    return !reduction.in_kernels() && std::all_of(bindings.begin(), bindings.end(), [](const staging::binding& range) {
      return range.bytes == 0 || (staging::always_addressed(range.kind) && range.original == nullptr);
    });
  }

  // Where the host addresses what is received, there is no temporary memory that begins filled, its last part: the step
  // that would copy it fills instead.
  [[nodiscard]] bool fills_out() const noexcept {
    if (fill.empty() || plan->filled.offset + plan->filled.bytes != plan->plan.temporary) return false;
    constexpr auto out = static_cast<std::size_t>(schedule::buffer::out);
    const staging::kind kind = bindings[out].kind;
    return shadows[out] != nullptr || staging::always_addressed(kind) || kind == staging::kind::mapped;
  }

  // Of a copy step: it is the one that fills instead.
  [[nodiscard]] bool fills(const schedule::step& copy) const noexcept {
    if (fill.empty() || !fills_out()) return false;
    return copy.from == schedule::range{schedule::buffer::temporary, plan->filled.offset, plan->filled.bytes};
  }

  // Commands of this rank's device are under way for it, or soon will be.
  [[nodiscard]] bool moves_by_device() const {
    if (!works_late) return false;
    const auto begun = [](staging::ticket each) { return each != 0; };
    if (std::any_of(opening.begin(), opening.end(), begun) || std::any_of(closing.begin(), closing.end(), begun))
      return true;
    return phase == engine::phase::running &&
           std::any_of(bindings.begin(), bindings.end(), [](const staging::binding& range) {
             return range.bytes != 0 && range.kind != staging::kind::direct && range.host == nullptr;
           });
  }

  // For another call with the same arguments.
  void rearm() noexcept {
    phase = engine::phase::queued;
    submitted = {};
    only_offers_since.reset();
    numbers.clear();
    fetched = reads_peers = finishes_together = told_finished = false;
  }

  // Keeps the plan, too, which the next call often needs again.
  void reset() {
    task::reset();
    seq = 0;
    bindings = {};
    fill.clear();
    temporary.reset();
    device_temporary.reset();
    reduction = {};
    for (auto& each : shadows) each.reset();
    may_lease = false;
    rings.reset();
    combined.clear();
    callback_tells = false;
    opening = {};
    closing = {};
    fetched = reads_peers = false;
    finishes_together = told_finished = addressed = paired = at_once = false;
    numbers.clear();
    only_offers_since.reset();
    states.clear();
    waiting.clear();
    prologue_left = fetches_left = 0;
  }
};

}  // namespace clique::engine
