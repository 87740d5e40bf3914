// What a command does to the engines while it runs: each of these is a command's body, and returns CL_SUCCESS.
#pragma once

#include "commands.hpp"
#include "counts.hpp"

#include <vector>

namespace gpu_model {

// Bytes that lie in a row on both sides.
struct row {
  std::byte* to;
  const std::byte* from;
  std::size_t bytes;
};
// Those of a rectangle of OpenCL, with pitches in bytes (0: as the region's).
struct pitches {
  std::size_t row, slice;
};
std::vector<row> rows_of(std::byte* to, const std::size_t* to_origin, pitches to_pitch, const std::byte* from,
                         const std::size_t* from_origin, pitches from_pitch, const std::size_t* region);

// On a copy engine. Host memory that the driver does not know is slower.
cl_int transfer(timing& times, direction where, double latency_us, const std::vector<row>& rows, bool pinned);

// On the compute engine, for `bytes` of copying on the device besides; then the work, whose bytes are seen at its end.
template <class Work>
cl_int compute(timing& times, double latency_us, std::size_t bytes, Work&& work) {
  const parameters& costs = model();
  if (costs.timed()) {
    const nanoseconds moving = costs.of_bytes(bytes, costs.device_copy_gbs);
    times.end = reserve_compute(times.device, times.submitted, times.after, costs.of_us(latency_us) + moving,
                                costs.of_us(costs.issue_us) + moving);
    sleep_until(times.end);
  }
  work();
  return CL_SUCCESS;
}

}  // namespace gpu_model
