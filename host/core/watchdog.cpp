#include "core/watchdog.hpp"

#include "core/check.hpp"
#include "core/config.hpp"

#include <chrono>
#include <mutex>
#include <thread>

namespace clique::core {

void watchdog::start(void (*end_job)(const char*)) {
  static std::once_flag once;
  // Detached: it must not be joined while it sleeps, and has nothing to clean up.
  std::call_once(once, [&] { std::thread(watch, end_job).detach(); });
}

void watchdog::watch(void (*end_job)(const char*)) {
  using namespace std::chrono;
  const auto limit = duration<double>(settings().timeout);
  const auto nap = std::min(duration<double>(1), limit / 4);
  std::uint64_t seen = 0;
  auto since = steady_clock::now();
  for (;;) {
    std::this_thread::sleep_for(nap);
    const std::uint64_t left = left_.load(std::memory_order_relaxed);
    const auto now = steady_clock::now();
    if (left != seen || entered_.load(std::memory_order_relaxed) == left) {
      seen = left;
      since = now;
    } else if (now - since > limit) {
      end_job(fmt::format("{} has not returned for {:.3g} s (CLIQUE_TIMEOUT)", name_.load(), limit.count()).c_str());
      return;
    }
  }
}

}  // namespace clique::core
