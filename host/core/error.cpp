#include "core/check.hpp"

#include <clique/error.hpp>

#include <new>
#include <system_error>

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

error core::current_error() {
  try {
    throw;
  } catch (const error& failure) {
    return failure;
  } catch (const std::bad_alloc&) {
    return error(status::out_of_memory, "no memory left on the host");
  } catch (const std::system_error& failure) {
    const bool short_of =
        failure.code() == std::errc::resource_unavailable_try_again || failure.code() == std::errc::not_enough_memory;
    return error(short_of ? status::out_of_memory : status::internal,
                 core::formatted("{}{}", failure.what(),
                                 short_of ? ": a limit of the system on threads or memory (ulimit -u, -v)" : ""));
  } catch (const std::exception& failure) {
    return error(status::internal, failure.what());
  } catch (...) {
    return error(status::internal, "an unknown exception");
  }
}

error::error(status code, const std::string& message, int rank, int native)
    : std::runtime_error(message), code_(code), rank_(rank), native_(native) {}

}  // namespace clique
