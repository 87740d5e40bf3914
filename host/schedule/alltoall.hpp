// Schedules of alltoall and alltoallv (one shape serves both).
#pragma once

#include "schedule/plan.hpp"

#include <vector>

namespace clique::schedule {

// In bytes, relative to the start of the send or receive region.
struct block {
  std::size_t offset = 0, bytes = 0;
  friend bool operator==(const block&, const block&) = default;
};

struct alltoall_shape {
  int rank = 0, size = 1;
  bool in_place = false;             // then `send` is `receive`
  std::vector<block> send, receive;  // one for each rank
};

// Pull: every rank offers block j to rank j and fetches its own blocks, in the order of the ring distance, so that
// no two ranks pull from one at a time (the pairwise exchange of Thakur, Rabenseifner and Gropp, "Optimization of
// collective communication operations in MPICH", 2005, without its barriers between the rounds).
//   1. In place: copy each block that will be overwritten to temporary memory.
//   2. Offer block j to rank j (from the copy, in place).
//   3. Copy the own block; fetch the others.
plan alltoall_pull(const alltoall_shape& shape);

}  // namespace clique::schedule
