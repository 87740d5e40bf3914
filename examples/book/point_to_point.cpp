// The point-to-point recipe: rank 0 sends a number and rank 1 a word, each to the rank half the communicator further on
// (of 8 or 9 ranks: 0 to 4, and 1 to 5), from device to device.
//
//   mpiexec -n 8 ./point_to_point
#include "print.hpp"

#include <clique/clique.hpp>

// Sends what rank `source` has in `data` to rank `destination`, where `data` is what is expected. Called by these two.
template <class T>
std::string deliver(clique::communicator& comm, const std::vector<T>& data, int source, int destination,
                    const std::string& text) {
  clique::array<T> buffer(comm, data.size());
  if (comm.rank() == source) {
    buffer.copy_from(data);
    clique::send(comm, buffer, destination);  // returns when the other rank has the data
    return "\nsending data " + text + " to process " + std::to_string(destination);
  }
  clique::recv(comm, buffer, source);
  if (buffer.to_host() != data) throw std::runtime_error("received something else than " + text);
  return "\ndata received is = " + text;
}

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank(), half = comm.size() / 2;

  std::string line = "my rank is : " + std::to_string(rank);
  const auto takes_part = [&](int source) {
    return source < half && (rank == source || rank == source + half);  // of one rank: nobody
  };
  if (takes_part(0)) line += deliver<std::int32_t>(comm, {10000000}, 0, half, "10000000");
  if (takes_part(1)) line += deliver<std::int8_t>(comm, {'h', 'e', 'l', 'l', 'o'}, 1, 1 + half, "hello");
  print_in_rank_order(line);
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
