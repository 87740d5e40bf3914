// The clique command. All ranks parse the same line; rank 0 speaks for them. Exit codes: 0 done, 1 failed, 2 misused.
#include "agree.hpp"
#include "command.hpp"
#include "mpi.hpp"
#include "report_error.hpp"
#include "table.hpp"

#include <clique/version.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

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

int run(int argc, char** argv, const world& all) {
  CLI::App app(
      "Collectives on OpenCL device memory across MPI ranks. Start it with mpiexec; alone it is a job of one rank.",
      "clique");
  app.require_subcommand(1);
  app.set_version_flag(
      "--version", fmt::format("clique {}.{}.{}", CLIQUE_VERSION_MAJOR, CLIQUE_VERSION_MINOR, CLIQUE_VERSION_PATCH));
  action chosen;
  add_info(app, chosen);
  add_transpose(app, chosen);
  add_bench(app, chosen);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) {  // --help and --version
      std::ostringstream text;
      app.exit(problem, text, text);
      if (all.rank == 0) print(text.str());
      return EXIT_SUCCESS;
    }
    if (all.rank == 0) fmt::print(stderr, "clique: {} (see clique --help)\n", problem.what());
    return 2;
  }

  communicator comm;
  try {
    return chosen(comm);
  } catch (const agreed_error& failure) {
    report(all.comm, failure);
    return EXIT_FAILURE;
  }
}

}  // namespace

}  // namespace clique::tools

int main(int argc, char** argv) {
  try {
    const clique::environment mpi(argc, argv);
    const clique::tools::world all;
    try {
      return clique::tools::run(argc, argv, all);
    } catch (const std::exception& failure) {
      clique::tools::report(all.comm, failure);
    }
  } catch (const std::exception& failure) {
    std::cerr << "clique: " << failure.what() << '\n';
  }
  return EXIT_FAILURE;
}
