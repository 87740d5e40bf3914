// Along the ring: each rank talks to its two neighbours only, and no link carries more than one block at a time.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

// allgather in size - 1 rounds: in each, every rank passes on to the next rank the block that it got in the round
// before, from its own on. Bytes sent and received: (size - 1) blocks, the least there can be; depth: size - 1. (The
// ring of Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations in MPICH", 2005.)
plan allgather_ring(const shape& shape);

// bcast along the chain of ranks from the root on, in pieces, so that all links work at once: (pieces + size - 2)
// messages deep, and no rank sends more than the vector once. (Watts and van de Geijn, "A pipelined
// broadcast for multidimensional meshes", 1995, in one dimension.) A piece has at least `least_piece` bytes, and there
// are at most `most_pieces`.
inline constexpr std::size_t least_piece = std::size_t{64} << 10;
inline constexpr std::size_t most_pieces = 256;
plan bcast_chain(const shape& shape, std::size_t least);
inline plan bcast_chain(const shape& shape) {
  return bcast_chain(shape, least_piece);
}

}  // namespace clique::schedule
