// The algorithms that there are, by collective; the first of each fits always.
#include "schedule/binomial.hpp"
#include "schedule/bruck.hpp"
#include "schedule/by_mpi.hpp"
#include "schedule/doubling.hpp"
#include "schedule/dyadic.hpp"
#include "schedule/flat.hpp"
#include "schedule/nodes.hpp"
#include "schedule/pull.hpp"
#include "schedule/ring.hpp"
#include "schedule/scatter_allgather.hpp"
#include "schedule/slices.hpp"
#include "tuning/tuning.hpp"

#include <clique/tuning.hpp>

#include <bit>

namespace clique::tuning {
namespace {

constexpr const char* powers = "a power of two of ranks";
bool power_of_two(const facts& of) {
  return std::has_single_bit(static_cast<unsigned>(of.size));
}
constexpr const char* exact_only = "sum, prod, the logical and bitwise ones on integers, min and max on signed ones";
bool exact(const facts& of) {
  return of.exact;
}

constexpr const char* subtrees_only =
    "nodes of the next so many ranks each, the same power of two (the last: or fewer)";
bool subtrees(const facts& of) {
  return of.subtrees;
}

constexpr algorithm everywhere(collective what, const char* name, const char* description, schedule::algorithm build) {
  return {what, name, description, "", nullptr, build};
}
constexpr algorithm pull(collective what) {
  return everywhere(what, "pull", "every rank offers its blocks and fetches those for it, in ring order",
                    schedule::pull);
}
constexpr algorithm by_mpi(collective what) {
  return everywhere(what, "mpi", "MPI's own collective on host memory", schedule::by_mpi);
}
constexpr algorithm exact_by_mpi(collective what) {
  return {what, "mpi", "MPI's own collective on host memory", exact_only, exact, schedule::by_mpi};
}
constexpr algorithm flat(collective what, schedule::algorithm build) {
  return everywhere(what, "flat", "whoever gets a result combines all inputs itself, in one pass", build);
}
constexpr algorithm slices(collective what, schedule::algorithm build) {
  return everywhere(what, "slices", "rank i combines slice i of the vector for all", build);
}
constexpr algorithm dyadic(collective what, schedule::algorithm build) {
  return everywhere(what, "dyadic", "partial results of 2, 4, 8... ranks go up and down a tree", build);
}

constexpr algorithm all[] = {
    everywhere(collective::barrier, "agree", "the ranks meet, as in every collective",
               [](const schedule::shape&) { return schedule::plan{}; }),
    by_mpi(collective::barrier),
    pull(collective::bcast),
    everywhere(collective::bcast, "binomial", "along the binomial tree from the root", schedule::bcast_binomial),
    everywhere(collective::bcast, "scatter_allgather", "the root scatters slices, all gather them (van de Geijn)",
               schedule::bcast_scatter_allgather),
    everywhere(collective::bcast, "chain", "from rank to rank in pieces, so that all links work at once",
               schedule::bcast_chain),
    everywhere(collective::bcast, "nodes", "from node to node in pieces, and on each to all its ranks",
               schedule::bcast_nodes),
    by_mpi(collective::bcast),
    pull(collective::scatter),
    everywhere(collective::scatter, "binomial", "along the binomial tree from the root", schedule::scatter_binomial),
    by_mpi(collective::scatter),
    pull(collective::scatterv),
    by_mpi(collective::scatterv),
    pull(collective::gather),
    everywhere(collective::gather, "binomial", "along the binomial tree to the root", schedule::gather_binomial),
    by_mpi(collective::gather),
    pull(collective::gatherv),
    by_mpi(collective::gatherv),
    pull(collective::allgather),
    everywhere(collective::allgather, "bruck", "log2 n rounds, each with twice the blocks", schedule::allgather_bruck),
    {collective::allgather, "doubling", "log2 n exchanges with ranks 1, 2, 4... away", powers, power_of_two,
     schedule::allgather_doubling},
    everywhere(collective::allgather, "nodes", "each block to one rank of each node, which passes it on there",
               schedule::allgather_nodes),
    everywhere(collective::allgather, "ring", "each rank passes on to the next what it got from the one before",
               schedule::allgather_ring),
    by_mpi(collective::allgather),
    pull(collective::allgatherv),
    by_mpi(collective::allgatherv),
    pull(collective::alltoall),
    everywhere(collective::alltoall, "bruck", "log2 n rounds, each with half of the blocks, for short ones",
               schedule::alltoall_bruck),
    by_mpi(collective::alltoall),
    pull(collective::alltoallv),
    by_mpi(collective::alltoallv),
    pull(collective::alltoallw),
    slices(collective::reduce, schedule::reduce_slices),
    flat(collective::reduce, schedule::reduce_flat),
    everywhere(collective::reduce, "binomial", "partial results go up the binomial tree", schedule::reduce_binomial),
    {collective::reduce, "nodes", "slices are combined on each node, then between nodes", subtrees_only, subtrees,
     schedule::reduce_nodes},
    exact_by_mpi(collective::reduce),
    slices(collective::allreduce, schedule::allreduce_slices),
    flat(collective::allreduce, schedule::allreduce_flat),
    everywhere(collective::allreduce, "binomial", "up the binomial tree and down again", schedule::allreduce_binomial),
    {collective::allreduce, "doubling", "log2 n exchanges with ranks 1, 2, 4... away", powers, power_of_two,
     schedule::allreduce_doubling},
    {collective::allreduce, "nodes", "slices are combined on each node, then between nodes", subtrees_only, subtrees,
     schedule::allreduce_nodes},
    exact_by_mpi(collective::allreduce),
    flat(collective::reduce_scatter, schedule::reduce_scatter_flat),
    exact_by_mpi(collective::reduce_scatter),
    flat(collective::reduce_scatter_block, schedule::reduce_scatter_flat),
    exact_by_mpi(collective::reduce_scatter_block),
    slices(collective::scan, schedule::scan_slices),
    flat(collective::scan, schedule::scan_flat),
    dyadic(collective::scan, schedule::scan_dyadic),
    exact_by_mpi(collective::scan),
    slices(collective::exscan, schedule::exscan_slices),
    flat(collective::exscan, schedule::exscan_flat),
    dyadic(collective::exscan, schedule::exscan_dyadic),
    exact_by_mpi(collective::exscan),
    pull(collective::neighbor_allgather),
    pull(collective::neighbor_allgatherv),
    pull(collective::neighbor_alltoall),
    pull(collective::neighbor_alltoallv),
    pull(collective::neighbor_alltoallw),
};

}  // namespace

std::span<const algorithm> algorithms() {
  return all;
}

}  // namespace clique::tuning

namespace clique {

std::vector<algorithm_info> algorithms() {
  std::vector<algorithm_info> result;
  for (const tuning::algorithm& each : tuning::algorithms())
    result.push_back({each.what, each.name, each.description, each.restriction});
  return result;
}

}  // namespace clique
