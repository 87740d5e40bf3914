// What a device and the host see of each other's writes in a piece of memory: what self-tests are made of.
#pragma once

#include "opencl/device_state.hpp"

#include <cstddef>
#include <cstdint>

namespace clique::opencl {

struct tested_memory {
  cl_mem buffer = nullptr;
  std::uint32_t* words = nullptr;                // where the host writes
  const volatile std::uint32_t* seen = nullptr;  // where it looks
};

class memory_tester {
 public:
  // Throws clique::error(build_failure) where the device cannot build the kernels.
  explicit memory_tester(device_state& state);

  // Two pieces of `bytes`, a multiple of 64:
  //   1. A kernel writes a pattern; drain; the host must see it, at once.
  //   2. The host writes; a kernel reads that and writes something made of it; drain; the host must see it.
  //   3. The same through clEnqueueWriteBuffer and clEnqueueReadBuffer.
  // 1 and 2 are done `rounds` times, with and without a flush before the drain, since one that comes back too early
  // does not always. Throws clique::error(unsupported) at the first word that is another; then nothing runs any more.
  void run(const tested_memory& in, const tested_memory& out, std::size_t bytes, unsigned rounds, drain_by how);

  // How long a kernel takes that writes so many bytes there, in seconds.
  double time_of(cl_mem buffer, std::size_t bytes);

 private:
  void drain(drain_by how, bool flush);
  void kernel_writes(const tested_memory& out, std::size_t bytes, drain_by how, bool flush);
  void host_writes(const tested_memory& in, const tested_memory& out, std::size_t bytes, drain_by how, bool flush);
  void copies(const tested_memory& in, std::size_t bytes, drain_by how);

  device_state& state_;
  program& program_;
  std::uint32_t seed_ = 0;
};

}  // namespace clique::opencl
