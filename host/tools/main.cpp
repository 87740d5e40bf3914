// The clique command. All ranks parse the same line; rank 0 speaks for them. Exit codes: 0 done, 1 failed, 2 misused.
#include "agree.hpp"
#include "command.hpp"
#include "mpi.hpp"
#include "report_error.hpp"
#include "table.hpp"

#include <clique/version.hpp>

#include <fmt/core.h>

#include <cstdlib>
#include <iostream>

namespace clique::tools {

namespace {

// Outlives the communicator, and serves only the report of its failure.
struct world {
  world() {
    check(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup");
    check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  }
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world() { MPI_Comm_free(&comm); }

  MPI_Comm comm = MPI_COMM_NULL;
  int rank = 0;
};

// What the command line asks for: an action, or a reply.
struct request_of_line {
  action chosen;
  reply instead;
};

request_of_line parse(int argc, char** argv) {
  request_of_line result;
  result.instead = parse_line(
      argc, argv,
      "Collectives on OpenCL device memory across MPI ranks. Start it with mpiexec; alone it is a job of one rank.",
      fmt::format("clique {}.{}.{}", CLIQUE_VERSION_MAJOR, CLIQUE_VERSION_MINOR, CLIQUE_VERSION_PATCH),
      {info_command(result.chosen), transpose_command(result.chosen), bench_command(result.chosen)});
  return result;
}

int run(const request_of_line& wanted, const world& all) {
  if (const auto& [text, code] = wanted.instead; !text.empty()) {
    if (all.rank == 0 && code == EXIT_SUCCESS) print(text);
    if (all.rank == 0 && code != EXIT_SUCCESS) fmt::print(stderr, "{}", text);
    return code;
  }
  communicator comm;
  try {
    return wanted.chosen.on_ranks(comm);
  } catch (const agreed_error& failure) {
    report(all.comm, failure);
    return EXIT_FAILURE;
  }
}

}  // namespace

}  // namespace clique::tools

int main(int argc, char** argv) {
  using namespace clique::tools;
  try {
    const request_of_line wanted = parse(argc, argv);
    if (wanted.chosen.alone) return wanted.chosen.alone();
    const clique::environment mpi(argc, argv);
    const world all;
    try {
      return run(wanted, all);
    } catch (const std::exception& failure) {
      report(all.comm, failure);
    }
  } catch (const std::exception& failure) {
    std::cerr << "clique: " << failure.what() << '\n';
  }
  return EXIT_FAILURE;
}
