// Between a call whose arguments are in order and its operation: what is bound, what memory it needs, what it begins
// after. A collective goes in a straight line (collectives/submit.cpp):
//
//   valid_call = validate(arguments), or a refusal    what this rank says of the call, a value
//   plan       = plan_of(valid_call)                  an earlier one, or what an algorithm makes
//   operation  = open(valid_call, plan)               or refuse(operation, refusal)
//   submit(operation); then wait for it, or hand out a request
#pragma once

#include "communicator/communicator_state.hpp"
#include "staging/staging.hpp"

#include <clique/call.hpp>
#include <clique/topology.hpp>

namespace clique::engine {

enum class form : std::uint8_t { blocking, nonblocking, persistent };

// A call of a collective whose arguments are in order on this rank. Borrows the operator and the lists of the caller.
struct valid_call {
  struct range {
    staging::binding bound;
    staging::bound facts;
  };

  plan_key key{};
  transport::signature signature{};  // but `pairs`, which the plan knows
  datatype type = datatype::uint8;
  std::array<range, 2> ranges{};  // as schedule::buffer::in and ::out; empty where the rank has none
  const reduce_op* op = nullptr;
  std::vector<std::byte> fill{};  // what the plan wants filled of temporary memory begins as copies of this

  [[nodiscard]] std::size_t bytes(schedule::buffer of) const {
    return ranges[static_cast<std::size_t>(of)].bound.bytes;
  }
};

// The region becomes that buffer of the call. Throws clique::error(invalid_argument): the region, called `what`, does
// not lie in its buffer, or overlaps the other one.
void bind(communicator_state& on, valid_call& to, schedule::buffer as, const region& range, const char* what);

// Makes the operation, fresh from communicator_state::acquire(), one of that call: its buffers are retained where the
// call returns before it is done, its temporary memory is there, and it waits for the device (blocking: the caller has
// waited). Throws clique::error; then the operation is to be refused.
void open(communicator_state& on, operation& op, const valid_call& call,
          const std::shared_ptr<const prepared_plan>& plan, const clique::call& how, form as);
// The operation says to the other ranks that this rank's call has failed, which all will throw.
void refuse(operation& op, const error& why);

// Submits it, and waits: until it is done; throws its error.
void finish(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op);
// The same of a blocking call, whose operation is kept for others like it.
void finish(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op,
            const detail::arguments& args);
// A blocking call as one of those before, whole. False where none of them fits: then nothing was done.
bool repeat(communicator_state& on, communicator_state::lock& held, const detail::arguments& args,
            const clique::call& how);
// Submits it.
request start(communicator_state& on, const communicator_state::lock& held, std::shared_ptr<operation>&& op);
// The ranks agree on the persistent call that the operation would begin, and on its lists; what it needs is kept for
// its starts.
persistent agree_and_keep(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op,
                          const clique::call& how);

// A collective without data: the ranks compare signatures, and the lists of `lists`, pair by pair. All throw one error
// where any rank has a refusal.
void agree(communicator_state& on, const transport::signature& mine, prepared_plan lists,
           const std::optional<error>& refusal, std::optional<std::chrono::duration<double>> deadline = std::nullopt);

// ---- for messages, too

// An operation begins after the wait list and, if the call says so, the device's earlier commands. Blocking: waits for
// them. Else sets op.gate, and op.ready to false, unless they are done. `copies`: the call itself has enqueued some.
void follow_device(communicator_state& on, const call& how, form as, task& op, bool copies);

// The blocking part of that: waits for the wait list and, if `whole_queue`, for all that the queue holds.
void wait_for_device(communicator_state& on, const call& how, bool whole_queue);

// Throws clique::error(opencl_failure) where an event of the wait list has failed already.
void require_not_failed(const call& how);
const cl_event* events_of(const call& how) noexcept;  // the wait list

// A buffer held until this goes.
core::held retained(cl_mem buffer);

// Buffers that the host may not touch (CL_MEM_HOST_NO_ACCESS and its like) take part by a copy on the device, which
// stands in the binding instead. What is returned holds the copy. Throws clique::error(out_of_memory).
std::shared_ptr<void> stand_in(communicator_state& on, staging::binding& range);
// Enqueues the copy from the original of a stand-in, after the wait list. The way back is the executor's, or the
// matcher's.
void fill_stand_in(const device& device, const call& how, const staging::binding& range);

}  // namespace clique::engine
