// The scatter recipe: rank 0 has as many letters as there are ranks, and each rank gets one. With more ranks than
// letters the alphabet starts again.
//
//   mpiexec -n 4 ./scatter
#include "print.hpp"

#include <clique/clique.hpp>

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank(), size = comm.size(), root = 0;

  // Only the root needs memory for all of it: elsewhere what is sent is not looked at.
  clique::array<std::int8_t> array_to_share(comm, rank == root ? size : 0), recvbuf(comm, 1);
  array_to_share.transform("'a' + i % 26");
  clique::scatter(comm, array_to_share, recvbuf, root);

  const std::int8_t received = recvbuf.to_host().front();
  print_in_rank_order("process = " + std::to_string(rank) +
                      " recvbuf = " + std::string(1, static_cast<char>(received)));
  return received == 'a' + rank % 26 ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
