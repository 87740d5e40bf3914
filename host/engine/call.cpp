#include "engine/call.hpp"

#include "core/watchdog.hpp"
#include "staging/staging.hpp"

namespace clique::engine {
namespace {

const std::shared_ptr<const prepared_plan>& empty_plan() {
  static const auto none = std::make_shared<const prepared_plan>();
  return none;
}

}  // namespace

call_frame::call_frame(communicator_state& on, const call& how, blocking kind)
    : on_(on), how_(how), kind_(kind), held_(on) {
  op_ = on.acquire(held_);
  op_->limit = how.deadline;
}

void call_frame::bind(schedule::buffer as, const region& range, const char* what) {
  opencl::device_state& device = on_.device().state();
  staging::binding& mine = op_->bound(as);
  staging::bind(device, range, what, mine);
  const staging::binding& in = op_->bound(schedule::buffer::in);
  const staging::binding& out = op_->bound(schedule::buffer::out);
  require(as != schedule::buffer::out || in.buffer != out.buffer || in.bytes == 0 || out.bytes == 0 ||
              in.offset + in.bytes <= out.offset || out.offset + out.bytes <= in.offset,
          status::invalid_argument,
          "the send region (bytes [{}, {})) and the receive region (bytes [{}, {})) overlap in one buffer; "
          "clique::in_place "
          "exchanges in place",
          in.offset, in.offset + in.bytes, out.offset, out.offset + out.bytes);
  if (kind_ == blocking::no && mine.buffer != nullptr) {
    opencl::check(clRetainMemObject(mine.buffer), "clRetainMemObject");
    op_->kept.emplace_back(mine.buffer, [](cl_mem buffer) { clReleaseMemObject(buffer); });
  }
}

void call_frame::make_temporary() {
  const std::size_t bytes = op_->plan->plan.temporary;
  if (bytes == 0) [[likely]]
    return;
  op_->temporary = on_.temporary(bytes);
  staging::binding& mine = op_->bound(schedule::buffer::temporary);
  mine.kind = staging::kind::direct;
  mine.bytes = bytes;
  mine.host = op_->temporary.get();
}

// The collective begins after the device's earlier commands and the wait list.
void call_frame::follow_device() {
  if (op_->plan->plan.steps.empty()) return;
  static_assert(sizeof(cl::Event) == sizeof(cl_event));
  const auto* const events = reinterpret_cast<const cl_event*>(how_.wait_list.data());
  const auto count = static_cast<cl_uint>(how_.wait_list.size());
  if (kind_ == blocking::no) {
    op_->gate = on_.port().marker(events, count);
    op_->ready = on_.port().done(op_->gate);
    return;
  }
  const core::watchdog::section watched(on_.post(), "clFinish, before a collective");
  if (count != 0) opencl::check(clWaitForEvents(count, events), "clWaitForEvents, for the wait list of a collective");
  on_.device().state().drain();
}

void call_frame::refuse(const error& failure) {
  op_->plan = empty_plan();
  op_->mine.signature.status = static_cast<std::int32_t>(failure.code());
  op_->mine.set_text(failure.what());
}

void call_frame::finish() {
  on_.submit(held_, op_);
  on_.wait(held_, *op_);
  on_.recycle(held_, std::move(op_));
}

request call_frame::start() {
  on_.submit(held_, op_);
  on_.announce();
  return {std::move(op_), on_.shared_from_this()};
}

}  // namespace clique::engine
