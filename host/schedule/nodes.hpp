// Ranks on several nodes: what all ranks of a node need crosses the network once, and what they give goes together.
// (Karonis et al., "Exploiting hierarchy in parallel computer networks to optimize collective operation performance",
// 2000; with a node's ranks sharing the link as in Traeff and Hunold, "Decomposing MPI collectives for exploiting
// multi-lane communication", 2020.)
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

int count_nodes(const std::vector<int>& nodes);
// Whether each node's ranks are a subtree of the one association, so that a reduction may begin on the node: there
// is one node, or all have the next so many ranks, the same power of two, but for the last, which may have fewer.
bool nodes_are_subtrees(const std::vector<int>& nodes);

inline constexpr std::size_t least_node_piece = std::size_t{1} << 20, most_node_pieces = 16;

// One rank of each node, the root or else the lowest, stands for it; the nodes are a chain from the root's on, or,
// where there are more of them than pieces, a binomial tree. In pieces of `least` bytes or more, of which there are at
// most most_node_pieces:
//   1. Fetch a piece from the node before.
//   2. Offer it to the nodes after, and to the ranks of the own node.
plan bcast_nodes(const shape& shape, std::size_t least);
inline plan bcast_nodes(const shape& shape) {
  return bcast_nodes(shape, least_node_piece);
}

// A block goes to the ranks of its own node, and to one rank of each other, which offers it to the others there: the
// k-th rank of a node takes in the blocks of the k-th ranks of the others.
plan allgather_nodes(const shape& shape);

// For nodes that are subtrees. The k-th rank of each node works on slice k of the vector; there are as many slices as
// the smallest node has ranks. In pieces, as above:
//   1. View the slice of the ranks of the own node; combine them.
//   2. Of two nodes: view what the other made of it, combine both. Of more: the i-th node's rank does so with the i-th
//      part of the slice, and fetches the other parts.
//   3. Offer the result to the ranks of the own node.
plan allreduce_nodes(const shape& shape, std::size_t least);
inline plan allreduce_nodes(const shape& shape) {
  return allreduce_nodes(shape, least_node_piece);
}

// The same, but the ranks of the root's node view what those of all others made, and offer the result to the root.
plan reduce_nodes(const shape& shape, std::size_t least);
inline plan reduce_nodes(const shape& shape) {
  return reduce_nodes(shape, least_node_piece);
}

}  // namespace clique::schedule
