// One sleeping thread per process that watches what cannot be given a deadline: clFinish, clBuildProgram, the like.
//
// A section that takes longer than CLIQUE_TIMEOUT cannot be left: the watchdog says which, and ends the job.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace clique::core {

class watchdog {
 public:
  // Starts the thread, once. From it `end_job` is called with a text, and should not return; and `look`, every
  // look_period or sooner.
  static constexpr std::chrono::milliseconds look_period{250};
  static void start(
      void (*end_job)(const char* text), void (*look)() = [] {});

  // A place where one thread at a time may be in a section. Whoever has sections in the path of every call has one of
  // these, so that a section costs a few plain stores.
  class post {
   public:
    post();
    ~post();
    post(const post&) = delete;
    post& operator=(const post&) = delete;

   private:
    friend watchdog;
    // Both are written by the thread that enters and leaves sections, relaxed, and read by the watchdog, relaxed: it
    // acts only on a turn that has stood still for seconds, and `what_` was written before that turn began.
    std::atomic<std::uint64_t> turn_{0};  // odd: inside
    std::atomic<const char*> what_{""};
    std::uint64_t seen_ = 0;  // the watchdog's own
    std::chrono::steady_clock::time_point since_;
  };

  // While it lives, its thread is inside `what`.
  class section {
   public:
    section(post& at, const char* what) noexcept : at_(at) {
      at_.what_.store(what, std::memory_order_relaxed);
      pass();
    }
    ~section() { pass(); }
    section(const section&) = delete;
    section& operator=(const section&) = delete;

   private:
    void pass() noexcept { at_.turn_.store(at_.turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    post& at_;
  };

 private:
  static void watch(void (*end_job)(const char*), void (*look)());
  static const char* stuck(std::chrono::duration<double> limit);
};

}  // namespace clique::core
