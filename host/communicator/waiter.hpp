// How a rank waits: spins briefly (not at all where the node has more ranks than cores), then yields, then sleeps.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <sched.h>

namespace clique::engine {

class waiter {
 public:
  enum class stage : std::uint8_t { spin, yield, sleep };

  explicit waiter(bool crowded) : spins_(crowded ? 0 : most_spins) {}

  // What to do after a look that saw nothing new.
  stage next() noexcept {
    if (spins_ != 0) {
      --spins_;
      return stage::spin;
    }
    if (yields_ != 0) {
      --yields_;
      return stage::yield;
    }
    return stage::sleep;
  }
  // Between two of some yields: nothing else needs to be looked at.
  [[nodiscard]] bool briefly() const noexcept { return yields_ % 4 != 0; }
  // Something moved: more will soon.
  void moved() noexcept {
    yields_ = most_yields;
    nap_ = first_nap;
  }

  static void spin() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
  }
  static void yield() noexcept {
    sched_yield();
  }
  // How long to sleep next: ever longer, up to a limit.
  std::chrono::microseconds nap(std::chrono::microseconds longest) noexcept {
    const auto now = std::min(nap_, longest);
    nap_ = std::min(2 * nap_, longest);
    return now;
  }

  static constexpr unsigned most_spins = 2000;

 private:
  static constexpr unsigned most_yields = 1000;
  static constexpr std::chrono::microseconds first_nap{50};
  unsigned spins_, yields_ = most_yields;
  std::chrono::microseconds nap_ = first_nap;
};

}  // namespace clique::engine
