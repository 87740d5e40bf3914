// Pairs of elements on which arithmetic goes wrong first: what the kernels of the built-in operators are tried on.
#pragma once

#include <clique/datatype.hpp>

#include <cstddef>
#include <vector>

namespace clique::core {

struct hard_cases {
  std::size_t count = 0;               // elements of
  std::vector<std::byte> left, right;  // each
};

// Of a built-in type: all pairs of its extremes, zeros, infinities, NaNs, subnormals and values whose sums lie half-way
// between two others; then random bits, and random numbers close to each other. The same at every call.
hard_cases make_hard_cases(datatype type);

}  // namespace clique::core
