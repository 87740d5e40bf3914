// The memory of an array: a block of the arena wrapped as a buffer, or a buffer of the device's own.
#include "core/config.hpp"
#include "memory/arena.hpp"
#include "opencl/check.hpp"
#include "opencl/device_state.hpp"

#include <clique/array.hpp>

#include <algorithm>

namespace clique {
namespace {

// The block goes back when OpenCL is done with the buffer: no command uses it, nobody holds it.
void CL_CALLBACK release_block(cl_mem, void* block) {
  memory::arena::mine().release(static_cast<std::byte*>(block));
}

cl::Buffer wrap(opencl::device_state& state, std::byte* block, std::size_t bytes) {
  cl_int code = CL_SUCCESS;
  const cl_mem memory = clCreateBuffer(state.context()(), CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, block, &code);
  if (code == CL_SUCCESS) {
    cl::Buffer buffer(memory, false);
    code = clSetMemObjectDestructorCallback(memory, release_block, block);
    if (code == CL_SUCCESS) return buffer;
  }
  memory::arena::mine().release(block);
  opencl::fail_call(code, core::formatted("a buffer of {} bytes (CL_MEM_USE_HOST_PTR)", bytes).c_str());
}

cl::Buffer allocate(opencl::device_state& state, std::size_t bytes) {
  const bool mapped = core::settings().staging == core::staging_choice::mapped;
  cl_int code = CL_SUCCESS;
  const cl_mem memory = clCreateBuffer(
      state.context()(), CL_MEM_READ_WRITE | (mapped ? cl_mem_flags{CL_MEM_ALLOC_HOST_PTR} : 0), bytes, nullptr, &code);
  if (code != CL_SUCCESS) opencl::fail_call(code, core::formatted("clCreateBuffer of {} bytes", bytes).c_str());
  return cl::Buffer(memory, false);
}

}  // namespace

array_memory::array_memory(const clique::device& device, std::size_t bytes) {
  opencl::device_state& state = device.state();
  const std::size_t most = state.info().max_allocation;
  require(bytes <= most, status::out_of_memory,
          "an array of {} bytes is above the {} bytes that {} allows for one buffer (CL_DEVICE_MAX_MEM_ALLOC_SIZE{}); "
          "use several arrays",
          bytes, most, state.info().name,
          most == core::settings().max_allocation ? ", lowered by CLIQUE_MAX_ALLOC_BYTES" : "");
  bytes_ = bytes = std::max<std::size_t>(bytes, 16);  // OpenCL has no empty buffers
  if (state.arena_works()) {
    host_ = memory::arena::mine().allocate(bytes);
    buffer_ = wrap(state, host_, bytes);
    return;
  }
  if (state.exports() && bytes >= opencl::least_exported()) {
    if (const auto piece = state.exported().allocate(bytes)) {
      piece->device = std::make_shared<clique::device>(device);
      buffer_ = piece->buffer;
      held_ = piece;
      return;
    }
  }
  buffer_ = allocate(state, bytes);
}

}  // namespace clique
