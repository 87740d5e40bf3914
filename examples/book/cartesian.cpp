// The topology recipe: all ranks in a grid, as near to a square as their number allows. Each prints its four
// neighbours, on a mesh (-1 beyond the border) and on a torus, and exchanges blocks with them, as a stencil does with
// its halo.
//
//   mpiexec -n 4 ./cartesian
#include "print.hpp"

#include <clique/clique.hpp>

// In the order of the grid's neighbours: of each dimension first the lower one.
enum direction { up, down, left, right, directions };
constexpr direction opposite[] = {down, up, right, left};

// Whether each halo holds what the neighbour on that side sent. Collective.
bool exchanges(clique::communicator& grid, const std::vector<int>& neighbors) {
  const std::size_t width = 3;  // elements that go to each side: `width` times 10 * rank + side
  clique::array<int> edges(grid, directions * width), halo(grid, directions * width);
  edges.transform("10 * rank + i / width", {{"width", static_cast<int>(width)}});
  halo.fill(-1);  // where there is no neighbour it stays
  clique::neighbor_alltoall(grid, edges, halo);

  const std::vector<int> received = halo.to_host();
  bool good = true;
  for (std::size_t k = 0; k < received.size(); ++k) {
    const auto side = static_cast<direction>(k / width);
    // What comes from above is what that rank sent down.
    good = good && received[k] == (neighbors[side] < 0 ? -1 : 10 * neighbors[side] + opposite[side]);
  }
  return good;
}

// Collective over comm.
bool run(clique::communicator& comm, const std::string& name, const std::vector<int>& periods) {
  const std::vector<int> dims = clique::dims_create(comm.size(), {0, 0});
  clique::communicator grid = clique::make_cart(comm, dims, periods).value();  // all ranks are in it
  const int rank = grid.rank();

  const clique::cartesian& shape = clique::grid_of(grid);
  const std::vector<int> coords = shape.coords(rank);
  const auto [above, below] = shape.shift(rank, 0, 1);
  const auto [before, after] = shape.shift(rank, 1, 1);

  if (rank == 0) std::cout << "Building a " << dims[0] << " x " << dims[1] << " " << name << ":\n";
  print_in_rank_order("Process = " + std::to_string(rank) + " row = " + std::to_string(coords[0]) +
                      " column = " + std::to_string(coords[1]) + " ----> neighbours up = " + std::to_string(above) +
                      " down = " + std::to_string(below) + " left = " + std::to_string(before) +
                      " right = " + std::to_string(after));
  return exchanges(grid, {above, below, before, after});
}

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const bool on_mesh = run(comm, "mesh", {0, 0});
  const bool on_torus = run(comm, "torus", {1, 1});
  return on_mesh && on_torus ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
