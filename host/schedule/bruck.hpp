// Bruck's algorithms: ceil(log2 n) rounds on any number of ranks, for short blocks (Bruck, Ho, Kipnis, Upfal and
// Weathersby, "Efficient algorithms for all-to-all communications in multiport message-passing systems", 1997). Equal
// blocks only.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

// In the round of distance d (1, 2, 4...) rank r has the blocks of the ranks r, r + 1... r + d - 1 (modulo n):
//   1. Offer as many of them as it still lacks to rank r - d.
//   2. Fetch those from r + d on from rank r + d.
// Blocks are put where they belong at once, so nothing is rotated in the end; a run that goes on at rank 0 travels as
// two.
plan allgather_bruck(const shape& shape);

// Block i is what goes to rank r + i. It goes there by the bits of i, the highest first: in the round of distance d all
// blocks go on whose index has the bit d.
//   1. In place: copy all blocks to temporary memory.
//   2. In each round, copy those blocks one behind the other: those that are a rank's own, and those that it got in
//      earlier rounds. As high bits go first, these are runs of d blocks.
//   3. Offer them to rank r + d; fetch those of rank r - d.
//   4. Copy block i, which has come from rank r - i, to where it belongs.
plan alltoall_bruck(const shape& shape);

}  // namespace clique::schedule
