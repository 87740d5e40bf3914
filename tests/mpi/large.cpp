// Buffers and blocks of 2^31 bytes, where an int would overflow: alltoall of blocks of 2^30 bytes between 2 ranks, and
// alltoallv of one block of 2^31 bytes from each to the other. (Larger ones are above PoCL's largest allocation.)
//
// Values are made on the device and compared there; the host looks at flags.
#include <clique/clique.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

constexpr std::size_t all = std::size_t{1} << 31;

// How many of `count` bytes from `at` of `got` are not those from `first` of what rank `from` sends.
std::size_t errors(const clique::communicator& comm, const clique::array<std::uint8_t>& got, std::size_t at,
                   std::size_t count, int from, std::size_t first) {
  const std::size_t piece = std::size_t{64} << 20;
  clique::array<std::uint8_t> flags(comm, piece);
  std::size_t wrong = 0;
  for (std::size_t done = 0; done < count; done += piece) {
    flags.transform("seen != (uchar)(((i + first) * 2654435761UL >> 13) + (ulong)from * 101)",
                    {{"seen", got.subspan(at + done, piece)},
                     {"first", static_cast<std::uint64_t>(first + done)},
                     {"from", static_cast<std::int32_t>(from)}});
    const std::vector<std::uint8_t> host = flags.to_host();
    wrong += piece - static_cast<std::size_t>(std::count(host.begin(), host.end(), 0));
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) try {
  clique::environment mpi(argc, argv);
  clique::communicator comm;
  const auto size = static_cast<std::size_t>(comm.size()), rank = static_cast<std::size_t>(comm.rank());
  const std::size_t block = all / size;
  clique::array<std::uint8_t> send(comm, all), receive(comm, all);
  send.transform("(uchar)((i * 2654435761UL >> 13) + (ulong)rank * 101)");

  clique::alltoall(comm, send, receive);
  std::size_t wrong = 0;
  for (std::size_t from = 0; from < size; ++from)
    wrong += errors(comm, receive, from * block, block, static_cast<int>(from), rank * block);
  std::printf("rank %d: alltoall of %zu bytes: %zu wrong\n", comm.rank(), all, wrong);

  receive.fill(0);
  const std::size_t next = (rank + 1) % size, previous = (rank + size - 1) % size;
  std::vector<std::size_t> send_counts(size), receive_counts(size), displacements(size);
  send_counts[next] = receive_counts[previous] = all;
  clique::ialltoallv(comm, send, send_counts, displacements, receive, receive_counts, displacements).wait();
  const std::size_t wrong_block = errors(comm, receive, 0, all, static_cast<int>(previous), 0);
  std::printf("rank %d: a block of %zu bytes: %zu wrong\n", comm.rank(), all, wrong_block);
  if (wrong + wrong_block != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
} catch (const clique::error& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
