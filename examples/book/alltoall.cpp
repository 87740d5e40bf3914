// The alltoall recipe: of n ranks, rank r makes (r + 1) * [0 1 ... n-1] on its device and sends element j to rank j; so
// it receives r * [1 2 ... n].
//
//   mpiexec -n 4 ./alltoall
#include "print.hpp"

#include <clique/clique.hpp>

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank(), size = comm.size();

  clique::array<int> send(comm, size), receive(comm, size);
  send.arange().transform("(rank + 1) * x");
  clique::alltoall(comm, send, receive);  // from device to device

  const std::vector<int> received = receive.to_host();
  print_in_rank_order("process " + std::to_string(rank) + " sending " + list(send.to_host()) + " receiving " +
                      list(received));

  for (int j = 0; j < size; ++j) {
    if (received[j] != rank * (j + 1)) {  // element `rank` of what rank j made
      std::cerr << "rank " << rank << ": element " << j << " is " << received[j] << " instead of " << rank * (j + 1)
                << '\n';
      return 1;
    }
  }
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
