// Every environment variable of clique, parsed and validated once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace clique::core {

enum class staging_choice { automatic, direct, host, mapped, slots, exported };
enum class reduce_choice { automatic, host, kernel };
enum class reads_choice { never, always, automatic };
enum class transport_choice { automatic, shm, mpi };
const char* name(staging_choice of) noexcept;    // as CLIQUE_STAGING has it
const char* name(transport_choice of) noexcept;  // as CLIQUE_TRANSPORT has it

struct config {
  std::string device;                                        // CLIQUE_DEVICE: "gpu", "cpu:1", "pocl", "NVIDIA:0"
  staging_choice staging = staging_choice::automatic;        // CLIQUE_STAGING
  transport_choice transport = transport_choice::automatic;  // CLIQUE_TRANSPORT
  reduce_choice reduce = reduce_choice::automatic;           // CLIQUE_REDUCE: where reductions run
  std::string algorithm;                                     // CLIQUE_ALGORITHM: "alltoall:pull"
  double timeout = 300;                                      // CLIQUE_TIMEOUT, seconds
  std::size_t inline_bytes = 4096;                           // CLIQUE_INLINE_BYTES: largest block inside the arrival
  std::size_t segment_bytes = std::size_t{1} << 20;          // CLIQUE_SEGMENT_BYTES: a piece of a staged block
  std::size_t slots = 4;                                     // CLIQUE_SLOTS: rings of a call per direction
  std::size_t staging_bytes = 0;                             // CLIQUE_STAGING_BYTES: in rings; 0: by memory size
  std::size_t max_allocation = ~std::size_t{0};              // CLIQUE_MAX_ALLOC_BYTES: lowers the device's limit
  std::size_t arena_bytes = 0;                               // CLIQUE_ARENA_BYTES: address space; 0: by memory size
  reads_choice process_reads = reads_choice::automatic;      // CLIQUE_PROCESS_READS
  std::string exporter;                                      // CLIQUE_EXPORTER: a library (opencl/exporter.hpp)
  std::string cache;                                         // CLIQUE_CACHE_DIR; "none" switches the disk cache off
  bool progress_thread = false;                              // CLIQUE_PROGRESS_THREAD
  bool log = false;                                          // CLIQUE_LOG: choices and why, on stderr

  std::vector<std::string> warnings;  // a line for each variable that looks like clique's, and is nobody's known here
};

// Reads the environment through `get` (as std::getenv) and `names` (all variables there are, "NAME=VALUE", ended by
// null). Throws clique::error(invalid_argument) that names the variable, its value and the valid ones; and where a name
// is nearly that of a variable. Others that begin with CLIQUE_ are passed over if they are what environment modules,
// package managers or Kubernetes make (CLIQUE_ROOT, CLIQUE_SERVICE_HOST), and are warnings if not.
config parse(const char* (*get)(const char*), const char* const* names);

// The process's own, parsed at the first call, which prints the warnings to stderr, in the first process of a job.
// Throws what parse() throws, at every call. Thread-safe.
const config& settings();

// The process's CLIQUE_TIMEOUT in seconds, or the default where a setting is malformed: for those who may not throw.
double timeout_or_default() noexcept;

}  // namespace clique::core
