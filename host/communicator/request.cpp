#include <clique/call.hpp>
#include <clique/request.hpp>

#include "communicator/communicator_state.hpp"
#include "communicator/process.hpp"

#include <utility>

namespace clique {
namespace {

void require_events(const engine::communicator_state& on) {
  require(on.serves_threads(), status::unsupported,
          "an event needs a thread that calls MPI: initialize MPI with MPI_THREAD_MULTIPLE");
}

// Without the lock. What waits for an event that is not completed waits for good, so failing it is tried too; and all
// that use the communicator are told.
void complete(const cl::UserEvent& event, bool failed, engine::communicator_state& on) {
  const cl_int code = clSetUserEventStatus(event(), failed ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
  if (code == CL_SUCCESS) return;
  cl_int now = CL_QUEUED;
  const bool known =
      clGetEventInfo(event(), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof now, &now, nullptr) == CL_SUCCESS;
  const bool by_program = known && now <= CL_COMPLETE;
  const bool ended = by_program || clSetUserEventStatus(event(), CL_OUT_OF_RESOURCES) == CL_SUCCESS;
  engine::communicator_state::lock held(on);
  on.poison(
      error(status::opencl_failure,
            core::formatted("rank {}: clSetUserEventStatus, of the event of a request, failed: {} ({}){}{}", on.rank(),
                            opencl::code_name(code), code,
                            by_program ? ": the program has completed it itself, before its operation was done" : "",
                            ended ? "" : ": what waits for it waits for good"),
            on.rank(), code));
}

}  // namespace

void detail::require_events(const communicator& comm) {
  clique::require_events(comm.state());
}

request::request() noexcept = default;
request::request(std::shared_ptr<engine::task> task, std::shared_ptr<engine::communicator_state> on) noexcept
    : task_(std::move(task)), on_(std::move(on)) {}
request::request(request&&) noexcept = default;
request& request::operator=(request&&) noexcept = default;
request::~request() = default;

bool request::test() {
  if (task_ == nullptr) return true;
  engine::process::progress_all(on_.get());
  engine::communicator_state::lock held(*on_);
  return on_->test(held, *task_);
}

void request::wait() {
  if (task_ == nullptr) return;
  engine::communicator_state::lock held(*on_);
  task_->begin_waiting();
  on_->wait(held, *task_);
}

void request::wait_for(std::chrono::duration<double> limit) {
  if (task_ == nullptr) return;
  engine::communicator_state::lock held(*on_);
  task_->begin_waiting();
  task_->limit = limit;
  on_->wait(held, *task_);
}

cl::Event request::event() {
  require(task_ != nullptr, status::invalid_argument, "a request of nothing has no event");
  require_events(*on_);
  try {
    engine::process::start_thread();  // before there is an event that nobody would complete
  } catch (...) {
    throw core::current_error();
  }
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(on_->device().context(), &code);
  opencl::check(code, "clCreateUserEvent");
  {
    engine::communicator_state::lock held(*on_);
    on_->complete(held, *task_, [event, on = on_.get()](bool failed) { complete(event, failed, *on); });
  }
  engine::process::wake_thread();
  return event;
}

message request::received(std::size_t k) const {
  require(task_ != nullptr && task_->messages != nullptr, status::invalid_argument,
          "this request is not one of messages: it has received none");
  require(task_->finished(), status::invalid_argument,
          "this request is not done: what it has received is known after wait()");
  return task_->messages->received(k);
}

// ---- persistent

persistent::persistent() noexcept = default;
persistent::persistent(std::function<request()> start) noexcept : start_(std::move(start)) {}
persistent::persistent(persistent&&) noexcept = default;
persistent& persistent::operator=(persistent&&) noexcept = default;
persistent::~persistent() = default;

// A request's end is seen by a look that returns, unless with "not yet", and by one that throws.
template <class Look>
bool persistent::seen(Look&& look) {
  const bool before = std::exchange(open_, false);
  const bool done = look();
  open_ = before && !done;
  return done;
}

void persistent::start() {
  require(start_ != nullptr, status::invalid_argument, "a persistent call of nothing cannot be started");
  require(!open_ || test(), status::invalid_argument,
          "a persistent call was started again before it was done: wait for it first");
  current_ = start_();
  open_ = true;
}

bool persistent::test() {
  return seen([&] { return current_.test(); });
}

void persistent::wait() {
  seen([&] { return current_.wait(), true; });
}

void persistent::wait_for(std::chrono::duration<double> limit) {
  seen([&] { return current_.wait_for(limit), true; });
}

cl::Event persistent::event() {
  return current_.event();
}

}  // namespace clique
