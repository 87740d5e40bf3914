// MPI's own collectives on host memory, as one of the ways to do ours.
#pragma once

#include "transport/mpi_call.hpp"

#include <cstdint>

namespace clique::transport {

// All calls return at once. Ranks must start the same calls in the same order.
class foreign_collectives {
 public:
  using ticket = std::uintptr_t;

  virtual ~foreign_collectives() = default;
  // Throws clique::error(mpi_failure), and (unsupported) for more than INT_MAX elements.
  virtual ticket start(const mpi_call& what, const std::byte* in, std::byte* out) = 0;
  // True once, when it is done; the ticket is void from then on.
  virtual bool done(ticket of) = 0;
};

}  // namespace clique::transport
