#include "opencl/address_test.hpp"

#include "memory/arena.hpp"
#include "memory/process_memory.hpp"
#include "opencl/memory_test.hpp"
#include "opencl/query.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

namespace clique::opencl {
namespace {

// A buffer, and where the host finds it.
struct addressed {
  cl::Buffer buffer;
  std::byte* at = nullptr;
  [[nodiscard]] tested_memory tested() const {
    auto* const words = reinterpret_cast<std::uint32_t*>(at);
    return {buffer(), words, words};
  }
};

class address_tester {
 public:
  address_tester(device_state& state, cl_command_queue in) : state_(state), in_(in), memory_(state) {}

  void run(cl_mem_flags flags) {
    constexpr std::size_t odd = 64;  // what the program gives need not begin a page
    for (const std::size_t bytes : {std::size_t{64}, std::size_t{4096}, std::size_t{256} << 10}) {
      for (const std::size_t before : {std::size_t{0}, odd}) {
        if (before != 0 && (flags & CL_MEM_USE_HOST_PTR) == 0) continue;
        std::vector<std::byte> memory[2];
        addressed all[2];
        for (int k = 0; k < 2; ++k) {
          std::byte* given = nullptr;
          if ((flags & CL_MEM_USE_HOST_PTR) != 0) {
            memory[k].resize(bytes + memory::page_bytes + odd);
            void* first = memory[k].data();
            std::size_t room = bytes + memory::page_bytes;
            std::align(memory::page_bytes, bytes, first, room);
            given = static_cast<std::byte*>(first) + before;
          }
          all[k] = make(flags, given, bytes);
        }
        memory_.run(all[0].tested(), all[1].tested(), bytes, 2, state_.drain_choice());
        parts(all[0], all[1], bytes);
        for (const addressed& each : all) still_there(each, bytes);
      }
    }
  }

 private:
  addressed make(cl_mem_flags flags, std::byte* given, std::size_t bytes) {
    cl_int code = CL_SUCCESS;
    addressed made{cl::Buffer(clCreateBuffer(state_.context()(), flags, bytes, given, &code), false)};
    check(code, "clCreateBuffer");
    made.at = address_of(made.buffer(), bytes);
    return made;
  }

  std::byte* address_of(cl_mem buffer, std::size_t bytes) {
    std::byte* const at = mapped_address(in_, buffer, bytes);
    check(clFinish(in_), "clFinish");
    require(at != nullptr, status::unsupported, "a buffer cannot be mapped, or does not lie in ordinary memory");
    return at;
  }

  // The second half of two buffers, as buffers.
  void parts(const addressed& in, const addressed& out, std::size_t bytes) {
    const auto align =
        query<cl_uint>(state_.native()(), CL_DEVICE_MEM_BASE_ADDR_ALIGN, "CL_DEVICE_MEM_BASE_ADDR_ALIGN") / 8;
    const std::size_t half = bytes / 2;
    if (half < 64 || half % std::max<std::size_t>(align, 64) != 0) return;
    addressed all[2];
    for (int k = 0; k < 2; ++k) {
      const addressed& whole = k == 0 ? in : out;
      const cl_buffer_region region{half, half};
      cl_int code = CL_SUCCESS;
      all[k].buffer = cl::Buffer(
          clCreateSubBuffer(whole.buffer(), CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code), false);
      check(code, "clCreateSubBuffer");
      all[k].at = address_of(all[k].buffer(), half);
      require(all[k].at == whole.at + half, status::unsupported, "a part of a buffer is mapped elsewhere");
    }
    memory_.run(all[0].tested(), all[1].tested(), half, 2, state_.drain_choice());
  }

  void still_there(const addressed& what, std::size_t bytes) {
    require(address_of(what.buffer(), bytes) == what.at, status::unsupported,
            "a buffer was mapped at another address than before");
  }

  device_state& state_;
  cl_command_queue in_;
  memory_tester memory_;
};

}  // namespace

// Rusticl (22.3) knows a mapping only once it is done, and ends none before; others need not be waited for: on PoCL it
// may come after what the program has the buffer do.
std::byte* mapped_address(cl_command_queue in, cl_mem buffer, std::size_t bytes) noexcept {
  cl_int code = CL_SUCCESS;
  cl_event mapped = nullptr;
  void* const at = clEnqueueMapBuffer(in, buffer, CL_FALSE, CL_MAP_READ, 0, bytes, 0, nullptr, &mapped, &code);
  if (code != CL_SUCCESS || at == nullptr) return nullptr;
  const cl::Event held(mapped, false);
  const auto unmapped = [&] { return clEnqueueUnmapMemObject(in, buffer, at, 0, nullptr, nullptr) == CL_SUCCESS; };
  if (!unmapped() && (clWaitForEvents(1, &mapped) != CL_SUCCESS || !unmapped())) return nullptr;
  if (clFlush(in) != CL_SUCCESS) return nullptr;
  return memory::others_can_read(static_cast<const std::byte*>(at)) ? static_cast<std::byte*>(at) : nullptr;
}

kept_addresses test_addresses(device_state& state) {
  kept_addresses result;
  std::string faults;
  const auto try_kinds = [&](bool& works, const char* what, std::initializer_list<cl_mem_flags> kinds) {
    try {
      cl_int code = CL_SUCCESS;
      const cl::CommandQueue in(state.context(), state.native(), cl::QueueProperties::None, &code);
      check(code, "clCreateCommandQueue");
      address_tester test(state, in());
      for (const cl_mem_flags each : kinds) test.run(CL_MEM_READ_WRITE | each);
      works = true;
    } catch (const error& fault) {
      faults += core::formatted("; not those {}: {}", what, fault.what());
    }
  };
  try_kinds(result.own, "of OpenCL's own memory", {0, CL_MEM_ALLOC_HOST_PTR});
  try_kinds(result.host_memory, "around host memory", {CL_MEM_USE_HOST_PTR});
  result.reason =
      result.own || result.host_memory ? "self-test passed: buffers keep their address" : "self-test failed";
  result.reason += faults;
  return result;
}

}  // namespace clique::opencl
