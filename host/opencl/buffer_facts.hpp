// What a cl_mem is, asked of OpenCL once: calls of every size look at it.
#pragma once

#include <CL/opencl.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace clique::opencl {

class device_state;

struct buffer_facts {
  cl_context context = nullptr;
  cl_mem_object_type type = 0;
  cl_mem_flags flags = 0;
  std::size_t bytes = 0;
  std::byte* host = nullptr;  // what it was made around (CL_MEM_USE_HOST_PTR), or null
  // Of a sub-buffer: the buffer that it is a part of, and from which byte on. Else itself, and 0.
  cl_mem root = nullptr;
  std::size_t root_offset = 0;
  bool remembered = false;  // it is forgotten when the object is destroyed; else ask again
  // Where the host finds it as long as it lives, or null; once that has been asked.
  std::byte* address = nullptr;
  bool address_asked = false;

  // Whether the host may read it (CL_MEM_HOST_WRITE_ONLY, CL_MEM_HOST_NO_ACCESS), and write it.
  [[nodiscard]] bool host_reads() const noexcept {
    return (flags & (CL_MEM_HOST_NO_ACCESS | CL_MEM_HOST_WRITE_ONLY)) == 0;
  }
  [[nodiscard]] bool host_writes() const noexcept {
    return (flags & (CL_MEM_HOST_NO_ACCESS | CL_MEM_HOST_READ_ONLY)) == 0;
  }
};

// Remembered until the object is destroyed, if the platform tells of that before it gives the handle out again. The
// handle must be one. Throws clique::error(opencl_failure). Thread-safe.
buffer_facts facts_of(cl_mem object);

// Another number once a buffer that is remembered has been destroyed: what was found out under one holds as long.
// Thread-safe.
std::uint64_t buffer_generation() noexcept;

// The last few that one communicator has looked at: a small collective should not even take a lock for each of its
// buffers. Under the lock of its owner.
class recent_buffers {
 public:
  // As facts_of(); good until the next call.
  const buffer_facts& of(cl_mem object) { return entry(object); }
  // Where the host finds the bytes of that buffer, which it may read, as long as the buffer lives: asked of the device
  // once (device_state::address_of()). Null where it finds them only while they are mapped.
  std::byte* address_of(device_state& device, cl_mem object) {
    buffer_facts& facts = entry(object);
    if (!facts.address_asked) [[unlikely]]
      ask_address(device, object, facts);
    return facts.address;
  }

 private:
  buffer_facts& entry(cl_mem object);
  static void ask_address(device_state& device, cl_mem object, buffer_facts& facts);

  static constexpr std::size_t places = 16;
  std::uint64_t generation_ = 0;
  std::array<cl_mem, places> objects_{};
  std::array<buffer_facts, places> facts_{};
};

// Throws clique::error(invalid_argument), which names it `what`, unless it is a buffer of the device's context: for an
// image, a pipe, and a buffer of another context.
void require_buffer(const device_state& device, const buffer_facts& facts, const char* what);

}  // namespace clique::opencl
