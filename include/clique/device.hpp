// The OpenCL device that a rank drives: listing, choosing, and bringing one's own.
#pragma once

#include <clique/export.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace clique {

namespace opencl {
class device_state;  // host/opencl/
}

// What a device says of itself. Sizes in bytes.
struct device_info {
  std::string platform, name, vendor;
  std::string version;    // CL_DEVICE_VERSION, "OpenCL 3.0 PoCL ..."
  std::string c_version;  // CL_DEVICE_OPENCL_C_VERSION
  std::string driver;     // CL_DRIVER_VERSION
  std::string type;       // "gpu", "cpu", "accelerator" or "custom"
  std::size_t memory = 0;
  std::size_t max_allocation = 0;  // CL_DEVICE_MAX_MEM_ALLOC_SIZE, or CLIQUE_MAX_ALLOC_BYTES where that is less
  unsigned compute_units = 0;
  bool fp64 = false, fp16 = false, host_unified = false;
};

// All devices of all platforms, GPUs first, then accelerators, then CPUs; within a type in the order of the
// ICD loader. Platforms and devices that fail, or that clique cannot use, are left out (CLIQUE_LOG=1 says why), and a
// driver that two .icd files name is there once. Empty where there are none. Local; thread-safe.
CLIQUE_API std::vector<cl::Device> devices();

// Local; thread-safe. Throws clique::error(opencl_failure).
CLIQUE_API device_info describe(const cl::Device& device);

// A handle to one device with its context and in-order queue: cheap to copy, all copies mean the same one.
// The kernels of clique (fill, transform, ...) run in its queue. Thread-safe: several threads, and several
// communicators on one device, may use it at once; their commands stand in the queue in the order in which the calls
// came.
class CLIQUE_API device {
 public:
  // The device of the node_rank-th of node_size processes on this node: those that CLIQUE_DEVICE allows, or else
  // all of the best type there is, dealt out in turn. Processes that share a CPU device each get a part of
  // its cores, where the device can be partitioned. Throws clique::error(no_device) that says where OpenCL
  // vendors are looked for, and what has been left out. Local.
  static device choose(int node_rank = 0, int node_size = 1);

  // The user's own; retains all three. The queue must belong to the context and the device. Local.
  device(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue);

  [[nodiscard]] const cl::Context& context() const noexcept;
  [[nodiscard]] const cl::Device& native() const noexcept;
  // For commands of one's own. Until a program asks for it, clique knows when it is idle, and saves its calls the
  // driver's answer to that; from then on they ask the driver.
  [[nodiscard]] const cl::CommandQueue& queue() const noexcept;
  [[nodiscard]] const device_info& info() const noexcept;

  // Blocks until all commands enqueued so far are done and what they wrote is visible to the host. Throws
  // clique::error(opencl_failure).
  void finish() const;

  // What `rank` and `size` mean in the expressions of transform(): those of the communicator that this handle
  // came from, or 0 and 1.
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }
  [[nodiscard]] device with_rank(int rank, int size) const;

  // For clique's own rooms.
  [[nodiscard]] opencl::device_state& state() const noexcept { return *state_; }

 private:
  explicit device(std::shared_ptr<opencl::device_state> state) : state_(std::move(state)) {}

  std::shared_ptr<opencl::device_state> state_;
  int rank_ = 0, size_ = 1;
};

}  // namespace clique
