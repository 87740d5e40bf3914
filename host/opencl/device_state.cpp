#include "opencl/device_state.hpp"

#include "core/config.hpp"
#include "core/log.hpp"
#include "opencl/address_test.hpp"
#include "opencl/arena_test.hpp"

namespace clique::opencl {
namespace {

void check_belonging(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue) {
  require(context() != nullptr && native() != nullptr && queue() != nullptr, status::invalid_argument,
          "a device needs a context, a cl::Device and a queue, and one of them is null");
  cl_context queue_context = nullptr;
  cl_device_id queue_device = nullptr;
  cl_command_queue_properties properties = 0;
  check(clGetCommandQueueInfo(queue(), CL_QUEUE_CONTEXT, sizeof queue_context, &queue_context, nullptr),
        "clGetCommandQueueInfo(CL_QUEUE_CONTEXT)");
  check(clGetCommandQueueInfo(queue(), CL_QUEUE_DEVICE, sizeof queue_device, &queue_device, nullptr),
        "clGetCommandQueueInfo(CL_QUEUE_DEVICE)");
  check(clGetCommandQueueInfo(queue(), CL_QUEUE_PROPERTIES, sizeof properties, &properties, nullptr),
        "clGetCommandQueueInfo(CL_QUEUE_PROPERTIES)");
  require(queue_context == context(), status::invalid_argument,
          "the queue belongs to another context than the one given");
  require(queue_device == native(), status::invalid_argument, "the queue belongs to another device than the one given");
  require((properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) == 0, status::invalid_argument,
          "the queue runs out of order; clique needs an in-order queue");
}

}  // namespace

device_state::device_state(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue)
    : context_((check_belonging(context, native, queue), context)),
      native_(native),
      queue_(queue),
      info_(describe(native)),
      programs_(context, native) {}

reduction_facts& device_state::reduction(const reduce_op& op, datatype type) {
  const std::lock_guard lock(reductions_mutex_);
  for (reduction_facts& known : reductions_) {
    if (known.type == type && known.op == op) return known;
  }
  return reductions_.emplace_back(op, type);
}

void device_state::set_shared() {
  if (!has_own_memory()) return;
  std::call_once(set_shared_once_, [&] {
    cl_int code = CL_SUCCESS;
    marked_ = cl::Buffer(context_, CL_MEM_READ_WRITE, mark_.size(), nullptr, &code);
    check(code, "clCreateBuffer");
    spares_compute_.store(true, std::memory_order_release);
  });
}

// A buffer around it: nothing else in OpenCL tells a driver of pages that are there already. 55 GB/s instead of 6 to 12
// on an NVIDIA H200.
void device_state::pin(const std::byte* from, std::size_t bytes, std::shared_ptr<void> mapped) {
  if (!has_own_memory()) return;
  const std::lock_guard lock(pinned_mutex_);
  const auto [place, added] = pinned_.try_emplace(from);
  if (!added) return;
  cl_int code = CL_SUCCESS;
  cl::Buffer known(context_, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, const_cast<std::byte*>(from), &code);
  if (code != CL_SUCCESS) core::log("staging memory stays pageable: {} ({})", code_name(code), code);
  place->second = {bytes, std::move(mapped), std::move(known)};
}

device_state::pinned_use device_state::pinned() {
  const std::lock_guard lock(pinned_mutex_);
  pinned_use result;
  for (const auto& [from, piece] : pinned_) {
    if (piece.known() == nullptr) continue;
    ++result.pieces;
    result.bytes += piece.bytes;
  }
  return result;
}

cl_event device_state::mark(const cl_event* wait_list, cl_uint count) {
  cl_event event = nullptr;
  // The queue is in order: either waits for what is before it too.
  if (spares_compute()) {
    check(clEnqueueReadBuffer(queue_(), marked_(), CL_FALSE, 0, mark_.size(), mark_.data(), count, wait_list, &event),
          "clEnqueueReadBuffer, as a marker");
  } else {
    check(clEnqueueMarkerWithWaitList(queue_(), count, wait_list, &event), "clEnqueueMarkerWithWaitList");
  }
  return event;
}

void device_state::drain_with(drain_by how) {
  if (how == drain_by::finish) {
    check(clFinish(queue_()), "clFinish");
    return;
  }
  cl_event marker = mark(nullptr, 0);
  const cl::Event owner(marker, false);
  check(clWaitForEvents(1, &marker), "clWaitForEvents");
}

void device_state::judge_arena() {
  using core::staging_choice;
  const staging_choice wish = core::settings().staging;
  if (wish == staging_choice::host || wish == staging_choice::mapped || wish == staging_choice::slots) {
    arena_reason_ = core::formatted("CLIQUE_STAGING={}", core::name(wish));
  } else {
    const arena_test_result result = test_arena(*this, wish == staging_choice::direct);
    arena_ = result.works;
    arena_reason_ = result.reason;
    if (result.works) drain_ = result.drain;
  }
  core::log("arrays of {} {} the arena: {}", info_.name, arena_ ? "come from" : "do not come from", arena_reason_);
}

// Several devices of a context may have a copy of a buffer each.
void device_state::judge_addresses() {
  using core::staging_choice;
  const staging_choice wish = core::settings().staging;
  try {
    require(wish != staging_choice::mapped && wish != staging_choice::slots && wish != staging_choice::exported,
            status::unsupported, "CLIQUE_STAGING={}", core::name(wish));
    require(!has_own_memory(), status::unsupported, "the device has memory of its own");
    cl_uint devices = 0;
    check(clGetContextInfo(context_(), CL_CONTEXT_NUM_DEVICES, sizeof devices, &devices, nullptr),
          "clGetContextInfo(CL_CONTEXT_NUM_DEVICES)");
    require(devices == 1, status::unsupported, "the device's context has {} devices", devices);
    cl_int code = CL_SUCCESS;
    asks_ = cl::CommandQueue(context_, native_, cl::QueueProperties::None, &code);
    check(code, "clCreateCommandQueue");
    (void)arena_works();  // it says how the queue is drained
    addresses_ = test_addresses(*this);
  } catch (const error& why) {
    addresses_ = {false, false, why.what()};
  }
  core::log("the address of a buffer of {}: {}", info_.name, addresses_.reason);
}

const kept_addresses& device_state::addresses() {
  std::call_once(addresses_once_, [&] { judge_addresses(); });
  if (!addresses_.own && core::settings().staging == core::staging_choice::host) [[unlikely]] {
    fail(status::unsupported, "CLIQUE_STAGING=host, but buffers of {} have no lasting address: {}", info_.name,
         addresses_.reason);
  }
  return addresses_;
}

std::byte* device_state::address_of(cl_mem buffer, cl_mem_flags flags, std::size_t bytes) {
  const kept_addresses& kept = addresses();
  const bool holds = (flags & CL_MEM_USE_HOST_PTR) != 0 ? kept.host_memory : kept.own;
  return holds ? mapped_address(asks_(), buffer, bytes) : nullptr;
}

bool device_state::arena_works() {
  std::call_once(arena_once_, [&] { judge_arena(); });
  if (!arena_ && core::settings().staging == core::staging_choice::direct) [[unlikely]] {
    fail(status::unsupported, "CLIQUE_STAGING=direct, but {} cannot work in memory that ranks share: {}", info_.name,
         arena_reason_);
  }
  return arena_;
}

const std::string& device_state::arena_reason() {
  std::call_once(arena_once_, [&] { judge_arena(); });
  return arena_reason_;
}

}  // namespace clique::opencl
