// How many commands of each kind this process gave the modelled GPUs; written when it ends, as one line, to the file
// that GPU_MODEL_COUNTS names (- for stderr): `compute N copies N kernel N ...`, where `compute` is the sum of what
// went to the compute engine, `copies` of what went to the copy engines. By gpu_model_count(NAME) at any time.
#pragma once

#include <cstddef>

namespace gpu_model {

enum class kind {
  kernel,
  copy,  // on the device
  fill,
  marker,
  small_write,
  unmap,  // of less than small_write_bytes that the host may have written
  read,
  write,
  map,       // that reads, and larger unmaps that write
  pageable,  // reads and writes of small_write_bytes and more that went to memory which the driver does not know
};

void count(kind what);

}  // namespace gpu_model

// -1 where there is no such name.
extern "C" long long gpu_model_count(const char* name);
