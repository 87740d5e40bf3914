// What moves data, for `clique bench`: collectives, barrier, and messages around a ring.
#include "bench/benchmark.hpp"

#include <clique/collectives.hpp>
#include <clique/point_to_point.hpp>

namespace clique::tools {

namespace {

using namespace bench_parts;

std::size_t index(int rank) {
  return static_cast<std::size_t>(rank);
}

// Elements first .. first+count of what `rank` sends.
void copy_of(const source& input, int rank, std::size_t first, std::size_t count, std::byte* out) {
  for (std::size_t k = 0; k < count; ++k) input(rank, first + k, out + k * size_of(input.type));
}

// ---- all ranks meet

blocks nothing(int, int, std::size_t) {
  return {};
}
void expect_nothing(const problem&, int, std::byte*) {}
std::function<void()> clique_barrier(const device_call& call) {
  return CLIQUE_CALL(call, barrier);
}
std::function<void()> mpi_barrier(const host_call& call) {
  return repeat(call, CLIQUE_MPI_WITHOUT_COUNTS(MPI_Barrier, MPI_Ibarrier), 0,
                [call](auto function, int, auto... tail) { return function(call.comm, tail...); });
}

// ---- one to all, all to one; the root is rank 0

blocks from_root(int rank, int, std::size_t elements) {
  return rank == 0 ? blocks{.send = elements} : blocks{.receive = elements};
}
void expect_roots(const problem& of, int rank, std::byte* out) {
  if (rank != 0) copy_of(of.input, 0, 0, of.elements, out);
}
std::function<void()> clique_bcast(const device_call& call) {
  const buffer* const data = call.comm.rank() == 0 ? &call.send : &call.receive;
  return CLIQUE_CALL(call, bcast, *data, 0);
}
std::function<void()> mpi_bcast(const host_call& call) {
  // The root's is read alone.
  void* const data = call.rank == 0 ? const_cast<std::byte*>(call.send) : call.receive;
  const std::size_t bytes = (call.mine.send + call.mine.receive) * call.element_bytes;
  return repeat(call, CLIQUE_MPI(MPI_Bcast, MPI_Ibcast), bytes, [call, data](auto function, auto n, auto... tail) {
    return function(data, n, MPI_BYTE, 0, call.comm, tail...);
  });
}

blocks root_to_parts(int rank, int size, std::size_t elements) {
  const std::size_t each = part(size, elements);
  return {.send = rank == 0 ? each * index(size) : 0, .receive = each};
}
void expect_part_of_root(const problem& of, int rank, std::byte* out) {
  const std::size_t each = part(of.size, of.elements);
  copy_of(of.input, 0, index(rank) * each, each, out);
}
std::function<void()> clique_scatter(const device_call& call) {
  return CLIQUE_CALL(call, scatter, call.send, call.receive, 0);
}
std::function<void()> mpi_scatter(const host_call& call) {
  return repeat(call, CLIQUE_MPI(MPI_Scatter, MPI_Iscatter), call.mine.receive * call.element_bytes,
                [call](auto function, auto n, auto... tail) {
                  return function(call.send, n, MPI_BYTE, call.receive, n, MPI_BYTE, 0, call.comm, tail...);
                });
}

blocks parts_to_root(int rank, int size, std::size_t elements) {
  const std::size_t each = part(size, elements);
  return {.send = each, .receive = rank == 0 ? each * index(size) : 0};
}
void expect_parts(const problem& of, int, std::byte* out) {
  const std::size_t each = part(of.size, of.elements);
  for (int peer = 0; peer < of.size; ++peer)
    copy_of(of.input, peer, 0, each, out + index(peer) * each * size_of(of.input.type));
}
void expect_parts_on_root(const problem& of, int rank, std::byte* out) {
  if (rank == 0) expect_parts(of, rank, out);
}
std::function<void()> clique_gather(const device_call& call) {
  return CLIQUE_CALL(call, gather, call.send, call.receive, 0);
}
std::function<void()> mpi_gather(const host_call& call) {
  return repeat(call, CLIQUE_MPI(MPI_Gather, MPI_Igather), call.mine.send * call.element_bytes,
                [call](auto function, auto n, auto... tail) {
                  return function(call.send, n, MPI_BYTE, call.receive, n, MPI_BYTE, 0, call.comm, tail...);
                });
}

// ---- all to all

blocks part_to_parts(int, int size, std::size_t elements) {
  const std::size_t each = part(size, elements);
  return {.send = each, .receive = each * index(size)};
}
std::function<void()> clique_allgather(const device_call& call) {
  return CLIQUE_CALL(call, allgather, call.send, call.receive);
}
std::function<void()> mpi_allgather(const host_call& call) {
  return repeat(call, CLIQUE_MPI(MPI_Allgather, MPI_Iallgather), call.mine.send * call.element_bytes,
                [call](auto function, auto n, auto... tail) {
                  return function(call.send, n, MPI_BYTE, call.receive, n, MPI_BYTE, call.comm, tail...);
                });
}

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
  return packed(rank, size, [each = part(size, elements)](int, int) { return each; });
}
// From i to j 0, 1 or 2 parts: empty blocks, and different ones there and back.
blocks uneven(int rank, int size, std::size_t elements) {
  return packed(rank, size, [each = part(size, elements)](int i, int j) { return each * index((i + 2 * j + 1) % 3); });
}
// The same for both: block i came from where rank i had the block for `rank`.
template <auto Shape>
void expect_exchange(const problem& of, int rank, std::byte* out) {
  const blocks mine = Shape(rank, of.size, of.elements);
  for (int peer = 0; peer < of.size; ++peer) {
    const blocks theirs = Shape(peer, of.size, of.elements);
    copy_of(of.input, peer, theirs.send_displacements[index(rank)], mine.receive_counts[index(peer)],
            out + mine.receive_displacements[index(peer)] * size_of(of.input.type));
  }
}
std::function<void()> clique_alltoall(const device_call& call) {
  return CLIQUE_CALL(call, alltoall, call.send, call.receive);
}
std::function<void()> clique_alltoallv(const device_call& call) {
  return CLIQUE_CALL(call, alltoallv, call.send, call.mine.send_counts, call.mine.send_displacements, call.receive,
                     call.mine.receive_counts, call.mine.receive_displacements);
}
std::function<void()> mpi_alltoall(const host_call& call) {
  return repeat(call, CLIQUE_MPI(MPI_Alltoall, MPI_Ialltoall), call.mine.send_counts[0] * call.element_bytes,
                [call](auto function, auto n, auto... tail) {
                  return function(call.send, n, MPI_BYTE, call.receive, n, MPI_BYTE, call.comm, tail...);
                });
}

// Count and displacement lists as one of MPI's two interfaces wants them.
template <class Count>
struct v_lists {
  using displacement = std::conditional_t<std::is_same_v<Count, int>, int, MPI_Aint>;
  std::vector<Count> send_counts, receive_counts;
  std::vector<displacement> send_displacements, receive_displacements;
  v_lists(const blocks& mine, std::size_t bytes)
      : send_counts(in_bytes<Count>(mine.send_counts, bytes)),
        receive_counts(in_bytes<Count>(mine.receive_counts, bytes)),
        send_displacements(in_bytes<displacement>(mine.send_displacements, bytes)),
        receive_displacements(in_bytes<displacement>(mine.receive_displacements, bytes)) {}
  template <class T>
  static std::vector<T> in_bytes(const std::vector<std::size_t>& elements, std::size_t element_bytes) {
    std::vector<T> bytes;
    for (const std::size_t n : elements) bytes.push_back(static_cast<T>(n * element_bytes));
    return bytes;
  }
};
std::function<void()> mpi_alltoallv(const host_call& call) {
  return repeat(
      call, CLIQUE_MPI(MPI_Alltoallv, MPI_Ialltoallv), [=] { return v_lists<int>(call.mine, call.element_bytes); },
      [=] { return v_lists<MPI_Count>(call.mine, call.element_bytes); },
      [call](auto function, const auto& lists, auto... tail) {
        return function(call.send, lists.send_counts.data(), lists.send_displacements.data(), MPI_BYTE, call.receive,
                        lists.receive_counts.data(), lists.receive_displacements.data(), MPI_BYTE, call.comm, tail...);
      });
}

// ---- messages: every rank sends to the next and receives from the one before

blocks as_much(int, int, std::size_t elements) {
  return {.send = elements, .receive = elements};
}
int after(int rank, int size) {
  return (rank + 1) % size;
}
int before(int rank, int size) {
  return (rank + size - 1) % size;
}
void expect_from_before(const problem& of, int rank, std::byte* out) {
  copy_of(of.input, before(rank, of.size), 0, of.elements, out);
}
std::function<void()> clique_sendrecv(const device_call& call) {
  const int rank = call.comm.rank(), size = call.comm.size();
  return CLIQUE_CALL(call, sendrecv, call.send, after(rank, size), 0, call.receive, before(rank, size), 0);
}
// Non-blocking two calls: MPI has both in one only since its version 4.
template <class Count, class Sendrecv, class Isend, class Irecv, class Send, class Receive>
std::function<void()> mpi_messages(const host_call& call, Sendrecv sendrecv, Isend isend, Irecv irecv, Send send_init,
                                   Receive recv_init) {
  const auto n = static_cast<Count>(call.mine.send * call.element_bytes);
  const int to = after(call.rank, call.size), from = before(call.rank, call.size);
  switch (call.as) {
    case form::blocking:
      return [=] {
        check(sendrecv(call.send, n, MPI_BYTE, to, 0, call.receive, n, MPI_BYTE, from, 0, call.comm, MPI_STATUS_IGNORE),
              "MPI_Sendrecv");
      };
    case form::nonblocking:
      return [=] {
        MPI_Request both[2];
        check(irecv(call.receive, n, MPI_BYTE, from, 0, call.comm, &both[0]), "MPI_Irecv");
        check(isend(call.send, n, MPI_BYTE, to, 0, call.comm, &both[1]), "MPI_Isend");
        check(MPI_Waitall(2, both, MPI_STATUSES_IGNORE), "MPI_Waitall");
      };
    case form::persistent: break;
  }
  const auto kept = std::make_shared<mpi_persistent>(2);
  check(recv_init(call.receive, n, MPI_BYTE, from, 0, call.comm, kept->request(0)), "MPI_Recv_init");
  check(send_init(call.send, n, MPI_BYTE, to, 0, call.comm, kept->request(1)), "MPI_Send_init");
  return [kept] { kept->run(); };
}
std::function<void()> mpi_sendrecv(const host_call& call) {
  if (!call.large) return mpi_messages<int>(call, MPI_Sendrecv, MPI_Isend, MPI_Irecv, MPI_Send_init, MPI_Recv_init);
#if MPI_VERSION >= 4
  return mpi_messages<MPI_Count>(call, MPI_Sendrecv_c, MPI_Isend_c, MPI_Irecv_c, MPI_Send_init_c, MPI_Recv_init_c);
#else
  return {};
#endif
}

std::size_t unknown(std::size_t, int) {
  return 0;
}

constexpr benchmark all[] = {
    {"alltoall", collective::alltoall, false, even, clique_alltoall, mpi_alltoall, expect_exchange<even>, block_bytes,
     copies, all_but_own},
    {"alltoallv", collective::alltoallv, false, uneven, clique_alltoallv, mpi_alltoallv, expect_exchange<uneven>,
     unknown, copies, all_but_own},
    {"allgather", collective::allgather, false, part_to_parts, clique_allgather, mpi_allgather, expect_parts,
     block_bytes, copies, all_but_own},
    {"bcast", collective::bcast, false, from_root, clique_bcast, mpi_bcast, expect_roots, all_bytes, copies, once},
    {"scatter", collective::scatter, false, root_to_parts, clique_scatter, mpi_scatter, expect_part_of_root,
     block_bytes, copies, all_but_own},
    {"gather", collective::gather, false, parts_to_root, clique_gather, mpi_gather, expect_parts_on_root, block_bytes,
     copies, all_but_own},
    {"sendrecv", std::nullopt, false, as_much, clique_sendrecv, mpi_sendrecv, expect_from_before, all_bytes, copies,
     once},
    {"barrier", collective::barrier, false, nothing, clique_barrier, mpi_barrier, expect_nothing, all_bytes, copies,
     once},
};

}  // namespace

std::span<const benchmark> moving_benchmarks() {
  return all;
}

}  // namespace clique::tools
