// The schedule that serves every collective that moves data: bcast, scatter(v), gather(v), allgather(v), alltoall(v, w)
// and those of neighbourhoods.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

// Pull: every rank offers its blocks and fetches those for it, in the order of the ring distance, so that no two ranks
// pull from one at a time (the pairwise exchange of Thakur, Rabenseifner and Gropp, "Optimization of collective
// communication operations in MPICH", 2005, without its barriers between the rounds). Empty blocks take no step.
//   1. Copy to temporary memory: where blocks may be overwritten, each block that is sent; where several go to one
//      peer, those, one behind the other.
//   2. Offer each peer its block, or the copy.
//   3. Fetch each peer's block, not before what it overwrites is copied; several of one peer to temporary memory first.
//   4. Copy the blocks that stay with the rank, unless they are where they belong.
plan pull(const shape& shape);

}  // namespace clique::schedule
