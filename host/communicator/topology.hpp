// What a communicator with a topology remembers, and how it is made of what the user gave. Pure.
#pragma once

#include <clique/topology.hpp>

namespace clique::engine {

struct topology {
  std::optional<cartesian> grid;  // none: a graph
  neighborhood around;            // of this rank
};

topology grid_topology(const cartesian& grid, int rank);
// Throws clique::error(invalid_argument) where a neighbour is not one of `size` ranks.
topology graph_topology(std::span<const int> sources, std::span<const int> destinations, int size);

// What is left of a grid without some dimensions, and where a rank is then: in the part that has this number, at this
// place in it.
struct grid_part {
  cartesian grid;
  int number, place;
};
// Throws clique::error(invalid_argument) where there are not as many `remains` as dimensions.
grid_part part_of(const cartesian& grid, int rank, std::span<const int> remains);

}  // namespace clique::engine
