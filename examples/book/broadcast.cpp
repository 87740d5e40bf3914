// The broadcast recipe: rank 0 has a variable on its device, then all have.
//
//   mpiexec -n 4 ./broadcast
#include "print.hpp"

#include <clique/clique.hpp>

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;

  clique::array<int> variable_to_share(comm, 1);
  variable_to_share.fill(comm.rank() == 0 ? 100 : 0);
  clique::bcast(comm, variable_to_share, 0);

  const int shared = variable_to_share.to_host().front();
  print_in_rank_order("process = " + std::to_string(comm.rank()) + " variable shared = " + std::to_string(shared));
  return shared == 100 ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
