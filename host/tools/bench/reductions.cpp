// The reductions for `clique bench`.
#include "bench/benchmark.hpp"

#include <clique/reductions.hpp>

namespace clique::tools {

namespace {

using namespace bench_parts;

// ---- shapes

blocks vector_to_vector(int, int, std::size_t elements) {
  return {.send = elements, .receive = elements};
}
blocks vector_to_root(int rank, int, std::size_t elements) {
  return {.send = elements, .receive = rank == 0 ? elements : 0};
}
blocks vector_to_part(int, int size, std::size_t elements) {
  const std::size_t each = part(size, elements);
  return {.send = each * static_cast<std::size_t>(size), .receive = each};
}

// ---- results

// Elements first .. first+count, reduced over ranks 0 .. ranks-1; in pieces, since every rank works out all ranks'
// data.
void reduced(const problem& of, int ranks, std::size_t first, std::size_t count, std::byte* out) {
  const std::size_t element = size_of(of.input.type), piece = 4096;
  std::vector<std::vector<std::byte>> inputs(static_cast<std::size_t>(ranks), std::vector<std::byte>(piece * element));
  const std::vector<const std::byte*> pointers = [&] {
    std::vector<const std::byte*> each;
    for (const auto& input : inputs) each.push_back(input.data());
    return each;
  }();
  for (std::size_t done = 0; done < count; done += piece) {
    const std::size_t now = std::min(piece, count - done);
    for (int rank = 0; rank < ranks; ++rank)
      for (std::size_t k = 0; k < now; ++k)
        of.input(rank, first + done + k, inputs[static_cast<std::size_t>(rank)].data() + k * element);
    reduce_tree(*of.op, element, pointers, now, out + done * element);
    // Of one rank alone any reduction is what it has.
    if (of.op->divide != nullptr && ranks > 1) of.op->divide(out + done * element, now, ranks);
  }
}
void expect_all(const problem& of, int, std::byte* out) {
  reduced(of, of.size, 0, of.elements, out);
}
void expect_all_on_root(const problem& of, int rank, std::byte* out) {
  if (rank == 0) expect_all(of, rank, out);
}
void expect_part(const problem& of, int rank, std::byte* out) {
  const std::size_t each = part(of.size, of.elements);
  reduced(of, of.size, static_cast<std::size_t>(rank) * each, each, out);
}
void expect_up_to(const problem& of, int rank, std::byte* out) {
  reduced(of, rank + 1, 0, of.elements, out);
}
void expect_below(const problem& of, int rank, std::byte* out) {
  if (rank > 0) return reduced(of, rank, 0, of.elements, out);
  const std::size_t element = of.op->identity.size();
  for (std::size_t k = 0; k < of.elements; ++k)
    std::copy(of.op->identity.begin(), of.op->identity.end(), out + k * element);
}

// ---- calls

std::function<void()> clique_reduce(const device_call& call) {
  return CLIQUE_CALL(call, reduce, call.send, call.receive, call.op, 0);
}
std::function<void()> clique_allreduce(const device_call& call) {
  return CLIQUE_CALL(call, allreduce, call.send, call.receive, call.op);
}
std::function<void()> clique_reduce_scatter(const device_call& call) {
  return CLIQUE_CALL(call, reduce_scatter_block, call.send, call.receive, call.op);
}
std::function<void()> clique_scan(const device_call& call) {
  return CLIQUE_CALL(call, scan, call.send, call.receive, call.op);
}
std::function<void()> clique_exscan(const device_call& call) {
  return CLIQUE_CALL(call, exscan, call.send, call.receive, call.op);
}

bool has(const host_call& call) {
  return call.type != MPI_DATATYPE_NULL && call.op != MPI_OP_NULL;
}
std::function<void()> mpi_reduce(const host_call& call) {
  if (!has(call)) return {};
  return repeat(call, CLIQUE_MPI(MPI_Reduce, MPI_Ireduce), call.mine.send, [call](auto function, auto n, auto... tail) {
    return function(call.send, call.receive, n, call.type, call.op, 0, call.comm, tail...);
  });
}
// Reductions that are called alike: everyone gets as much as it gives, or `count` of it.
template <class Functions>
std::function<void()> alike(const host_call& call, std::size_t count, const Functions& all) {
  if (!has(call)) return {};
  return repeat(call, all, count, [call](auto function, auto n, auto... tail) {
    return function(call.send, call.receive, n, call.type, call.op, call.comm, tail...);
  });
}
std::function<void()> mpi_allreduce(const host_call& call) {
  return alike(call, call.mine.send, CLIQUE_MPI(MPI_Allreduce, MPI_Iallreduce));
}
std::function<void()> mpi_reduce_scatter(const host_call& call) {
  return alike(call, call.mine.receive, CLIQUE_MPI(MPI_Reduce_scatter_block, MPI_Ireduce_scatter_block));
}
std::function<void()> mpi_scan(const host_call& call) {
  return alike(call, call.mine.send, CLIQUE_MPI(MPI_Scan, MPI_Iscan));
}
std::function<void()> mpi_exscan(const host_call& call) {
  return alike(call, call.mine.send, CLIQUE_MPI(MPI_Exscan, MPI_Iexscan));
}

// ---- floors

// Each rank combines a part, and gets the others.
host_work part_and_copies(std::size_t received, int size) {
  const std::size_t mine = received / static_cast<std::size_t>(size);
  return {static_cast<std::size_t>(size), mine, received - mine};
}
host_work own_part(std::size_t received, int size) {
  return {static_cast<std::size_t>(size), received, 0};
}
// What all before have is one more vector.
host_work two_vectors(std::size_t received, int size) {
  return {size > 1 ? std::size_t{2} : std::size_t{1}, received, 0};
}

constexpr benchmark all[] = {
    {"allreduce", collective::allreduce, true, vector_to_vector, clique_allreduce, mpi_allreduce, expect_all, all_bytes,
     part_and_copies, twice_all_but_own},
    {"reduce", collective::reduce, true, vector_to_root, clique_reduce, mpi_reduce, expect_all_on_root, all_bytes,
     part_and_copies, once},
    {"reduce_scatter_block", collective::reduce_scatter_block, true, vector_to_part, clique_reduce_scatter,
     mpi_reduce_scatter, expect_part, all_bytes, own_part, all_but_own},
    {"scan", collective::scan, true, vector_to_vector, clique_scan, mpi_scan, expect_up_to, all_bytes, two_vectors,
     once},
    {"exscan", collective::exscan, true, vector_to_vector, clique_exscan, mpi_exscan, expect_below, all_bytes, copies,
     once},
};

}  // namespace

std::span<const benchmark> reducing_benchmarks() {
  return all;
}

}  // namespace clique::tools
