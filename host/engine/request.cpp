#include <clique/request.hpp>

#include "engine/communicator_state.hpp"
#include "engine/process.hpp"

#include <exception>

namespace clique {

request::request() noexcept = default;
request::request(std::shared_ptr<engine::operation> operation, std::shared_ptr<engine::communicator_state> on) noexcept
    : operation_(std::move(operation)), on_(std::move(on)) {}
request::request(request&&) noexcept = default;
request& request::operator=(request&&) noexcept = default;
request::~request() = default;

bool request::test() {
  if (operation_ == nullptr) return true;
  engine::process::progress_all(on_.get());
  engine::communicator_state::claim held(*on_);
  return on_->test(held, *operation_);
}

void request::wait() {
  if (operation_ == nullptr) return;
  engine::communicator_state::claim held(*on_);
  operation_->submitted = engine::clock::now();  // what the rank did in between was not waiting
  on_->wait(held, *operation_);
}

void request::wait_for(std::chrono::duration<double> limit) {
  if (operation_ == nullptr) return;
  engine::communicator_state::claim held(*on_);
  operation_->submitted = engine::clock::now();
  operation_->limit = limit;
  on_->wait(held, *operation_);
}

cl::Event request::event() {
  require(operation_ != nullptr, status::invalid_argument, "a request of nothing has no event");
  require(on_->serves_threads(), status::unsupported,
          "an event needs a thread that calls MPI: initialize MPI with MPI_THREAD_MULTIPLE");
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(on_->device().context(), &code);
  opencl::check(code, "clCreateUserEvent");
  {
    engine::communicator_state::claim held(*on_);
    on_->complete(held, *operation_, [event](bool failed) mutable {
      // The status of an event that nobody can set again: its failure would be a mistake of ours.
      const cl_int outcome = event.setStatus(failed ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
      if (outcome != CL_SUCCESS) std::terminate();
    });
  }
  engine::process::start_thread();
  engine::process::wake_thread();
  return event;
}

}  // namespace clique
