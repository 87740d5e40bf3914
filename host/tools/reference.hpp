// What reductions must give: each operator written out plainly for one element, and the one association in which ranks
// are combined. A second definition, apart from the library's own: `clique bench --check-only` compares the two.
#pragma once

#include <clique/datatype.hpp>
#include <clique/reduce_op.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace clique::tools {

struct reference_op {
  std::string name;
  reduce_op op;
  // to[k] = a[k] op b[k]; `to` may be `a`.
  void (*combine)(const std::byte* a, const std::byte* b, std::byte* to, std::size_t count);
  void (*divide)(std::byte* values, std::size_t count, int by) = nullptr;  // of mean: what comes last
  std::vector<std::byte> identity{};                                       // one element; of users' own none
};

// A struct of a user's: maps x -> m * x + c, which compose in one order only, and a hash of how they were combined.
struct affine {
  std::uint32_t m, c, hash;
};

// All operators that are tried on a type: the built-in ones that fit it, and users' own, which do not commute. None of
// the latter sees a NaN, whose payload a device is free to choose.
[[nodiscard]] std::vector<reference_op> operators_of(datatype type);

// out[k] = the reduction of `count` elements of each of `ranks` (one or more) consecutive ranks: the balanced tree that
// splits at the largest power of two below their number. Without mean's division.
void reduce_tree(const reference_op& op, std::size_t element_bytes, std::span<const std::byte* const> ranks,
                 std::size_t count, std::byte* out);

}  // namespace clique::tools

template <>
inline constexpr clique::struct_text clique::struct_of<clique::tools::affine>{
    "affine", "typedef struct { uint m, c, hash; } affine;"};
