// What an algorithm is told: one shape for all collectives, of which each fills in what it has.
#pragma once

#include "schedule/plan.hpp"

#include <vector>

namespace clique::schedule {

// In bytes, relative to the start of the send or receive region.
struct block {
  std::size_t offset = 0, bytes = 0;
  friend bool operator==(const block&, const block&) = default;
};

// A block that goes to `peer`, or comes from it. Several may join the same pair: then the k-th that one sends is the
// k-th that the other receives.
struct edge {
  int peer = 0;
  block where;
  friend bool operator==(const edge&, const edge&) = default;
};

// Block j for rank j.
inline std::vector<edge> edges(const std::vector<block>& blocks) {
  std::vector<edge> result;
  result.reserve(blocks.size());
  for (const block& each : blocks) result.push_back({static_cast<int>(result.size()), each});
  return result;
}

struct shape {
  int rank = 0, size = 1;
  int root = 0;           // of rooted collectives
  bool in_place = false;  // on this rank; see below
  // By rank, the lowest rank that shares memory with it: a node. Of all ranks.
  std::vector<int> nodes;
  std::size_t element = 1;  // bytes; blocks are cut between elements only

  // Collectives that move data (bcast, scatter(v), gather(v), allgather(v), alltoall(v, w), neighbor_*): what this
  // rank sends and what it receives, itself among the peers where a block stays with the rank. Blocks to send lie in
  // buffer::in, or, in place, in buffer::out (bcast is always in place: its one buffer is `out`). scatter(v) in place
  // is not `in_place`: the root's blocks are in `in`, and there is none among them, nor to be received, for the root.
  std::vector<edge> send, receive;
  // In place, a block to send may be overwritten by one received (alltoall(v, w)).
  bool overlap = false;

  // The same of all ranks, as all know it: bytes of each rank's block, of collectives with equal blocks (bcast: of the
  // whole). Where a region has one for each rank, that of rank j lies at j * block_bytes; a single one lies at 0.
  std::size_t block_bytes = 0;

  // Reductions: bytes of the vector that every rank brings (in `in`; in place in `out`); of reduce_scatter(_block) the
  // bytes of each rank's part of it, by rank. What each rank gets: reduce (root alone), allreduce, scan, exscan: the
  // whole vector, at the start of `out`. reduce_scatter(_block): its own part, at the start of `out` (in place: MPI's
  // rule, the whole vector is in `out`, and the part ends up at its start). exscan: rank 0 gets nothing.
  std::size_t vector_bytes = 0;
  std::vector<std::size_t> parts;
};

using algorithm = plan (*)(const shape&);

}  // namespace clique::schedule
