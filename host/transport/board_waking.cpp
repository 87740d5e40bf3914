// The board's part of what reaches a rank that does something else, or sleeps: poison, and the bell.
#include "transport/board.hpp"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace clique::transport {

// ---- poison

void board::poison(const poison_note& why) noexcept {
  if (poisoned()) return;  // this rank's note may be the one that the others read
  control_head& mine = head(rank_);
  mine.why = why;
  const auto self = static_cast<std::uint32_t>(rank_) + 1;
  std::uint32_t winner = 0;
  if (head(0).poisoned.compare_exchange_strong(winner, self, std::memory_order_acq_rel)) winner = self;
  for (int peer = 0; peer < shape_.size; ++peer) {
    std::uint32_t none = 0;
    head(peer).poisoned.compare_exchange_strong(none, winner, std::memory_order_acq_rel);
  }
  wake_all();
}

poison_note board::poison_note_of_all() const {
  const std::uint32_t failed_first = head(rank_).poisoned.load(std::memory_order_acquire);
  poison_note result = failed_first == 0 ? poison_note{} : head(static_cast<int>(failed_first) - 1).why;
  result.text[poison_note::text_bytes - 1] = '\0';
  return result;
}

// ---- sleeping

// Against begin_sleep(): either this rank sees that the other sleeps, or the other sees what this one has stored.
void board::fence() const noexcept {
  if (fenced_) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  } else {
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the one who goes to sleep sees to the rest
  }
}

void board::wake(int peer) noexcept {
  fence();
  control_head& remote = head(peer);
  if (remote.sleeping.load(std::memory_order_relaxed) == 0) return;
  remote.bell.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &remote.bell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void board::wake_all() noexcept {
  fence();
  for (int peer = 0; peer < shape_.size; ++peer) {
    control_head& remote = head(peer);
    if (peer == rank_ || remote.sleeping.load(std::memory_order_relaxed) == 0) continue;
    remote.bell.fetch_add(1, std::memory_order_release);
    syscall(SYS_futex, &remote.bell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
}

std::uint32_t board::begin_sleep() noexcept {
  control_head& mine = head(rank_);
  const std::uint32_t rung = mine.bell.load(std::memory_order_acquire);
  mine.sleeping.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!fenced_) syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
  return rung;
}

void board::sleep_until_rung(std::uint32_t rung, std::chrono::microseconds longest) noexcept {
  const timespec limit{longest.count() / 1000000, longest.count() % 1000000 * 1000};
  syscall(SYS_futex, &head(rank_).bell, FUTEX_WAIT, rung, &limit, nullptr, 0);
}

void board::end_sleep() noexcept {
  head(rank_).sleeping.store(0, std::memory_order_relaxed);
}

bool board::can_spare_fences() noexcept {
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
  return registered;
}

}  // namespace clique::transport
