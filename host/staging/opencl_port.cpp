#include "staging/opencl_port.hpp"

#include "opencl/reduction.hpp"

#include <algorithm>
#include <memory>

namespace clique::staging {
namespace {
cl_event event_of(ticket of) {
  return reinterpret_cast<cl_event>(of);
}
}  // namespace

cl_command_queue opencl_port::queue() {
  if (queue_() == nullptr) {
    cl_int code = CL_SUCCESS;
    queue_ = cl::CommandQueue(device_.context(), device_.native(), cl::QueueProperties::None, &code);
    opencl::check(code, "clCreateCommandQueue, for staging");
  }
  return queue_();
}

// Nothing here waits for the queue, so it has to be flushed for the command to begin at all.
ticket opencl_port::begun(cl_command_queue in, cl_event event) {
  opencl::check(clFlush(in), "clFlush");
  return reinterpret_cast<ticket>(event);
}

ticket opencl_port::map(binding& range, bool write, ticket gate) {
  cl_int code = CL_SUCCESS;
  cl_event event = nullptr, wait = event_of(gate);
  // Not CL_MAP_WRITE_INVALIDATE_REGION: what no block covers must stay.
  void* const address =
      clEnqueueMapBuffer(queue(), range.buffer, CL_FALSE, write ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_READ,
                         range.offset, range.bytes, gate != 0 ? 1 : 0, gate != 0 ? &wait : nullptr, &event, &code);
  opencl::check(code, "clEnqueueMapBuffer");
  range.host = static_cast<std::byte*>(address);
  return begun(queue(), event);
}

ticket opencl_port::unmap(binding& range) {
  cl_event event = nullptr;
  void* const address = std::exchange(range.host, nullptr);
  opencl::check(clEnqueueUnmapMemObject(queue(), range.buffer, address, 0, nullptr, &event), "clEnqueueUnmapMemObject");
  return begun(queue(), event);
}

ticket opencl_port::read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) {
  cl_event event = nullptr;
  opencl::check(
      clEnqueueReadBuffer(queue(), range.buffer, CL_FALSE, range.offset + offset, bytes, to, 0, nullptr, &event),
      "clEnqueueReadBuffer");
  return begun(queue(), event);
}

ticket opencl_port::write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) {
  cl_event event = nullptr;
  opencl::check(
      clEnqueueWriteBuffer(queue(), range.buffer, CL_FALSE, range.offset + offset, bytes, from, 0, nullptr, &event),
      "clEnqueueWriteBuffer");
  return begun(queue(), event);
}

ticket opencl_port::copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                         std::size_t bytes) {
  cl_event event = nullptr;
  opencl::check(clEnqueueCopyBuffer(queue(), from.buffer, to.buffer, from.offset + from_offset, to.offset + to_offset,
                                    bytes, 0, nullptr, &event),
                "clEnqueueCopyBuffer");
  return begun(queue(), event);
}

const combiner* opencl_port::combiner_of(const reduce_op& op, datatype type) {
  opencl::program& built = opencl::reduction_program(device_, op, type);
  return &combiners_.try_emplace({&built, type}, combiner{&built}).first->second;
}

ticket opencl_port::combine(const combiner& how, const binding& left, std::size_t left_offset, const binding& right,
                            std::size_t right_offset, const binding& to, std::size_t to_offset, std::size_t count) {
  const auto place = [](const binding& range, std::size_t offset) {
    return opencl::place{range.buffer, range.offset + offset};
  };
  return begun(queue(), opencl::enqueue_reduction(device_, *how.built, queue(), place(left, left_offset),
                                                  place(right, right_offset), place(to, to_offset), count));
}

void opencl_port::forget(ticket of) noexcept {
  if (of == 0) return;
  (void)counted_by(of);
  clReleaseEvent(event_of(of));
}

std::optional<std::uint64_t> opencl_port::counted_by(ticket of) noexcept {
  const auto found =
      std::find_if(markers_.begin(), markers_.end(), [of](const auto& marker) { return marker.first == of; });
  if (found == markers_.end()) return std::nullopt;
  const std::uint64_t commands = found->second;
  *found = markers_.back();
  markers_.pop_back();
  return commands;
}

ticket opencl_port::marker(const cl_event* wait_list, cl_uint count) {
  cl_event event = nullptr;
  const cl_command_queue in = device_.uncounted_queue();
  const std::uint64_t before = device_.commands();
  // The queue is in order: a marker with a list waits for what is before it too.
  opencl::check(clEnqueueMarkerWithWaitList(in, count, wait_list, &event), "clEnqueueMarkerWithWaitList");
  markers_.emplace_back(reinterpret_cast<ticket>(event), before);
  return begun(in, event);
}

bool opencl_port::done(ticket& of) {
  if (of == 0) return true;
  cl_int state = CL_COMPLETE;
  opencl::check(clGetEventInfo(event_of(of), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, nullptr),
                "clGetEventInfo");
  if (state > CL_COMPLETE) return false;
  // That state alone makes nothing visible to commands in other queues (OpenCL 3.0, 5.11): this does, and returns at
  // once.
  if (state == CL_COMPLETE) opencl::check(clWaitForEvents(1, reinterpret_cast<cl_event*>(&of)), "clWaitForEvents");
  const auto commands = counted_by(of);
  const cl_event event = event_of(std::exchange(of, 0));
  opencl::check(clReleaseEvent(event), "clReleaseEvent");
  opencl::check(state, "a command in the device's queue");
  if (commands) device_.drained(*commands);
  return true;
}

void opencl_port::when_done(ticket of, std::function<void(bool)> then) {
  auto owned = std::make_unique<std::function<void(bool)>>(std::move(then));
  const auto call = [](cl_event, cl_int state, void* data) {
    const std::unique_ptr<std::function<void(bool)>> mine(static_cast<std::function<void(bool)>*>(data));
    (*mine)(state < 0);
  };
  opencl::check(clSetEventCallback(event_of(of), CL_COMPLETE, call, owned.get()), "clSetEventCallback");
  owned.release();  // NOLINT: the callback owns it now
}

}  // namespace clique::staging
