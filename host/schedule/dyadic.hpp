// Scans in floor(log2 n) + 1 rounds, for short vectors on many ranks (Blelloch, "Prefix sums and their applications",
// 1990: the up-sweep). His down-sweep passes prefixes on: op(T(0, a), block), which is the one association only where a
// is a power of two. So what ranks read here are the blocks that their prefix is made of, at most log2 n of them; the
// owners of large blocks have many readers, at once.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

//   1. Up: rank r views from r + 1 the input, from r + 2 the block of two, from r + 4 that of four... as far as the
//   bits
//      of r allow, and combines each with its own block of that size.
//   2. Offer each block to the ranks whose prefix needs it: those in the 2^l after it, for one of 2^l ranks.
//   3. View the blocks in the binary representation of the own prefix's length; combine them.
plan scan_dyadic(const shape& shape);
plan exscan_dyadic(const shape& shape);

}  // namespace clique::schedule
