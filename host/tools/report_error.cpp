#include "report_error.hpp"

#include "mpi.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace clique::tools {

namespace {

constexpr std::chrono::seconds patience(10);

struct entry {
  std::uint64_t echo;  // 1: the failure is another rank's
  std::uint64_t mark;  // equal for equal messages
};

bool is_mine_to_print(const std::vector<entry>& all, std::size_t rank) {
  const bool only_echoes = std::all_of(all.begin(), all.end(), [](const entry& e) { return e.echo != 0; });
  if (only_echoes) return rank == 0;
  if (all[rank].echo != 0) return false;
  const auto first = std::find_if(all.begin(), all.end(), [&](const entry& e) { return e.mark == all[rank].mark; });
  return static_cast<std::size_t>(first - all.begin()) == rank;
}

}  // namespace

void report(MPI_Comm comm, const std::exception& failure) noexcept {
  const auto print = [&failure] {
    const std::string line = std::string("clique: ") + failure.what() + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  };
  try {
    int rank = 0, size = 1;
    check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
    check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
    const auto* const known = dynamic_cast<const error*>(&failure);
    entry mine{known != nullptr && known->code() == status::poisoned, std::hash<std::string>{}(failure.what())};
    // Static, since an exchange given up would still write to it.
    static std::vector<entry> all;
    all.resize(static_cast<std::size_t>(size));
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallgather(&mine, 2, MPI_UINT64_T, all.data(), 2, MPI_UINT64_T, comm, &request), "MPI_Iallgather");
    const bool together = wait(request, patience);
    if (!together || is_mine_to_print(all, static_cast<std::size_t>(rank))) print();
    // Nobody leaves, and ends the job perhaps, before the message is out.
    if (together) {
      check(MPI_Ibarrier(comm, &request), "MPI_Ibarrier");
      if (wait(request, patience)) return;
    }
  } catch (const std::exception&) {
    print();
  }
  MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

}  // namespace clique::tools
