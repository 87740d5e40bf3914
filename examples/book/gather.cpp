// The gather recipe: rank r has (r + 1)^2 on its device, and rank 0 gets them all.
//
//   mpiexec -n 4 ./gather
#include <clique/clique.hpp>

#include <iostream>

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank(), size = comm.size(), root = 0;

  clique::array<int> data(comm, 1), gathered(comm, rank == root ? size : 0);
  data.transform("(rank + 1) * (rank + 1)");
  clique::gather(comm, data, gathered, root);
  if (rank != root) return 0;

  std::cout << "rank = " << rank << " ...receiving data from other processes\n";
  const std::vector<int> values = gathered.to_host();
  bool right = true;
  for (int i = 0; i < size; ++i) {
    std::cout << " process " << rank << " receiving " << values[i] << " from process " << i << '\n';
    right = right && values[i] == (i + 1) * (i + 1);
  }
  return right ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
