// Many copies on the device in one command: ten one by one take ten times as long as one that is small.
#pragma once

#include "opencl/device_state.hpp"

#include <span>

namespace clique::opencl {

// Bytes; offsets are the buffer's. Ranges that are written overlap no others.
struct block_copy {
  cl_mem from = nullptr;
  std::size_t from_offset = 0;
  cl_mem to = nullptr;
  std::size_t to_offset = 0, bytes = 0;
};

// In an in-order queue of the device's context; the event is that of the last command, the caller's to release. At
// least one copy, none of 0 bytes. Does not block, does not flush. Throws clique::error(build_failure, opencl_failure).
cl_event enqueue_copies(device_state& where, cl_command_queue in, std::span<const block_copy> copies);

}  // namespace clique::opencl
