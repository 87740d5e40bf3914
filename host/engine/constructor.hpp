// How the ranks tell each other which communicator they are about to make: agree's signature, with an op.
#pragma once

#include "transport/arrival.hpp"

#include <clique/topology.hpp>

#include <string>

namespace clique::engine {

enum class constructor : std::uint32_t { none, dup, split, split_by_node, make_cart, cart_sub, make_graph };

// What all ranks must give alike, as a signature carries it: grids of up to four dimensions of less than 32768 ranks in
// full, so that an error can show them, others by a hash.
void sign(transport::signature& mine, constructor what);
void sign(transport::signature& mine, constructor what, const cartesian& grid);
void sign(transport::signature& mine, constructor what, std::span<const int> remains);

// "make_cart of 2 x 3 ranks, dimension 1 periodic".
std::string describe_constructor(const transport::signature& of);

}  // namespace clique::engine
