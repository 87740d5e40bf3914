// What the program that started this process (mpiexec, srun) says of the job, in environment variables of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clique::core {

// An environment: as std::getenv.
using environment = const char* (*)(const char* name);

// Whether this is the first process of its job, as far as the launcher tells: what all would say alike, it says alone.
// True without a launcher, or under one that is not known.
bool is_first_process(environment get);

// A launcher of another MPI library starts N processes that do not know of each other: N jobs of one rank, each of
// which computes something and is content. If the launcher started more processes than MPI_COMM_WORLD has ranks: a
// sentence that says so, with both numbers, and what to do. `library` is what MPI_Get_library_version() says, or empty.
std::optional<std::string> launcher_warning(environment get, int world_size, std::string_view library);

}  // namespace clique::core
