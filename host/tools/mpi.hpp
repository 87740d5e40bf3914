// The tool's own MPI: a few collectives on host data that wait by testing and yielding, so that more ranks than
// cores do not spend milliseconds in each. Collective over `comm`; block; throw clique::error(mpi_failure).
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clique::tools {

void check(int code, const char* call);

// False where `limit` passed first: the request is then still in flight.
bool wait(MPI_Request& request, std::chrono::duration<double> limit = std::chrono::hours(24 * 365));

void barrier(MPI_Comm comm);
// Each value becomes the largest of it, or the sum, over all ranks.
void maximum(MPI_Comm comm, std::span<double> values);
void maximum(MPI_Comm comm, std::span<std::uint64_t> values);
std::uint64_t sum(MPI_Comm comm, std::uint64_t value);
// Rank 0's text.
std::string broadcast(MPI_Comm comm, std::string text);
// On rank 0 all ranks' texts, by rank; elsewhere nothing.
std::vector<std::string> gather(MPI_Comm comm, const std::string& text);

}  // namespace clique::tools
