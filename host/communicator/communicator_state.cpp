#include "communicator/communicator_state.hpp"

#include "communicator/process.hpp"
#include "communicator/topology.hpp"
#include "core/config.hpp"
#include "core/keep.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

namespace clique::engine {
namespace {

// How long an operation waits for nothing but its readers before it takes its blocks back: long enough for readers that
// are at it, even where ranks share cores (2 ns for a byte is 0.5 GB/s).
std::chrono::nanoseconds patience(const operation& op) {
  const std::size_t bytes = op.bindings[static_cast<std::size_t>(schedule::buffer::out)].bytes;
  return std::chrono::milliseconds(10) + std::chrono::nanoseconds(2 * static_cast<std::int64_t>(bytes));
}

// How long a rank that waits for it may sleep at the most: peers wake it, but its own device does not.
std::chrono::microseconds longest_nap(const task& of) {
  if (of.messages != nullptr) return std::chrono::microseconds(of.messages->moves_by_device() ? 50 : 4000);
  const auto& op = static_cast<const operation&>(of);
  if (op.ready && op.moves_by_device()) return std::chrono::microseconds(50);
  return std::chrono::microseconds(op.only_offers_since ? 1000 : 4000);
}

}  // namespace

communicator_state::communicator_state(const clique::device& device) : device_(device), port_(device) {}

communicator_state::~communicator_state() {
  process::retire();
  if (poison_) port_.keep_for_good();  // what was in flight may still be
  if (board_ != nullptr) {
    board_->close();
    process::keep_until_closed(std::move(board_), std::move(control_));
  }
  if (poison_) {
    // What ranks have sent each other may lie unreceived in MPI, which gives the context of a communicator that is
    // freed to the next one: its receives would take those messages.
    core::keep_for_good(std::shared_ptr(std::move(tree_)));
    core::keep_for_good(std::shared_ptr(std::move(messages_)));
    core::keep_for_good(std::shared_ptr(std::move(collectives_)));
    core::keep_for_good(std::make_shared<transport::mpi_comm>(std::move(own_comm_)));
  } else if (messages_ != nullptr && !messages_->cancel()) {
    core::keep_for_good(std::shared_ptr(std::move(tree_)));
    core::keep_for_good(std::shared_ptr(std::move(messages_)));
  }
  // The last to hold it may have been the progress thread.
  if (own_comm_.get() != MPI_COMM_NULL && !threads_ && std::this_thread::get_id() != maker_)
    process::free_later(std::move(own_comm_));
}

const neighborhood* communicator_state::neighbors() const noexcept {
  return topology_ == nullptr ? nullptr : &topology_->around;
}

communicator_state::lock::~lock() {
  if (!lock_.owns_lock() || on_.completions_.empty()) [[likely]]
    return;
  std::vector<std::function<void()>> due;
  due.swap(on_.completions_);
  lock_.unlock();
  for (const auto& each : due) each();
}

bool communicator_state::remembers(const detail::arguments& of) {
  const auto known = [this](const region& range) {
    return range.buffer == nullptr || port_.buffers().of(range.buffer).remembered;
  };
  return known(of.send) && known(of.receive);
}

std::shared_ptr<operation> communicator_state::acquire(const lock& held) {
  expect(held);
  auto op = spare_.take();
  op->reset();
  return op;
}

std::shared_ptr<std::byte> communicator_state::temporary(std::size_t bytes) {
  constexpr std::size_t most_spare = 4;
  if (bytes <= small_temporary) {  // a short call should not wait for the arena
    for (const auto& each : small_spare_)
      if (each.use_count() == 1) return each;
  }
  const auto staging = [this](std::size_t size, bool beyond) -> std::shared_ptr<std::byte> {
    memory::staging_memory& memory = memory::staging_memory::mine();
    std::byte* const piece = memory.take(size, beyond);
    if (piece == nullptr) return nullptr;
    port_.pin(piece, size, nullptr);
    return {piece, [&memory, size](std::byte* taken) { memory.give_back(taken, size); }};
  };
  if (bytes <= small_temporary && small_spare_.size() < most_spare)
    return small_spare_.emplace_back(staging(small_temporary, true));
  // What the device will read or write, better in memory that its driver knows.
  if (bytes <= ring_bytes() && device_.state().has_own_memory()) {
    if (auto ring = staging(ring_bytes(), false)) return ring;
  }
  memory::arena& memory = *links_.arena;
  return {memory.allocate(bytes), [&memory](std::byte* block) { memory.release(block); }};
}

void communicator_state::submit(const lock&, const std::shared_ptr<operation>& op) {
  if (poison_ || (board_ != nullptr && board_->poisoned()) || has_lost_mpi()) fail_if_poisoned();
  op->seq = ++last_;
  operations_.push_back(op);
  progress(true);
}

std::shared_ptr<ways::ring_pools> communicator_state::make_rings() {
  return links_.make_rings(links_.most_rings, links_.most_rings);
}

std::shared_ptr<message_group> communicator_state::acquire_messages(const lock&) {
  auto call = spare_messages_.take();
  call->reset();
  return call;
}

void communicator_state::submit(const lock&, const std::shared_ptr<message_group>& call) {
  if (poison_ || (board_ != nullptr && board_->poisoned()) || has_lost_mpi()) fail_if_poisoned();
  try {
    matcher_.start(call);
  } catch (...) {  // the message is half on its way
    end_by(core::current_error());
  }
  if (matcher_.has_work() || poison_) progress();  // else it waits for mail, which whoever waits for it reads
}

void communicator_state::complete(const lock&, task& op, std::function<void(bool)> then) {
  if (op.finished()) {
    completions_.push_back([then = std::move(then), failed = op.failure.has_value()] { then(failed); });
  } else {
    op.when_done.push_back(std::move(then));
  }
}

void communicator_state::announce() {
  process::wake_thread();
}

// All that is in flight is one operation, which goes on when a packet has come: most looks across nodes see no more.
bool communicator_state::awaits_packets() const noexcept {
  return operations_.size() == 1 && copier_ == nullptr && tree_->waits_for_packets() && matcher_.idle() &&
         executor_.awaits_others(*operations_.front());
}

// Under the lock. Operations begin in order, and are served in order. `begins`: the last one may, for the first time.
bool communicator_state::progress(bool begins) {
  bool moved = false;
  if (has_lost_mpi()) [[unlikely]] {
    if (!poison_) poison_.emplace(status::invalid_argument, "MPI is finalized, over which its ranks talk");
    give_up_all();
    return false;
  }
  try {
    if (tree_ != nullptr && !poison_) {
      // What this rank has to say goes before it asks what others have said, which takes a call into the kernel.
      if (begins && operations_.size() == 1) moved |= executor_.begin_first(*operations_.front());
      packets_came_ |= tree_->progress(begins);
      if (!packets_came_ && !moved && awaits_packets()) return false;
      moved |= std::exchange(packets_came_, false);
      // What has come before the poison is no reason to go on: others have given up.
      if (tree_->poisoned()) {
        give_up_all();
        return true;
      }
    }
    bool oldest = true;
    for (const auto& op : operations_) {
      op->may_lease = oldest || op->rings != nullptr;
      moved |= executor_.advance(*op);
      if (op->rings == nullptr) oldest = oldest && op->finished();
      if (op->phase == phase::queued) break;
    }
    if (tree_ != nullptr && !poison_) tree_->flush();
    if (!matcher_.idle()) moved |= matcher_.progress();
    moved |= matcher_.has_finished();
    if (copier_ != nullptr) moved |= copy_for_all();
    // See below.
    const auto read = [](const auto& op) { return op->finished() && op->reads_peers; };
    if (moved && tree_ != nullptr && !poison_ && std::any_of(operations_.begin(), operations_.end(), read))
      packets_came_ |= tree_->progress();  // which no operation has looked at yet
  } catch (...) {
    end_by(core::current_error());
    return true;
  }
  // A rank that has failed gives its buffers back to its program: what was read of them since then is nothing. So the
  // poison is looked at after the last byte was read, and before an operation that has read so counts as done.
  std::atomic_thread_fence(std::memory_order_acquire);
  if ((board_ != nullptr && board_->poisoned()) || (tree_ != nullptr && tree_->poisoned())) {
    give_up_all();
    return moved;
  }
  if (!moved) return false;
  // What this rank has fetched of others, up to the first operation that still needs something.
  std::uint64_t left = last_;
  for (const auto& op : operations_) {
    if (!op->fetched) {
      left = op->seq - 1;
      break;
    }
    if (op->seq > left_ && !op->numbers.empty()) leaving_.displaced(op->seq, op->numbers);
  }
  if (left > left_) {
    left_ = left;
    if (board_ != nullptr) board_->leave(leaving_.up_to(left));
  }
  while (!operations_.empty() && operations_.front()->finished()) {
    const auto op = std::move(operations_.front());
    operations_.pop_front();
    op->temporary.reset();
    if (op->works_late || op->stages) give_back_staging(*op);
    conclude(*op);
  }
  // Not before what it still sends: messages are matched by the numbers that the tree knows.
  if (tree_ != nullptr) tree_->leave(operations_.empty() ? last_ : operations_.front()->seq - 1);
  if (matcher_.has_finished()) {
    matcher_.take_finished([this](message_group& call) { conclude(call); });
    matcher_.give_back_staging();
  }
  return true;
}

bool communicator_state::copy_for_all() {
  for (const auto& op : operations_) {
    if (op->phase == phase::queued || op->phase == phase::arrived) break;
    looked_ = std::max(looked_, op->seq);
  }
  return copier_->advance(looked_, attended_);
}

void communicator_state::give_back_staging(operation& of) {
  for (auto& each : of.shadows) each.reset();
  if (of.rings != nullptr) {
    of.rings->idle();
  } else if (operations_.empty()) {
    links_.rings->idle();
    links_.unbounded->idle();
  }
}

void communicator_state::conclude(task& op) {
  op.kept.clear();
  if (op.when_done.empty()) return;
  for (auto& each : op.when_done) {
    completions_.push_back([then = std::move(each), failed = op.failure.has_value()] { then(failed); });
  }
  op.when_done.clear();
}

void communicator_state::wait(lock& held, task& op) {
  waiter pace(crowded_);
  const attendance here(*this);
  // Others may wait for what this rank's device copies for them.
  while (!op.finished() || (copier_ != nullptr && copier_->busy())) {
    if (!awaits_arrival(op) && progress()) {
      pace.moved();
      continue;
    }
    const auto stage = pace.next();
    if (stage == waiter::stage::spin) {
      waiter::spin();
      continue;
    }
    if (stage == waiter::stage::yield && pace.briefly() && awaits_arrival(op)) {  // one's core is what others need
      held.lock_.unlock();
      waiter::yield();
      held.lock_.lock();
      continue;
    }
    check_devices(op);
    check_deadline(op);
    withdraw_late(op);
    held.lock_.unlock();
    if (!process::progress_all(this)) {
      if (stage == waiter::stage::yield) {
        waiter::yield();
      } else if (board_ != nullptr && messages_ == nullptr) {
        board_->sleep(pace.nap(longest_nap(op)), [&] {
          const std::lock_guard again(mutex_);
          return !progress() && !op.finished();
        });
      } else {
        std::this_thread::sleep_for(pace.nap(std::chrono::microseconds(200)));
      }
    }
    held.lock_.lock();
  }
  throw_failure(op);
}

void communicator_state::throw_failure(const task& op) {
  if (!op.failure) [[likely]]
    return;
  if (!poison_ && op.messages == nullptr) refused_ = last_;
  throw error(*op.failure);
}

bool communicator_state::test(lock&, task& op) {
  if (!op.finished() && !progress()) {
    check_devices(op);
    check_deadline(op);
    withdraw_late(op);
  }
  if (!op.finished()) return false;
  throw_failure(op);
  return true;
}

// A peer's device that has failed, where the peer's driver has told before the peer itself has seen it.
void communicator_state::check_devices(const task& waited) {
  if (waited.messages != nullptr) return;
  const int peer = executor_.failed_device(static_cast<const operation&>(waited));
  if (peer < 0) return;
  poison(error(status::opencl_failure, core::formatted("rank {}: a command in the device's queue failed", peer), peer));
}

// What the rank waits for when the deadline comes may be no more than what was left to do after a peer that came just
// before: so what it waited for half of the time is said, too.
void communicator_state::check_deadline(task& op) {
  const auto now = clock::now();
  if (op.submitted == clock::time_point{}) op.submitted = now;
  const seconds limit = op.limit.value_or(timeout_);
  const double passed = seconds(now - op.submitted) / limit;
  if (passed < 0.4) return;
  if (op.messages == nullptr && op.inquiries < (passed < 0.9 ? 1 : 2)) {
    ++op.inquiries;
    executor_.inquire(static_cast<operation&>(op));
  }
  if (passed < 0.5) return;
  if (passed < 1 && !op.half_time.empty()) return;
  std::string reason =
      op.messages != nullptr ? matcher_.waits_for(*op.messages) : executor_.waits_for(static_cast<operation&>(op));
  if (passed < 1) {
    op.half_time = std::move(reason);
    return;
  }
  if (!op.half_time.empty() && op.half_time != reason) reason += "; after half of the time it waited: " + op.half_time;
  poison(error(status::timeout, core::formatted("{}; the deadline of {:.3g} s has passed", reason, limit.count()),
               links_.rank));
}

void communicator_state::withdraw_late(task& waited) {
  if (waited.messages != nullptr) return;
  auto& op = static_cast<operation&>(waited);
  if (!op.fetched || op.phase != phase::running) return;
  const auto now = clock::now();
  if (!op.only_offers_since) {
    op.only_offers_since = now;
  } else if (now - *op.only_offers_since > patience(op)) {
    op.only_offers_since = now;
    try {
      if (executor_.withdraw(op)) progress();
    } catch (...) {  // no memory for the copy: the reader may still come
      core::log("rank {} keeps its blocks for readers that are late: {}", links_.rank, core::current_error().what());
    }
  }
}

bool communicator_state::try_progress() {
  lock held(*this, std::try_to_lock);
  return held.lock_.owns_lock() && progress();
}

void communicator_state::look_at_device() {
  lock held(*this, std::try_to_lock);
  if (!held.lock_.owns_lock()) return;
  const bool gated = std::any_of(operations_.begin(), operations_.end(), [](const auto& op) { return op->gate != 0; });
  if (gated || matcher_.gated()) progress();
}

bool communicator_state::idle() {
  const std::lock_guard guard(mutex_);
  return !busy();
}

// Others still need something of this rank.
bool communicator_state::busy() {
  return !operations_.empty() || !matcher_.idle() ||
         (tree_ != nullptr && !poison_ && !has_lost_mpi() && tree_->sending());
}

}  // namespace clique::engine
