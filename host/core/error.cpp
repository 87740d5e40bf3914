#include <clique/error.hpp>

namespace clique {

const char* name(status code) noexcept {
  switch (code) {
    case status::success: return "success";
    case status::invalid_argument: return "invalid_argument";
    case status::mismatch: return "mismatch";
    case status::no_device: return "no_device";
    case status::unsupported: return "unsupported";
    case status::out_of_memory: return "out_of_memory";
    case status::build_failure: return "build_failure";
    case status::opencl_failure: return "opencl_failure";
    case status::mpi_failure: return "mpi_failure";
    case status::timeout: return "timeout";
    case status::poisoned: return "poisoned";
    case status::internal: return "internal";
  }
  return "unknown";
}

error::error(status code, const std::string& message, int rank, int native)
    : std::runtime_error(message), code_(code), rank_(rank), native_(native) {}

}  // namespace clique
