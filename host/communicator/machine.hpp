// What a process says of the machine that it runs on, and of its MPI library.
#pragma once

#include <cstdint>
#include <string>

namespace clique::engine {

std::string host_name();  // "unknown" where there is none
// A hash that is the same for the processes of one machine, since it was started.
std::uint64_t node_mark();
// "MPICH Version: 4.0.2". Throws clique::error(mpi_failure).
std::string mpi_library();

}  // namespace clique::engine
