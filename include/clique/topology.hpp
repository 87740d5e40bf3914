// Who is whose neighbour: Cartesian grids and graphs of ranks, for the neighbourhood collectives.
//
// Ranks are never reordered: rank r of the new communicator is rank r of its parent.
#pragma once

#include <clique/communicator.hpp>
#include <clique/export.hpp>
#include <clique/list.hpp>

#include <optional>
#include <vector>

namespace clique {

// A grid of ranks, numbered as in MPI: row by row, the last coordinate runs fastest. Pure arithmetic, local,
// thread-safe; what is said to throw throws clique::error(invalid_argument) on this rank.
class CLIQUE_API cartesian {
 public:
  static constexpr std::size_t most_dimensions = 64;

  // periods[d] is not 0 where dimension d is a ring. None of `dims` may be below 1; no dimension at all is a grid of
  // one rank. Throws, as does a product that is no int.
  cartesian(list_of<int> dims, list_of<int> periods);

  [[nodiscard]] const std::vector<int>& dims() const noexcept { return dims_; }
  [[nodiscard]] const std::vector<int>& periods() const noexcept { return periods_; }  // 0 or 1
  [[nodiscard]] int size() const noexcept { return size_; }

  // Throws if `rank` is not in [0, size()).
  [[nodiscard]] std::vector<int> coords(int rank) const;
  // Throws if a coordinate is outside of a dimension that is no ring; in a ring it goes round, below 0 too.
  [[nodiscard]] int rank_of(list_of<int> coords) const;

  // Whom a rank receives from and sends to when all data moves by `displacement` (which may be below 0) along dimension
  // `direction`; -1 where the grid ends. Throws where there is no such rank or dimension.
  struct shifted {
    int source, destination;
  };
  [[nodiscard]] shifted shift(int rank, int direction, int displacement) const;

  friend bool operator==(const cartesian&, const cartesian&) = default;

 private:
  std::vector<int> dims_, periods_;
  int size_ = 1;
};

// The zeros of `dims` replaced so that the product is `ranks`: non-increasing, the largest and the smallest as close as
// they can be. Local; thread-safe. Throws clique::error(invalid_argument) where the other numbers do not divide
// `ranks`, or are below 0.
CLIQUE_API std::vector<int> dims_create(int ranks, std::vector<int> dims);

// Whom a rank receives blocks from and sends blocks to, block by block; -1 stands for a block that there is nobody for
// (beyond the border of a grid). A rank may be there several times, and may be its own neighbour.
struct neighborhood {
  std::vector<int> sources, destinations;
  // The positions in `sources`, in the order in which blocks arrive where several come from one rank: the k-th block
  // that i sends to j (by i's `destinations`) is the k-th of j's in this order that is from i. In a graph that is
  // 0, 1, 2, ...; in a grid 1, 0, 3, 2, ...: a block sent to the lower side arrives as the one from the upper side,
  // also around a ring of one or two ranks, where both sides are the same rank.
  std::vector<int> order;
};

enum class topology_kind { none, cartesian, graph };

// Of a communicator, local. The last two throw clique::error(invalid_argument) where it has none; what they return
// lives as long as the communicator.
[[nodiscard]] CLIQUE_API topology_kind topology_of(const communicator& comm) noexcept;
[[nodiscard]] CLIQUE_API const cartesian& grid_of(const communicator& comm);
// Of a grid in MPI's order: for each dimension the lower neighbour, then the upper one.
[[nodiscard]] CLIQUE_API const neighborhood& neighbors_of(const communicator& comm);

// The following are collective over `parent`, block, and inherit its devices and timeout, as communicator::split does.
// Errors are thrown on all ranks, and leave the parent as it was: invalid_argument for what one rank gave, mismatch
// where the ranks differ.

// The first ranks as a grid; the others get nothing. `dims` and `periods` must be the same on all ranks.
[[nodiscard]] CLIQUE_API std::optional<communicator> make_cart(communicator& parent, list_of<int> dims,
                                                               list_of<int> periods);

// Splits a grid into grids of fewer dimensions, those whose remains[d] is not 0. Each rank is in one of them, in the
// parent's order. `remains` has a number for each dimension, the same on all ranks.
[[nodiscard]] CLIQUE_API communicator cart_sub(communicator& grid, list_of<int> remains);

// All ranks, each with its own list of whom it receives from and whom it sends to. A rank may be there several times,
// and may be its own neighbour; j must be among the destinations of i as often as i is among the sources of j.
[[nodiscard]] CLIQUE_API communicator make_graph(communicator& parent, list_of<int> sources, list_of<int> destinations);

}  // namespace clique
