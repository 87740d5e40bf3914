// The map-reduce recipe: the dot product of [0 1 2 ... 399] with itself, spread over the ranks. Each rank
//
// 1. maps its part, x[i] * y[i], by an expression;
// 2. reduces the part on its device: clique's reductions combine ranks, element by element, so it adds the upper half
//    to the lower one until one element is left;
// 3. combines that with the other ranks', by allreduce.
//
//   mpiexec -n 4 ./map_reduce
#include "print.hpp"

#include <clique/clique.hpp>

// Leaves the sum of all elements in the first one. log2(n) kernels in the device's queue; does not wait for them.
template <class T>
void sum_up(const clique::array<T>& data) {
  for (std::size_t count = data.count(); count > 1;) {
    const std::size_t upper = count / 2, lower = count - upper;  // of an odd number the middle one waits for its turn
    const auto low = data.subspan(0, upper), high = data.subspan(lower, upper);
    clique::transform(data.device(), low, "low + high", {{"low", low}, {"high", high}});
    count = lower;
  }
}

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const std::size_t rank = comm.rank(), size = comm.size(), all = 400;
  const std::size_t first = all * rank / size, count = all * (rank + 1) / size - first;

  clique::array<int> x(comm, count), y(comm, count), products(comm, count), dot(comm, 1);
  x.arange(static_cast<int>(first));
  y.arange(static_cast<int>(first));
  products.transform("a * b", {{"a", x}, {"b", y}});
  sum_up(products);
  dot.fill(0);
  if (count > 0) dot.transform("sum", {{"sum", products.subspan(0, 1)}});
  const int part = dot.to_host().front();
  clique::allreduce(comm, clique::in_place, dot, clique::op::sum);

  const int result = dot.to_host().front();
  print_in_rank_order("process " + std::to_string(rank) + " has " + std::to_string(part) +
                      " of dot(x, y) = " + std::to_string(result));
  return result == 399 * 400 * 799 / 6 ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
