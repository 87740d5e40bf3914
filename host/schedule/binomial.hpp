// Along the binomial tree: ceil(log2 n) rounds, for short messages on many ranks (Thakur, Rabenseifner and Gropp,
// "Optimization of collective communication operations in MPICH", 2005; Chan et al., "Collective communication: theory,
// practice, and experience", 2007: the minimum spanning tree). The children of a rank stand 1, 2, 4... after it, as far
// as its own distance to its parent allows. Equal blocks only.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

//   1. Fetch the block from the parent (the root has it).
//   2. Offer it to the children, the one with most below it first.
plan bcast_binomial(const shape& shape);

// The ranks stand on the ring from the root on, so a child of the root may have blocks at the end of the root's region
// and at its start: they travel as two.
//   1. Fetch the blocks of the own subtree from the parent, to temporary memory (a leaf: its block).
//   2. Copy the own one; offer each child those of its subtree.
plan scatter_binomial(const shape& shape);

//   1. Copy the own block to temporary memory (a leaf offers it where it is; the root, to where it belongs).
//   2. Fetch the blocks of each child's subtree.
//   3. Offer all to the parent.
plan gather_binomial(const shape& shape);

// To rank 0, whatever the root, so that the tree is the association itself.
//   1. View what each child has, from the nearest on; combine it with what is there already.
//   2. Offer that to the parent; rank 0 offers the result to the root, if that is another.
plan reduce_binomial(const shape& shape);

//   1. reduce_binomial to rank 0.
//   2. bcast_binomial from there.
plan allreduce_binomial(const shape& shape);

}  // namespace clique::schedule
