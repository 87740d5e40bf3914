// One sleeping thread per process that watches what cannot be given a deadline: clFinish, clBuildProgram, the like.
//
// A section that takes longer than CLIQUE_TIMEOUT cannot be left: the watchdog says which, and ends the job.
#pragma once

#include <atomic>
#include <cstdint>

namespace clique::core {

class watchdog {
 public:
  // Starts the thread, once. `end_job` is called from it with a text; it should not return.
  static void start(void (*end_job)(const char* text));

  // A section under watch. Costs two atomic additions.
  class section {
   public:
    explicit section(const char* what) noexcept {
      name_.store(what, std::memory_order_relaxed);
      entered_.fetch_add(1, std::memory_order_relaxed);
    }
    ~section() { left_.fetch_add(1, std::memory_order_relaxed); }
    section(const section&) = delete;
    section& operator=(const section&) = delete;
  };

 private:
  static void watch(void (*end_job)(const char*));
  static inline std::atomic<std::uint64_t> entered_{0}, left_{0};
  static inline std::atomic<const char*> name_{""};
};

}  // namespace clique::core
