// The memory of a modelled GPU. A buffer's bytes lie where neither the host nor another process sees them, and PoCL's
// kernels work on them there. What the host sees of a buffer is another copy: the program's own with
// CL_MEM_USE_HOST_PTR, one of the model's otherwise, brought up to date by map and unmap.
#pragma once

#include "parameters.hpp"

#include <CL/cl_icd.h>

#include <vector>

namespace gpu_model {

struct region {
  std::size_t offset, bytes;
};

// One for each allocation; a sub-buffer is a window on it.
struct allocation {
  std::byte* device = nullptr;
  std::byte* host = nullptr;  // the copy that the host sees
  std::size_t bytes = 0;
  bool host_is_the_programs = false, pinned_host = false, device_is_mapped = false;
  struct mapping {
    std::byte* address;
    region where;
    cl_map_flags flags;
  };
  std::vector<mapping> mappings;
};
struct buffer {
  allocation* whole = nullptr;
  std::size_t offset = 0, bytes = 0;
  cl_mem_flags flags = 0;  // as the program gave them
  void* host_ptr = nullptr;
  bool sub = false;
};

// Thread-safe, all of them.

// CL_SUCCESS, or the code to refuse with. `fd` is memory to import, or -1.
cl_mem create_buffer(cl_context context, cl_mem_flags flags, std::size_t bytes, void* host_ptr, int fd, cl_int& code);
cl_mem create_sub_buffer(cl_mem parent, cl_mem_flags flags, const cl_buffer_region& region, cl_int& code);
// A copy of what is known of it; whole is null where it is not one of the model's.
buffer find_buffer(cl_mem handle);

// The host's copy of the region, which stays where it is as long as the buffer.
std::byte* host_address(const buffer& of, std::size_t offset);
void note_mapping(const buffer& of, allocation::mapping made);
// Takes it from the list; false where there is none at this address.
bool take_mapping(const buffer& of, const void* address, allocation::mapping& taken);
cl_uint mappings_of(const buffer& of);

// Whether the driver knows these pages of the host, so that the bus reaches them at its full rate.
bool is_pinned(const void* address, std::size_t bytes);

// Memory that other processes can import: a file descriptor, which the caller closes; -1 and errno.
int export_memory(std::size_t bytes);

}  // namespace gpu_model
