// Reductions in kernels: cl/reduce.cl, built for one operator and one type, and whether it does what the host does.
#pragma once

#include "opencl/device_state.hpp"

#include <clique/datatype.hpp>
#include <clique/reduce_op.hpp>

#include <cstddef>

namespace clique::opencl {

// The built program; at the first call for this device, operator and type it is built. Throws clique::error:
// build_failure for what the user wrote, with the build log in the user's lines; invalid_argument where the operator
// does not fit the type; unsupported where the device lacks it. Good as long as the device.
program& reduction_program(device_state& where, const reduce_op& op, datatype type);

// A place in a buffer, in bytes; aligned as the type is.
struct place {
  cl_mem buffer = nullptr;
  std::size_t offset = 0;
};

// Enqueues to[k] = left[k] op right[k] for `count` elements, at least one, in the in-order queue `queue` of the
// device's context, after `gate` if there is one. `to` may be `left` or `right`, and overlaps them in no other way.
// Does not block and does not flush. The event of its completion is the caller's to release.
cl_event enqueue_reduction(device_state& where, program& from, cl_command_queue queue, place left, place right,
                           place to, std::size_t count, cl_event gate = nullptr);

// Whether the kernel of a built-in operator gives the bits that core::combiner gives, on a table of hard cases: seen at
// the first call for this device, operator and type, in a queue of its own; it blocks for that. Where it does not, or
// does not build, the log says so, and the host is to be used. False for users' operators, which no host has, and where
// the device lacks the type or the operator does not fit it.
bool kernel_equals_host(device_state& where, const reduce_op& op, datatype type);

}  // namespace clique::opencl
