// A linear recurrence, x' = factor * x + term, with a step per rank, by a scan: an element is a whole step, a struct of
// the program's own, and the operator, written in OpenCL C, makes two steps one. Two steps may not be exchanged, so the
// operator is not commutative, and clique combines the ranks in their order.
//
// Step r appends the digit r + 1 to a number. Array element k does so in base 10 - k, so that the first element of
// rank 3 becomes 1234.
//
//   mpiexec -n 4 ./scan
#include "print.hpp"

#include <clique/clique.hpp>

struct affine {
  std::int32_t factor, term;
};
template <>
inline constexpr clique::struct_text clique::struct_of<affine>{"affine",
                                                               "typedef struct { int factor, term; } affine;"};

int main(int argc, char** argv) try {
  const clique::environment mpi(argc, argv);
  clique::communicator comm;
  const int rank = comm.rank();

  // a is of lower ranks: first a, then b.
  const clique::reduce_op then = clique::reduce_op::body(R"(
    affine both;
    both.factor = b.factor * a.factor;
    both.term = b.factor * a.term + b.term;
    return both;)");

  const std::size_t bases = 4;
  clique::array<affine> steps(comm, bases), composed(comm, bases);
  steps.transform("(affine){10 - (int)i, rank + 1}");
  clique::scan(comm, steps, composed, then);

  clique::array<int> numbers(comm, bases);
  numbers.transform("s.factor * start + s.term", {{"s", composed}, {"start", 0}});
  const std::vector<int> results = numbers.to_host();
  print_in_rank_order("process " + std::to_string(rank) + " has " + list(results));

  for (std::size_t k = 0; k < bases; ++k) {
    std::uint32_t x = 0;  // which wraps, with very many ranks, as the device's numbers do
    for (int r = 0; r <= rank; ++r) x = static_cast<std::uint32_t>(10 - k) * x + static_cast<std::uint32_t>(r + 1);
    if (static_cast<std::uint32_t>(results[k]) != x) return 1;
  }
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
