// The reduction recipe: rank r has (r + 1) * [0 1 2 ... 9] on its device; element by element, rank 0 gets the sum.
//
//   mpiexec -n 4 ./reduction
#include "print.hpp"

#include <clique/clique.hpp>

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank(), size = comm.size();

  const std::size_t array_size = 10;
  clique::array<int> senddata(comm, array_size), recvdata(comm, array_size);
  senddata.arange().transform("(rank + 1) * x");
  recvdata.fill(0);
  clique::reduce(comm, senddata, recvdata, clique::op::sum, 0);

  const std::vector<int> result = recvdata.to_host();
  print_in_rank_order("process " + std::to_string(rank) + " sending " + list(senddata.to_host()));
  print_in_rank_order("on task " + std::to_string(rank) + " after Reduce: data = " + list(result));

  const int factor = rank == 0 ? size * (size + 1) / 2 : 0;  // 1 + 2 + ... + size; the others keep their zeros
  for (std::size_t k = 0; k < array_size; ++k) {
    if (result[k] != factor * static_cast<int>(k)) return 1;
  }
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
