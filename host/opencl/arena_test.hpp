// The arena's self-test: whether a device really works in memory that other processes see.
#pragma once

#include "opencl/device_state.hpp"

#include <string>

namespace clique::opencl {

struct arena_test_result {
  bool works = false;
  drain_by drain = drain_by::marker;  // the cheapest that was right
  std::string reason;
};

// Runs kernels in the device's queue on blocks of the arena and reads them through a second mapping, as a peer would;
// some milliseconds, plus a program build. Where the device says that host memory is not its own it must also be about
// as fast there as in its own, unless `slow_too`. Throws nothing but std::bad_alloc: what fails is a reason.
arena_test_result test_arena(device_state& state, bool slow_too);

}  // namespace clique::opencl
