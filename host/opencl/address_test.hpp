// The self-test of addresses: whether the host finds the bytes of a device's buffers always where they were mapped
// once. OpenCL promises that only between map and unmap; where host and device share memory, drivers have no other
// place.
#pragma once

#include "opencl/device_state.hpp"

#include <cstddef>

namespace clique::opencl {

// Runs kernels on buffers of both kinds, and on parts of them, and reads and writes their bytes at that address; some
// milliseconds. Throws nothing but std::bad_alloc: what fails is a reason.
kept_addresses test_addresses(device_state& state);

// Where that buffer is mapped; null where the driver does not say. Enqueues a mapping and its end in `in`, without
// waiting: where the test has passed, the address holds as long as the buffer.
std::byte* mapped_address(cl_command_queue in, cl_mem buffer, std::size_t bytes) noexcept;

}  // namespace clique::opencl
