// An operation: a plan being run for one call.
#pragma once

#include "core/check.hpp"
#include "schedule/plan.hpp"
#include "staging/port.hpp"
#include "transport/arrival.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace clique::engine {

using clock = std::chrono::steady_clock;

// A plan with what belongs to every call that uses it.
struct prepared_plan {
  schedule::plan plan;
  std::size_t count = 0;                    // elements for each rank, where it is the same for all
  std::vector<std::size_t> sent, expected;  // bytes per rank, of v-collectives; else empty
  std::uint64_t pairs = 0;
};

// queued: no slot yet. arrived: the others do not all agree yet. running: its steps. closing: ranges are unmapped, or,
// after a refusal, what is under way is waited for.
enum class phase : std::uint8_t { queued, arrived, running, closing, done };

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
};

class operation {
 public:
  std::uint64_t seq = 0;
  engine::phase phase = engine::phase::done;
  transport::arrival mine;
  std::shared_ptr<const prepared_plan> plan;
  std::array<staging::binding, schedule::buffer_count> bindings{};
  std::shared_ptr<std::byte> temporary;

  // Staging memory goes to the oldest operation of a rank alone. Otherwise a rank's second operation could hold what
  // its first one needs, while a peer's first one waits for that: both would wait for good.
  bool may_lease = false;
  bool ready = true;         // the device work before it is done
  staging::ticket gate = 0;  // if not: what it waits for
  std::array<staging::ticket, schedule::buffer_count> opening{}, closing{};
  bool fetched = false;  // all that it needs of others is here
  std::optional<clock::time_point> only_offers_since;

  std::vector<step_state> states;      // by step
  std::vector<std::uint32_t> waiting;  // steps that are not done, in the plan's order
  std::size_t prologue_left = 0, fetches_left = 0;

  std::optional<error> failure;
  std::vector<std::shared_ptr<void>> kept;  // the user's buffers, until it is done
  std::optional<std::chrono::duration<double>> limit;
  clock::time_point submitted{};
  std::vector<std::function<void(bool failed)>> when_done;  // events to complete

  [[nodiscard]] bool finished() const noexcept { return phase == engine::phase::done; }
  [[nodiscard]] const schedule::step& step(std::uint32_t at) const { return plan->plan.steps[at]; }
  [[nodiscard]] staging::binding& bound(schedule::buffer which) { return bindings[static_cast<std::size_t>(which)]; }

  // Ready for another call; keeps the memory of its lists, and the plan, which the next call often needs again.
  void reset() {
    seq = 0;
    phase = engine::phase::queued;
    bindings = {};
    temporary.reset();
    may_lease = false;
    ready = true;
    gate = 0;
    opening = {};
    closing = {};
    fetched = false;
    only_offers_since.reset();
    states.clear();
    waiting.clear();
    prologue_left = fetches_left = 0;
    failure.reset();
    kept.clear();
    limit.reset();
    submitted = {};
    when_done.clear();
  }
};

}  // namespace clique::engine
