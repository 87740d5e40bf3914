// The collective itself, by MPI, on host memory.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

// One step, on every rank, also where there is nothing to move: MPI wants all to call.
plan by_mpi(const shape& shape);

}  // namespace clique::schedule
