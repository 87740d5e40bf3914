// One line on stderr for an error that several ranks, or all, have.
#pragma once

#include <clique/error.hpp>

#include <mpi.h>

#include <exception>

namespace clique::tools {

// Called on each rank that failed: the lowest rank with a message prints it, as "clique: MESSAGE"; the echo of another
// rank's failure ("the communicator is poisoned") is printed only where nothing better is known. `comm` serves nothing
// else. Where a rank does not come within a few seconds this one prints its message and ends the job (MPI_Abort).
void report(MPI_Comm comm, const std::exception& failure) noexcept;

}  // namespace clique::tools
