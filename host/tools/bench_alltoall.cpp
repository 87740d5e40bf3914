// alltoall and alltoallv for `clique bench`.
#include "bench.hpp"
#include "fail.hpp"
#include "mpi.hpp"

#include <clique/collectives.hpp>

#include <algorithm>
#include <memory>
#include <type_traits>

namespace clique::tools {

namespace {

// From the sizes of the blocks to packed buffers.
template <class F>
blocks packed(int rank, int size, F&& count) {
  blocks mine;
  for (int peer = 0; peer < size; ++peer) {
    mine.send_displacements.push_back(mine.send);
    mine.send_counts.push_back(count(rank, peer));
    mine.send += mine.send_counts.back();
    mine.receive_displacements.push_back(mine.receive);
    mine.receive_counts.push_back(count(peer, rank));
    mine.receive += mine.receive_counts.back();
  }
  return mine;
}

blocks even(int rank, int size, std::size_t elements) {
  const std::size_t each = std::max<std::size_t>(1, elements / static_cast<std::size_t>(size));
  return packed(rank, size, [each](int, int) { return each; });
}

// From i to j 0, 1 or 2 parts: empty blocks, and different ones there and back.
blocks uneven(int rank, int size, std::size_t elements) {
  const std::size_t part = std::max<std::size_t>(1, elements / static_cast<std::size_t>(size));
  return packed(rank, size, [part](int i, int j) { return part * static_cast<std::size_t>((i + 2 * j + 1) % 3); });
}

// The same for both: block i came from where rank i had the block for `rank`.
template <auto Shape>
void expected(int rank, int size, std::size_t elements, const source& input, std::byte* out) {
  const blocks mine = Shape(rank, size, elements);
  for (int peer = 0; peer < size; ++peer) {
    const blocks theirs = Shape(peer, size, elements);
    const auto to = static_cast<std::size_t>(rank), from = static_cast<std::size_t>(peer);
    std::byte* const block = out + mine.receive_displacements[from] * size_of(input.type);
    for (std::size_t k = 0; k < mine.receive_counts[from]; ++k)
      input(peer, theirs.send_displacements[to] + k, block + k * size_of(input.type));
  }
}

std::function<void()> clique_even(communicator& comm, const blocks&, const buffer& send, const buffer& receive) {
  return [&comm, &send, &receive] { alltoall(comm, send, receive); };
}

std::function<void()> clique_uneven(communicator& comm, const blocks& mine, const buffer& send, const buffer& receive) {
  return [&comm, &mine, &send, &receive] {
    alltoallv(comm, send, mine.send_counts, mine.send_displacements, receive, mine.receive_counts,
              mine.receive_displacements);
  };
}

std::function<void()> mpi_even(const host_call& call, const blocks& mine) {
  const std::size_t bytes = mine.send_counts[0] * call.element_bytes;
  if (!call.large) {
    return [call, count = static_cast<int>(bytes)] {
      check(MPI_Alltoall(call.send, count, MPI_BYTE, call.receive, count, MPI_BYTE, call.comm), "MPI_Alltoall");
    };
  }
#if MPI_VERSION >= 4
  return [call, count = static_cast<MPI_Count>(bytes)] {
    check(MPI_Alltoall_c(call.send, count, MPI_BYTE, call.receive, count, MPI_BYTE, call.comm), "MPI_Alltoall_c");
  };
#else
  return {};
#endif
}

template <class T>
std::vector<T> in_bytes(const std::vector<std::size_t>& elements, std::size_t element_bytes) {
  std::vector<T> bytes;
  for (const std::size_t n : elements) bytes.push_back(static_cast<T>(n * element_bytes));
  return bytes;
}

// Count and displacement lists as one of MPI's two interfaces wants them.
template <class Count, class Displacement>
struct v_lists {
  std::vector<Count> send_counts, receive_counts;
  std::vector<Displacement> send_displacements, receive_displacements;
  v_lists(const blocks& mine, std::size_t bytes)
      : send_counts(in_bytes<Count>(mine.send_counts, bytes)),
        receive_counts(in_bytes<Count>(mine.receive_counts, bytes)),
        send_displacements(in_bytes<Displacement>(mine.send_displacements, bytes)),
        receive_displacements(in_bytes<Displacement>(mine.receive_displacements, bytes)) {}
};

std::function<void()> mpi_uneven(const host_call& call, const blocks& mine) {
  const auto with_lists = [&call](auto lists, auto alltoallv_of_mpi, const char* name) {
    return [call, lists = std::move(lists), alltoallv_of_mpi, name] {
      check(
          alltoallv_of_mpi(call.send, lists.send_counts.data(), lists.send_displacements.data(), MPI_BYTE, call.receive,
                           lists.receive_counts.data(), lists.receive_displacements.data(), MPI_BYTE, call.comm),
          name);
    };
  };
  if (!call.large) return with_lists(v_lists<int, int>(mine, call.element_bytes), MPI_Alltoallv, "MPI_Alltoallv");
#if MPI_VERSION >= 4
  return with_lists(v_lists<MPI_Count, MPI_Aint>(mine, call.element_bytes), MPI_Alltoallv_c, "MPI_Alltoallv_c");
#else
  return {};
#endif
}

double all_but_own(int size) {
  return static_cast<double>(size - 1) / size;
}

constexpr benchmark all[] = {
    {"alltoall", collective::alltoall, even, clique_even, mpi_even, expected<even>,
     [](std::size_t bytes, int size) { return bytes / static_cast<std::size_t>(size); }, all_but_own},
    {"alltoallv", collective::alltoallv, uneven, clique_uneven, mpi_uneven, expected<uneven>,
     [](std::size_t, int) { return std::size_t{0}; }, all_but_own},
};

}  // namespace

std::span<const benchmark> benchmarks() {
  return all;
}

}  // namespace clique::tools
