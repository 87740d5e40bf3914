// The one kernel launcher.
#pragma once

#include "opencl/device_state.hpp"

#include <array>
#include <cstddef>
#include <type_traits>

namespace clique::opencl {

// A kernel about to run: its arguments are set one after another. Holds the program's lock from its construction on,
// since all threads and communicators that use the device set arguments in the same kernel object: at most one of these
// for a program in a thread at a time, and nothing that may launch another kernel of it in between.
class kernel_call {
 public:
  kernel_call(program& from, const char* name) : name_(name), lock_(from.lock()), kernel_(from.kernel(name)) {}

  // The next argument: `bytes` at `value`; a buffer is a cl_mem.
  kernel_call& raw(const void* value, std::size_t bytes);
  template <class T>
  kernel_call& operator()(const T& value) {
    if constexpr (std::is_same_v<T, cl_mem>) {
      require(buffer_count_ < most_buffers, status::invalid_argument, "kernel {} has more than {} buffers", name_,
              most_buffers);
      buffers_[buffer_count_++] = next_;
    }
    return raw(&value, sizeof value);
  }

  // Enqueues at least `items` work items (kernels check their index against a count of their own), in one dimension.
  // Does not block, does not flush. The kernel object lets go of the buffers, so that they can be freed.
  void enqueue(device_state& where, std::size_t items) { enqueue(where, items, where.queue()(), nullptr, nullptr); }
  // The same in another in-order queue of the device's context, after `gate` if it is not null. `done`, if not null,
  // becomes the event of the completion, the caller's to release.
  void enqueue(device_state& where, std::size_t items, cl_command_queue queue, cl_event gate, cl_event* done);

 private:
  const char* name_;
  std::unique_lock<std::mutex> lock_;
  cl_kernel kernel_;
  cl_uint next_ = 0;
  static constexpr std::size_t most_buffers = 32;
  std::array<cl_uint, most_buffers> buffers_{};  // which arguments are buffers
  std::size_t buffer_count_ = 0;
};

// A buffer with a copy of a value that is too wide, or too much of a struct, for an argument by value. It may be
// released once the kernel is enqueued. Does not block.
cl::Buffer constant_buffer(device_state& where, const void* value, std::size_t bytes);

// Runs kernel `name` of `from` over `items` work items.
template <class... Args>
void launch(device_state& where, program& from, const char* name, std::size_t items, const Args&... args) {
  kernel_call call(from, name);
  (call(args), ...);
  call.enqueue(where, items);
}

}  // namespace clique::opencl
