// Reductions in which every rank that gets a result combines all inputs itself, in one pass: for short vectors, where
// one exchange costs more than the combining (the "linear" reductions of MPI libraries, with direct reads instead of
// messages through the root).
//   1. Copy to temporary memory what of the input, in place, would be overwritten while others may still read it.
//   2. Offer the input to those who need it.
//   3. View all inputs; combine them, in rank order, by the one tree.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

plan reduce_flat(const shape& shape);          // the root combines
plan allreduce_flat(const shape& shape);       // everyone does
plan reduce_scatter_flat(const shape& shape);  // everyone its own part: also what suits long vectors
plan scan_flat(const shape& shape);            // everyone the inputs up to its own
plan exscan_flat(const shape& shape);          // everyone the inputs before its own; rank 0 has none

}  // namespace clique::schedule
