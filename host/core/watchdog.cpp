#include "core/watchdog.hpp"

#include "core/check.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace clique::core {
namespace {

struct all_posts {
  std::mutex mutex;
  std::vector<watchdog::post*> posts;
};

// Never destroyed: the watchdog's thread may outlive main.
all_posts& everywhere() {
  static auto* const all = new all_posts;
  return *all;
}

}  // namespace

watchdog::post::post() {
  const std::lock_guard lock(everywhere().mutex);
  everywhere().posts.push_back(this);
}

watchdog::post::~post() {
  const std::lock_guard lock(everywhere().mutex);
  std::erase(everywhere().posts, this);
}

void watchdog::start(void (*end_job)(const char*), void (*look)()) {
  static std::once_flag once;
  // Detached: it must not be joined while it sleeps, and has nothing to clean up.
  std::call_once(once, [&] { std::thread(watch, end_job, look).detach(); });
}

// What has been going on at one post for longer than `limit`; null if nothing has.
const char* watchdog::stuck(std::chrono::duration<double> limit) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(everywhere().mutex);
  for (post* const each : everywhere().posts) {
    const std::uint64_t turn = each->turn_.load(std::memory_order_relaxed);
    if (turn != each->seen_ || turn % 2 == 0) {
      each->seen_ = turn;
      each->since_ = now;
    } else if (now - each->since_ > limit) {
      return each->what_.load(std::memory_order_relaxed);
    }
  }
  return nullptr;
}

void watchdog::watch(void (*end_job)(const char*), void (*look)()) {
  const auto limit = std::chrono::duration<double>(timeout_or_default());
  for (;;) {
    std::this_thread::sleep_for(std::min(std::chrono::duration<double>(look_period), limit / 4));
    look();
    const char* const what = stuck(limit);
    if (what == nullptr) continue;
    end_job(core::formatted("{} has not returned for {:.3g} s (CLIQUE_TIMEOUT)", what, limit.count()).c_str());
    return;
  }
}

}  // namespace clique::core
