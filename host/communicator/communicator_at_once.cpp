// Blocking calls that run to their end while nothing else is in flight: without a place among what is.
#include "communicator/communicator_state.hpp"

namespace clique::engine {

void communicator_state::run(lock& held, const std::shared_ptr<operation>& op) {
  if (!run_at_once(op)) {
    const attendance here(*this);
    if (op->phase == phase::queued) submit(held, op);
    wait(held, *op);
  }
  throw_failure(*op);
}

// Where nothing else is in flight, and the others come soon, the operation needs no place among those in flight.
bool communicator_state::run_at_once(const std::shared_ptr<operation>& of) {
  operation& op = *of;
  if (!operations_.empty() || board_ == nullptr || tree_ != nullptr || copier_ != nullptr || collectives_ != nullptr ||
      !matcher_.idle() || poison_ || board_->poisoned() || !executor_.goes_at_once(op))
    return false;
  op.seq = last_ + 1;
  try {
    for (unsigned looks = crowded_ ? 1 : waiter::most_spins; looks != 0; --looks) {
      if (op.phase == phase::queued && executor_.begin_at_once(op)) ++last_;
      if (op.phase != phase::queued && !executor_.awaits_arrival(op) && executor_.advance(op)) break;
      waiter::spin();
    }
  } catch (...) {
    operations_.push_back(of);
    end_by(core::current_error());
    return true;
  }
  std::atomic_thread_fence(std::memory_order_acquire);  // see progress()
  if (op.phase == phase::queued) return false;
  if (!op.finished() || board_->poisoned()) {
    operations_.push_back(of);
    return false;
  }
  left_ = last_;
  board_->leave(leaving_.up_to(left_));
  if (op.temporary != nullptr) op.temporary.reset();
  return true;
}

bool communicator_state::run_by_mail(const lock&, small_messages& all) {
  if (!operations_.empty() || board_ == nullptr || tree_ != nullptr || copier_ != nullptr || collectives_ != nullptr ||
      poison_ || board_->poisoned())
    return false;
  try {
    if (!matcher_.begin_by_mail(all)) return false;
    for (unsigned looks = crowded_ ? 1 : waiter::most_spins; looks != 0; --looks) {
      if (!matcher_.go_on_by_mail(all) || all.over() || board_->poisoned()) break;
      waiter::spin();
    }
  } catch (...) {
    end_by(core::current_error());
  }
  return true;
}

// The only thing in flight waits for a rank to arrive, which still has not.
bool communicator_state::awaits_arrival(const task& op) const noexcept {
  return op.messages == nullptr && operations_.size() == 1 && operations_.front().get() == &op && tree_ == nullptr &&
         copier_ == nullptr && matcher_.idle() && executor_.awaits_arrival(static_cast<const operation&>(op));
}

}  // namespace clique::engine
