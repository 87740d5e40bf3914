// Recursive doubling: rank r exchanges with r xor 1, r xor 2, r xor 4..., after which it has what twice as many ranks
// had. log2 n rounds; for powers of two only (Thakur, Rabenseifner and Gropp, "Optimization of collective communication
// operations in MPICH", 2005).
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

bool is_power_of_two(int ranks);

// Of equal blocks. Each round:
//   1. Offer the blocks that are there, which are neighbours, to the partner.
//   2. Fetch the partner's to where they belong.
plan allgather_doubling(const shape& shape);

// Distances 1, 2, 4: what each round makes is a subtree of the one association. (For other sizes MPI libraries fold
// some ranks into others first: another association.) Each round:
//   1. Offer the partial result to the partner.
//   2. View the partner's; combine, the lower rank's first, into memory whose last content nobody needs any more.
plan allreduce_doubling(const shape& shape);

}  // namespace clique::schedule
