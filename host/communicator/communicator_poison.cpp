// How a communicator ends for all its ranks, and what becomes of what is in flight.
#include "communicator/communicator_state.hpp"

#include "communicator/process.hpp"
#include "core/keep.hpp"
#include "core/log.hpp"

#include <cstring>

namespace clique::engine {
namespace {

// The code of what ends a communicator says that it does: others promise that nothing has moved.
status ending_code(const error& why) noexcept {
  switch (why.code()) {
    case status::opencl_failure:
    case status::mpi_failure:
    case status::timeout:
    case status::internal:
    case status::poisoned: return why.code();
    default: return why.native() != 0 ? status::opencl_failure : status::poisoned;
  }
}

transport::poison_note note_of(const error& why) {
  transport::poison_note note;
  note.code = static_cast<std::int32_t>(why.code());
  note.rank = why.rank();
  note.native = why.native();
  std::strncpy(note.text, why.what(), sizeof note.text - 1);
  return note;
}

}  // namespace

std::optional<error> communicator_state::poison_error() const {
  const auto from = [](const transport::poison_note& why) {
    return error(static_cast<status>(why.code), why.text, why.rank, why.native);
  };
  if (board_ != nullptr && board_->poisoned()) return from(board_->poison_note_of_all());
  if (tree_ != nullptr && tree_->poisoned()) return from(*tree_->poisoned());
  return poison_;
}

void communicator_state::end_by(const error& failure) {
  poison(error(ending_code(failure), core::formatted("rank {}: {}", links_.rank, failure.what()), links_.rank,
               failure.native()));
}

void communicator_state::poison(const error& why) {
  const transport::poison_note note = note_of(why);
  if (board_ != nullptr) board_->poison(note);
  if (tree_ != nullptr) {
    try {
      tree_->poison(note);
      tree_->progress();
    } catch (...) {
      core::log("rank {} cannot tell the others that it fails: {}", links_.rank, core::current_error().what());
    }
  }
  if (!poison_) poison_ = why;
  give_up_all();
}

// All that is in flight ends with the error that holds for all ranks.
void communicator_state::give_up_all() {
  poison_ = poison_error();
  process::taint(poison_->what());
  if (tree_ != nullptr && board_ != nullptr) {  // what came one way goes on the other
    const transport::poison_note note = note_of(*poison_);
    if (!board_->poisoned()) board_->poison(note);
    if (!tree_->poisoned()) tree_->poison(note, true);
  }
  for (const auto& op : operations_) {
    // What failed may have come later, on a rank that has returned from this one.
    if ((op->finished() && !op->reads_peers) || executor_.all_are_done(*op)) {
      conclude(*op);
    } else {
      (void)executor_.is_refused(*op);  // then it has failed already
      give_up(op);
    }
  }
  operations_.clear();
  if (copier_ != nullptr) copier_->give_up();
  for (const auto& call : matcher_.take_finished()) {
    if (call->has_read_peers()) {
      give_up(call);
    } else {
      conclude(*call);
    }
  }
  for (const auto& call : matcher_.give_up(*poison_)) give_up(call);
}

void communicator_state::give_up(const std::shared_ptr<task>& op) {
  if (!op->failure) op->failure = poison_;
  op->phase = phase::done;
  for (auto& each : op->when_done) completions_.push_back([then = std::move(each)] { then(true); });
  op->when_done.clear();
  core::keep_for_good(op);
}

// MPI_Finalize was called while it lives, and nothing of MPI may be any more.
bool communicator_state::has_lost_mpi() const noexcept {
  return !(messages_ == nullptr && collectives_ == nullptr) && process::finalizes();
}

void communicator_state::fail_if_poisoned() {
  if (has_lost_mpi()) {
    fail(status::invalid_argument, "MPI is finalized, and the ranks of this communicator talk over it (transport {})",
         info_.transport);
  }
  if (!poison_) poison_ = poison_error();
  if (!poison_) return;
  process::taint(poison_->what());
  throw error(status::poisoned, core::formatted("the communicator failed earlier: {}", poison_->what()),
              poison_->rank(), poison_->native());
}

// All ranks have just thrown the same error: here, or in a communicator that this one was made from.
bool communicator_state::just_refused() const {
  if (refused_ == last_) return true;
  const auto parent = parent_.lock();
  if (parent == nullptr) return false;
  const std::lock_guard guard(parent->mutex_);
  return parent->just_refused();
}

void communicator_state::orphan() {
  const bool by_exception = std::uncaught_exceptions() > exceptions_at_birth_;
  bool leftover = false;
  {
    const lock held(*this);
    // Not for an error that all ranks have just thrown: they know.
    if (by_exception && !poison_error() && !just_refused()) {
      poison(error(status::poisoned, core::formatted("rank {} left the communicator by an exception", links_.rank),
                   links_.rank));
    }
    if (operations_.empty() && matcher_.idle() && busy()) progress();  // what is still on its way may be there by now
    leftover = busy();
  }
  if (leftover) process::adopt(shared_from_this());
}

}  // namespace clique::engine
