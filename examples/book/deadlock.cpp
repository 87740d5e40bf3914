// The deadlock recipe: pairs of ranks (0 and 1, 2 and 3, ...) send each other a letter, and both would send first.
//
// With clique::send and then clique::recv on both sides that never ends, whatever the size: a send is done when its
// receiver has taken the data, and neither rank gets as far as receiving. (Under MPI_Send it depends on the size, so
// that a program may stop only when its data grows.) It would not hang for good: after the deadline, CLIQUE_TIMEOUT or
// call::deadline, all ranks throw clique::error(timeout), which says who waited for whom.
//
// Two ways out, here one after the other: sendrecv does both at once, and so do all messages of a group.
//
//   mpiexec -n 2 ./deadlock
#include "print.hpp"

#include <clique/clique.hpp>

int main(int argc, char** argv) try {
  using namespace std::chrono_literals;
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank();
  // The last of an odd number of ranks is alone: a message to or from no_rank is done at once.
  const int partner = (rank ^ 1) < comm.size() ? rank ^ 1 : clique::no_rank;

  clique::array<std::int8_t> letter(comm, 1), received(comm, 1);
  letter.transform("'a' + rank");
  received.fill('-');
  const clique::call soon{.deadline = 30s};  // a mistake here shall not take the usual five minutes

  clique::sendrecv(comm, letter, partner, 0, received, partner, 0, soon);
  const char by_sendrecv = static_cast<char>(received.to_host().front());

  received.fill('-');
  clique::group exchange(comm);
  exchange.send(letter, partner).recv(received, partner).run(soon);
  const char by_group = static_cast<char>(received.to_host().front());

  const char expected = static_cast<char>(partner == clique::no_rank ? '-' : 'a' + partner);
  const auto text = [](char c) { return std::string(1, c); };
  print_in_rank_order("process " + std::to_string(rank) + " sending " + text(static_cast<char>('a' + rank)) +
                      " receiving " + text(by_sendrecv) + " by sendrecv, " + text(by_group) + " by a group");
  return by_sendrecv == expected && by_group == expected ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
