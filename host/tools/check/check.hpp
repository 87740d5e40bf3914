// clique bench --check-only: every collective x every type x every operator, in place and not, blocking, non-blocking
// and persistent, with different counts and roots, each result compared with what the host says it must be.
#pragma once

#include <clique/communicator.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace clique::tools {

struct slice {
  std::size_t part = 0, of = 1;  // every of-th case, beginning with that one
};
// "K/N", K below N. Throws clique::error(invalid_argument).
[[nodiscard]] slice parse_slice(const std::string& text);

struct check_options {
  std::vector<std::string> subjects;  // by name; none: all
  clique::tools::slice slice;
  std::size_t spoil_every = 0;  // for a test of the check: damages what every so many-th case has received
  std::string json_file;
};

// What can be checked: collectives, and ways to exchange messages.
[[nodiscard]] std::vector<std::string> check_subjects();

// On the ranks of the communicator, collective. Rank 0 prints a line for each subject and "cases N, wrong M". Returns
// the exit code: 1 if anything was wrong.
int check_here(communicator& comm, const check_options& options);

struct drive_options {
  std::vector<int> ranks{1, 2, 3, 4, 5, 8};
  std::vector<std::string> staging{"direct", "mapped", "slots"}, transport{"shm", "mpi"};
  std::string launcher;     // empty: the one that this was built with, or else the mpiexec in the PATH
  double time_limit = 600;  // seconds, for each combination
};

// The same on each combination of these, each in a job of its own; without MPI in this process.
int check_everywhere(const check_options& options, const drive_options& drive);

// Whether this process is one of a job that mpiexec, or the like, has started.
[[nodiscard]] bool is_under_launcher();

}  // namespace clique::tools
