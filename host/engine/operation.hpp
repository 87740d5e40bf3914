// An operation: a plan being run for one call.
#pragma once

#include "core/arithmetic.hpp"
#include "core/check.hpp"
#include "schedule/plan.hpp"
#include "schedule/shape.hpp"
#include "staging/port.hpp"
#include "transport/arrival.hpp"
#include "transport/mpi_call.hpp"

#include <clique/array.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace clique::engine {

using clock = std::chrono::steady_clock;

// Whether such a step needs something of other ranks.
constexpr bool takes(schedule::verb what) noexcept {
  return what != schedule::verb::offer && what != schedule::verb::copy;
}

// A plan with what belongs to every call that uses it.
struct prepared_plan {
  schedule::plan plan;
  std::size_t count = 0;                                  // elements for each rank, where it is the same for all
  std::vector<std::size_t> sent, expected;                // bytes per rank, of v-collectives; else empty
  std::vector<std::uint32_t> sent_types, expected_types;  // of alltoallw
  std::uint64_t pairs = 0;
  bool covers_out = false;  // every byte of the receive region is written: what was there is not needed
  std::optional<transport::mpi_call> by_mpi;
  schedule::block filled{};  // temporary memory that begins filled with what the call says

  // Of the steps; filled in by settle().
  bool late_offers = false;  // some are offered after the prologue
  bool reduces = false;

  void settle() {
    for (std::size_t k = 0; k < plan.steps.size(); ++k) {
      late_offers = late_offers || (k >= plan.prologue && plan.steps[k].what == schedule::verb::offer);
      reduces = reduces || plan.steps[k].what == schedule::verb::reduce;
    }
    pairs = sent.empty() ? 0 : transport::pair_sum(rank, pair_lists());
  }
  std::size_t rank = 0;
  [[nodiscard]] transport::pair_bytes pair_lists() const { return {sent, expected, sent_types, expected_types}; }
};

// How the reduce steps of an operation are done. On the host: by `combine`, on memory that the host addresses. In
// kernels: by the port, on the device's buffers; then the operation's temporary memory is the device's.
struct reduction {
  core::combine combine = nullptr;
  const staging::combiner* kernel = nullptr;
  datatype type = datatype::uint8;
  std::size_t element = 1;
  std::size_t divide_by = 0;  // of a mean: final results are divided by it
  [[nodiscard]] bool in_kernels() const noexcept { return kernel != nullptr; }
};

// queued: no slot yet. arrived: the others do not all agree yet. running: its steps. closing: ranges are unmapped, or,
// after a refusal, what is under way is waited for.
enum class phase : std::uint8_t { queued, arrived, running, closing, done };

class ring_pool;
struct ring_pools;

// A segment of a block under way.
struct flight {
  enum class state : std::uint8_t { idle, device, message } what = state::idle;
  std::uintptr_t ticket = 0;  // of the staging port, or of the messages
  std::size_t offset = 0, bytes = 0;
};

struct step_state {
  static constexpr std::size_t most_flights = 2;

  std::uint64_t address = 0;  // under which the two ranks of an offered block know it: of a collective, its seq
  bool done = false;
  bool begun = false;
  bool withdrawn = false;
  std::size_t started = 0, finished = 0;     // bytes of the block
  std::array<flight, most_flights> flights;  // a queue: [first, first + count) modulo most_flights
  std::uint8_t first = 0, count = 0;
  std::byte* ring = nullptr;  // leased staging memory: most_flights segments
  ring_pool* pool = nullptr;  // it goes back there
  // Of a view: where the block is, whether its owner waits until it has been used, and by how many steps it still is.
  const std::byte* seen = nullptr;
  bool held = false;
  std::uint32_t users = 0;
};

class message_group;

class operation {
 public:
  message_group* messages = nullptr;  // this one, if it is of point-to-point (engine/message_group.hpp)
  std::uint64_t seq = 0;
  engine::phase phase = engine::phase::done;
  transport::arrival mine;
  std::shared_ptr<const prepared_plan> plan;
  std::array<staging::binding, schedule::buffer_count> bindings{};
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
  std::shared_ptr<ring_pools> rings;  // null: the communicator's
  bool ready = true;                  // the device work before it is done
  staging::ticket gate = 0;           // if not: what it waits for
  bool callback_tells = false;        // the peers, once it is; else a look of this rank's does
  std::array<staging::ticket, schedule::buffer_count> opening{}, closing{};
  bool fetched = false;      // all that it needs of others is here
  bool reads_peers = false;  // some of that lay in memory that its owner may write to again, once the owner has failed
  // The device of some rank works for it after the ranks have agreed, and may fail: all are done with it together, so
  // that all learn it in this call. Only where all share memory.
  bool works_late = false;  // this rank's
  bool finishes_together = false, told_finished = false;
  std::vector<std::uint64_t> numbers;  // see transport::meeting::numbers()
  std::optional<clock::time_point> only_offers_since;

  std::vector<step_state> states;                   // by step
  std::vector<std::uint32_t> waiting;               // steps that are not done, in the plan's order
  std::size_t prologue_left = 0, fetches_left = 0;  // the latter: all steps that need something of others

  // Kernels of reductions that later ones come after, in the port's order: they are done when those are, and looked at,
  // since one may have failed, before the operation is.
  std::vector<staging::ticket> combined;

  std::optional<error> failure;
  std::vector<std::shared_ptr<void>> kept;  // the user's buffers, until it is done
  std::optional<std::chrono::duration<double>> limit;
  clock::time_point submitted{};
  std::string half_time;                                    // what it waited for when half of its deadline had passed
  std::vector<std::function<void(bool failed)>> when_done;  // events to complete

  // The deadline counts from here: what the rank did in between was not waiting.
  void begin_waiting() {
    submitted = clock::now();
    half_time.clear();
  }
  [[nodiscard]] bool finished() const noexcept { return phase == engine::phase::done; }
  [[nodiscard]] const schedule::step& step(std::uint32_t at) const { return plan->plan.steps[at]; }
  [[nodiscard]] staging::binding& bound(schedule::buffer which) { return bindings[static_cast<std::size_t>(which)]; }

  // Ready for another call; keeps the memory of its lists, and the plan, which the next call often needs again.
  void reset() {
    seq = 0;
    phase = engine::phase::queued;
    bindings = {};
    temporary.reset();
    device_temporary.reset();
    reduction = {};
    for (auto& each : shadows) each.reset();
    may_lease = false;
    rings.reset();
    combined.clear();
    ready = true;
    gate = 0;
    callback_tells = false;
    opening = {};
    closing = {};
    fetched = reads_peers = false;
    finishes_together = told_finished = false;
    numbers.clear();
    only_offers_since.reset();
    states.clear();
    waiting.clear();
    prologue_left = fetches_left = 0;
    failure.reset();
    kept.clear();
    limit.reset();
    submitted = {};
    half_time.clear();
    when_done.clear();
  }
};

}  // namespace clique::engine
