// The one exception type of clique, and the status codes that it carries.
#pragma once

#include <clique/export.hpp>

#include <stdexcept>
#include <string>

namespace clique {

enum class status : int {
  success = 0,
  invalid_argument,  // a value that this rank, or the rank named by the error, gave is not allowed
  mismatch,          // the ranks called different things: another collective, datatype or count
  no_device,         // no OpenCL device was found, or none fits CLIQUE_DEVICE
  unsupported,       // the device or the MPI library cannot do this (double without fp64, say)
  out_of_memory,     // host, arena or device memory, threads, or above CL_DEVICE_MAX_MEM_ALLOC_SIZE: nothing has moved
  build_failure,     // an OpenCL program did not compile; the message holds the build log
  opencl_failure,    // an OpenCL call or a command failed; native() is its code
  mpi_failure,       // an MPI call failed; native() is its code
  timeout,           // a deadline passed; the message says who waits for whom
  poisoned,          // the communicator failed earlier, and can no longer be used
  internal,          // a mistake in clique itself
};

// The name of a status, as "invalid_argument". Never null; thread-safe.
CLIQUE_API const char* name(status code) noexcept;

// Thrown by everything in clique; nothing else leaves it. When a collective throws, every rank of the communicator
// throws the same code, message and rank(), unless the docstring of the function says otherwise (collectives.hpp).
class CLIQUE_API error : public std::runtime_error {
 public:
  // `rank` is the rank that caused the error (-1: none in particular), `native` the OpenCL or MPI code (0: none).
  explicit error(status code, const std::string& message, int rank = -1, int native = 0);

  [[nodiscard]] status code() const noexcept { return code_; }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int native() const noexcept { return native_; }

 private:
  status code_;
  int rank_;
  int native_;
};

}  // namespace clique
