#include "opencl/launch.hpp"

#include <algorithm>

namespace clique::opencl {
namespace {

// Fixed, since an implementation that compiles for a work-group size (PoCL) would compile again for each size that it
// chose itself, and chooses 1 for a prime number of items.
constexpr std::size_t group = 256;

// What is enqueued at once: a device may count work items with address bits, and simulators with 32.
constexpr std::size_t most_items = std::size_t{1} << 31;

}  // namespace

kernel_call& kernel_call::raw(const void* value, std::size_t bytes) {
  if (const cl_int code = clSetKernelArg(kernel_, next_, bytes, value); code != CL_SUCCESS) [[unlikely]] {
    fail_call(code, core::formatted("clSetKernelArg {} of kernel {}", next_, name_).c_str());
  }
  ++next_;
  return *this;
}

void kernel_call::enqueue(device_state& where, std::size_t items, cl_command_queue queue, cl_event gate,
                          cl_event* done) {
  std::size_t most = 1;
  check(clGetKernelWorkGroupInfo(kernel_, where.native()(), CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, nullptr),
        "clGetKernelWorkGroupInfo(CL_KERNEL_WORK_GROUP_SIZE)");
  const std::size_t local = std::min(group, most);
  for (std::size_t first = 0; first < items; first += most_items) {
    const std::size_t part = (std::min(items - first, most_items) + local - 1) / local * local;
    const bool gated = first == 0 && gate != nullptr;  // the queue is in order: the rest comes after
    const bool last = items - first <= most_items;
    const cl_int code = clEnqueueNDRangeKernel(queue, kernel_, 1, first == 0 ? nullptr : &first, &part, &local,
                                               gated ? 1 : 0, gated ? &gate : nullptr, last ? done : nullptr);
    if (code != CL_SUCCESS) [[unlikely]] {
      fail_call(code, core::formatted("clEnqueueNDRangeKernel of kernel {}, {} work items", name_, items).c_str());
    }
  }
  // Some implementations (Rusticl) retain a buffer as long as it is set, and the kernel object stays in the cache.
  for (std::size_t k = 0; k < buffer_count_; ++k) {
    check(clSetKernelArg(kernel_, buffers_[k], sizeof(cl_mem), nullptr), "clSetKernelArg of a null buffer");
  }
}

cl::Buffer constant_buffer(device_state& where, const void* value, std::size_t bytes) {
  cl_int code = CL_SUCCESS;
  const cl_mem memory = clCreateBuffer(where.context()(), CL_MEM_COPY_HOST_PTR, bytes, const_cast<void*>(value), &code);
  if (code != CL_SUCCESS) fail_call(code, core::formatted("clCreateBuffer of {} bytes", bytes).c_str());
  return cl::Buffer(memory, false);
}

}  // namespace clique::opencl
