// Blocks and buffers of 2^31 bytes and more, where an int would overflow: 2 ranks exchange 2^30 + 5 bytes per block.
//
// Values are made on the device and compared there; the host sees one count of errors per piece.
#include <clique/clique.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

namespace {

// The byte at i of what rank `from` sends.
constexpr const char* value = "(uchar)((i * 2654435761UL >> 13) + (ulong)from * 101)";

std::size_t errors(const clique::communicator& comm, const clique::array<std::uint8_t>& got, std::size_t block) {
  const std::size_t piece = std::size_t{64} << 20;
  std::size_t wrong = 0;
  clique::array<std::uint8_t> flags(comm, std::min(piece, block));
  for (int from = 0; from < comm.size(); ++from) {
    for (std::size_t at = 0; at < block; at += piece) {
      const std::size_t count = std::min(piece, block - at);
      const auto seen = got.subspan(static_cast<std::size_t>(from) * block + at, count);
      const std::size_t first = static_cast<std::size_t>(comm.rank()) * block + at;  // in the sender's array
      clique::transform(comm, flags.subspan(0, count),
                        "seen != (uchar)(((i + first) * 2654435761UL >> 13) + (ulong)from * 101)",
                        {{"seen", seen}, {"first", std::uint64_t{first}}, {"from", std::int32_t{from}}});
      std::vector<std::uint8_t> host(count);
      clique::copy_to(comm, flags.subspan(0, count).region(), host.data(), count);
      wrong += static_cast<std::size_t>(count - static_cast<std::size_t>(std::count(host.begin(), host.end(), 0)));
    }
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) try {
  clique::environment mpi(argc, argv);
  clique::communicator comm;
  const std::size_t block = (std::size_t{1} << 30) + 5, all = block * static_cast<std::size_t>(comm.size());
  clique::array<std::uint8_t> send(comm, all), receive(comm, all);
  send.transform(value, {{"from", std::int32_t{comm.rank()}}});
  clique::alltoall(comm, send, receive);
  std::size_t wrong = errors(comm, receive, block);
  std::printf("rank %d: alltoall of %zu bytes: %zu wrong\n", comm.rank(), all, wrong);

  // The same blocks with lists: all but the first 3 elements, in the other order.
  receive.fill(0);
  const auto size = static_cast<std::size_t>(comm.size());
  std::vector<std::size_t> counts(size, block), displacements(size);
  for (std::size_t j = 0; j < size; ++j) displacements[j] = j * block;
  clique::ialltoallv(comm, send, counts, displacements, receive, counts, displacements).wait();
  const std::size_t wrong_lists = errors(comm, receive, block);
  std::printf("rank %d: alltoallv of %zu bytes: %zu wrong\n", comm.rank(), all, wrong_lists);
  if (wrong + wrong_lists != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
} catch (const clique::error& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
