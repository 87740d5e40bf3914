// What a request stands for: the operation of a collective, or the messages of one call.
#pragma once

#include "core/held.hpp"
#include "staging/port.hpp"

#include <clique/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clique::engine {

using clock = std::chrono::steady_clock;

// queued: no slot yet. arrived: the others do not all agree yet. running: its steps, or its messages. closing: ranges
// are unmapped, or, after a refusal, what is under way is waited for.
enum class phase : std::uint8_t { queued, arrived, running, closing, done };

class operation;
class message_group;

// What a task needs until it is done: the user's buffers, and memory that it shares with others.
struct holdings {
  std::vector<core::held> buffers;
  std::vector<std::shared_ptr<void>> shared;

  [[nodiscard]] bool empty() const noexcept { return buffers.empty() && shared.empty(); }
  void clear() noexcept {  // keeps the memory of its lists
    buffers.clear();
    shared.clear();
  }
};

struct task {
  message_group* messages = nullptr;  // this one, if it is one
  engine::phase phase = engine::phase::done;
  bool blocks = false;       // its call waits for it
  bool ready = true;         // the device work before it is done
  staging::ticket gate = 0;  // if not: what it waits for
  std::optional<error> failure;
  holdings kept;

  std::optional<std::chrono::duration<double>> limit;
  clock::time_point submitted{};
  std::string half_time;                                    // what it waited for when half of its deadline had passed
  int inquiries = 0;                                        // how often others were asked, before it is looked at
  std::vector<std::function<void(bool failed)>> when_done;  // events to complete

  // The deadline counts from here: what the rank did in between was not waiting.
  void begin_waiting() {
    submitted = {};  // until the first look that sees nothing new
    half_time.clear();
    inquiries = 0;
  }
  [[nodiscard]] bool finished() const noexcept { return phase == engine::phase::done; }

  // Ready for another call; keeps the memory of its lists.
  void reset() {
    phase = engine::phase::queued;
    blocks = false;
    ready = true;
    gate = 0;
    failure.reset();
    kept.clear();
    limit.reset();
    submitted = {};
    half_time.clear();
    inquiries = 0;
    when_done.clear();
  }
};

}  // namespace clique::engine
