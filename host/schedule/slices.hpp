// Reductions of long vectors: rank i owns slice i of the vector, combines it for all and offers what it made. Each byte
// is combined once, by one pass over all ranks' inputs where they lie (Rabenseifner, "Optimization of collective
// reduction operations", 2004: reduce_scatter, then allgather or gather; with direct reads instead of halving and
// doubling, whose distances would be another association).
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

//   1. Offer slice j to its owner, rank j.
//   2. View the own slice of all; combine.
//   3. Offer the result: to the root, or to all.
//   4. Fetch the others' results. In place slice j is overwritten when rank j has read it.
plan reduce_slices(const shape& shape);
plan allreduce_slices(const shape& shape);

//   1. Offer slice j to its owner, rank j.
//   2. View the own slice of all; combine those of neighbours, then of pairs, then of fours...: every aligned block of
//      a power of two of ranks once (Blelloch, "Prefix sums and their applications", 1990: the up-sweep).
//   3. The prefix of each rank is the tree over the blocks in the binary representation of its length. Combine and
//      offer it. (The down-sweep, which passes prefixes on, would be another association.)
//   4. Fetch the own prefix, slice by slice.
plan scan_slices(const shape& shape);
plan exscan_slices(const shape& shape);

}  // namespace clique::schedule
