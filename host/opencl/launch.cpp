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
    fail_call(code, fmt::format("clSetKernelArg {} of kernel {}", next_, name_).c_str());
  }
  ++next_;
  return *this;
}

void kernel_call::enqueue(device_state& where, std::size_t items) {
  std::size_t most = 1;
  check(clGetKernelWorkGroupInfo(kernel_, where.native()(), CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, nullptr),
        "clGetKernelWorkGroupInfo(CL_KERNEL_WORK_GROUP_SIZE)");
  const std::size_t local = std::min(group, most);
  for (std::size_t first = 0; first < items; first += most_items) {
    const std::size_t part = (std::min(items - first, most_items) + local - 1) / local * local;
    const cl_int code = clEnqueueNDRangeKernel(where.queue()(), kernel_, 1, first == 0 ? nullptr : &first, &part,
                                               &local, 0, nullptr, nullptr);
    if (code != CL_SUCCESS) [[unlikely]] {
      fail_call(code, fmt::format("clEnqueueNDRangeKernel of kernel {}, {} work items", name_, items).c_str());
    }
  }
  // Some implementations (Rusticl) retain a buffer as long as it is set, and the kernel object stays in the cache.
  for (std::size_t k = 0; k < buffer_count_; ++k) {
    check(clSetKernelArg(kernel_, buffers_[k], sizeof(cl_mem), nullptr), "clSetKernelArg of a null buffer");
  }
}

}  // namespace clique::opencl
