// The lock of a communicator: a mutex for one thread that nearly always finds it free. It is in the path of every call,
// where it costs half of a std::mutex; a thread that finds it taken yields.
#pragma once

#include <atomic>

#include <sched.h>

namespace clique::engine {

class light_lock {
 public:
  void lock() noexcept {
    while (!try_lock()) sched_yield();
  }
  bool try_lock() noexcept { return !taken_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace clique::engine
