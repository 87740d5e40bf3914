// One call of a collective, from its arguments to its operation: what every file in collectives/ goes through.
#pragma once

#include "communicator/communicator_state.hpp"

#include <clique/call.hpp>
#include <clique/topology.hpp>

namespace clique::engine {

enum class blocking : bool { no, yes };

// An operation begins after the device's earlier commands and the wait list. Blocking: waits for them. Non-blocking:
// sets op.gate, and op.ready to false, unless they are done.
void follow_device(communicator_state& on, const call& how, blocking kind, task& op);

// Throws clique::error(opencl_failure) where an event of the wait list has failed already.
void require_not_failed(const call& how);
const cl_event* events_of(const call& how) noexcept;  // the wait list

// A buffer held until this goes.
std::shared_ptr<void> retained(cl_mem buffer);

// Buffers that the host may not touch (CL_MEM_HOST_NO_ACCESS and its like) take part by a copy on the device, which
// stands in the binding instead. What is returned holds the copy. Throws clique::error(out_of_memory).
std::shared_ptr<void> stand_in(communicator_state& on, staging::binding& range);
// Enqueues the copy from the original of a stand-in, after the wait list. The way back is the executor's, or the
// matcher's.
void fill_stand_in(const device& device, const call& how, const staging::binding& range);

class call_frame {
 public:
  // Claims the communicator. Throws clique::error(poisoned).
  call_frame(communicator_state& on, const call& how, blocking kind);

  [[nodiscard]] int rank() const noexcept { return on_.rank(); }
  [[nodiscard]] int size() const noexcept { return on_.size(); }
  [[nodiscard]] datatype type() const noexcept { return type_; }
  [[nodiscard]] bool shares_memory() const noexcept { return on_.shares_memory(); }
  [[nodiscard]] const neighborhood* neighbors() const noexcept { return on_.neighbors(); }
  [[nodiscard]] plan_cache& plans() noexcept { return on_.plans(); }
  [[nodiscard]] transport::signature& signature() noexcept { return op_->mine.signature; }
  // Whether the reduction gives the same in any order.
  [[nodiscard]] bool exact(const reduce_op& op) const noexcept;

  // Calls `arguments`, which validates, binds and returns the plan. What it throws becomes this rank's status: all
  // ranks will throw it, since they all learn it where they meet.
  template <class Arguments>
  void begin(collective what, datatype type, Arguments&& arguments) {
    transport::signature& mine = op_->mine.signature;
    mine = {};
    op_->mine.text[0] = '\0';
    type_ = type;
    mine.collective = static_cast<std::uint32_t>(what);
    mine.type = is_struct(type) ? type_id(type) : static_cast<std::uint32_t>(type);
    try {
      if (type >= datatype::float64) detail::require_support(on_.device(), type);
      if (const auto& plan = arguments(); op_->plan != plan) op_->plan = plan;
      mine.pairs = op_->plan->pairs;
      if (is_struct(type) || user_op_ != nullptr) name_for_others();
      if (op_->plan->plan.temporary != 0 || op_->plan->reduces || op_->plan->by_mpi) settle();
      if (!keeps_) follow_device();
    } catch (...) {
      refuse(core::current_error());
    }
  }

  // Of one of the operation's buffers, once it is bound; else 0.
  [[nodiscard]] std::size_t bytes(schedule::buffer of) const noexcept { return op_->bound(of).bytes; }
  // The region as one of the operation's buffers.
  void bind(schedule::buffer as, const region& range, const char* what);
  // The operator of a reduction: checked, and where it is the user's, built.
  void reduce_with(const reduce_op& op);
  // What the plan wants filled of temporary memory begins as copies of these bytes.
  void fill_temporary(std::vector<std::byte> pattern) { pattern_ = std::move(pattern); }

  // Blocking: until the operation is done; throws its error.
  void finish();
  // Non-blocking.
  request start();

  // Persistent: the frame is told before begin(); then it agrees with the other ranks on the call, and keeps all but
  // the operation, for any number of starts.
  void keep() noexcept { keeps_ = true; }
  persistent agree_and_keep();

 private:
  struct prepared;
  void resume(const prepared& from);
  void settle();
  void make_temporary();
  void follow_device();
  void refuse(const error& failure);
  void name_for_others();

  communicator_state& on_;
  const call how_;
  blocking kind_;
  bool keeps_ = false;
  datatype type_ = datatype::uint8;
  const reduce_op* user_op_ = nullptr;  // while its arguments are looked at
  std::vector<std::byte> pattern_;
  staging::extent sent_;  // the send region
  communicator_state::claim held_;
  std::shared_ptr<operation> op_;
};

}  // namespace clique::engine
