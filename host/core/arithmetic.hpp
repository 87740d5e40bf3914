// The built-in operators on the host, and what all operators fit. What they compute: clique/reduce_op.hpp.
#pragma once

#include <clique/datatype.hpp>
#include <clique/reduce_op.hpp>

#include <cstddef>

namespace clique::core {

// to[k] = left[k] op right[k] for `count` elements. `to` may be `left` or `right`, and overlaps them in no other way;
// no alignment is asked for.
using combine = void (*)(const std::byte* left, const std::byte* right, std::byte* to, std::size_t count);

// Null where the operator does not fit the type, and for those of users, which are kernels. That of mean is the one of
// sum: divide() does the rest. Thread-safe.
[[nodiscard]] combine combiner(op_kind kind, datatype type) noexcept;

// Whether the operator can work on the type; users' own on all (its build will tell).
[[nodiscard]] bool fits(op_kind kind, datatype type) noexcept;

// Whether a reduction gives the same in any order, and by MPI: of integers, but not by a mean or a user's operator, nor
// the least or greatest of unsigned ones.
[[nodiscard]] bool is_exact(const reduce_op& op, datatype type) noexcept;

// Throws clique::error(invalid_argument) where it cannot, with what it does take, or where the identity that the user
// gave is no element of the type.
void check_fits(const reduce_op& op, datatype type);

// values[k] /= by, as mean does it; `type` is a number type, and `by` is not 0.
void divide(datatype type, std::byte* values, std::size_t count, std::size_t by) noexcept;

// What the operator begins with: one element. Built-in operators have one on all types that they fit (of sum it is +0,
// which makes -0 to +0); users' own where it was given.
[[nodiscard]] bool has_identity(const reduce_op& op, datatype type) noexcept;
void identity(const reduce_op& op, datatype type, std::byte* out);

}  // namespace clique::core
