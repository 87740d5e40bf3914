// What the modelled GPU costs: a small file of lines `NAME VALUE`, where # begins a comment; see h200.txt for the
// names. `like FILE` takes another file's values first (relative to this file), `slower F` multiplies every time by F
// and divides every rate by it; 0 switches the times off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gpu_model {

// Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share.
using nanoseconds = std::int64_t;

struct parameters {
  std::string name;
  double devices = 1;  // so many of PoCL's devices are GPUs, from the first one on
  double finish_us = 0, read_us = 0, write_us = 0, small_write_us = 0, kernel_us = 0, fill_us = 0, marker_us = 0,
         map_us = 0, callback_us = 0, slice_us = 0, active_us = 0, issue_us = 0, flush_us = 0, complete_us = 0;
  double small_write_bytes = 0, pageable_small_write_bytes = 0;
  double pinned_d2h_gbs = 0, pinned_h2d_gbs = 0, pageable_d2h_gbs = 0, pageable_h2d_gbs = 0, device_copy_gbs = 0;
  double both_ways = 1;
  double slower = 1;

  bool timed() const { return slower > 0; }
  nanoseconds of_us(double us) const { return static_cast<nanoseconds>(us * slower * 1e3); }
  // Of so many bytes at so many GB/s.
  nanoseconds of_bytes(std::size_t bytes, double gbs) const {
    return static_cast<nanoseconds>(static_cast<double>(bytes) / gbs * slower);
  }
};

// Those that GPU_MODEL names, FILE[,NAME=VALUE...], read once. Ends the process with a message where the file is not
// right: a layer of the loader that refuses to start would be left out in silence.
const parameters& model();

[[noreturn]] void give_up(const std::string& why);

}  // namespace gpu_model
