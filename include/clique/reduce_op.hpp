// The operators of reductions: the built-in ones as constants in clique::op, and the user's own as OpenCL C.
//
// What the built-in ones compute, bit for bit alike on the host and in kernels:
// - sum, prod: on all number types. Integers wrap. half and bfloat16 are computed in float and rounded to storage at
//   every combination. The complex product is (a.x*b.x - a.y*b.y, a.x*b.y + a.y*b.x); nothing is contracted.
// - min, max: on integers and real floating-point types. NaN wins, and -0 is below +0.
// - land, lor, lxor (the result is 0 or 1), band, bor, bxor: on integers.
// - minloc, maxloc: on value_index<T>. Values are ordered as min and max order them; of equal values, NaN among them,
//   the lower index is taken. Bytes between the members are zero in the result.
// - mean: the sum, divided once, at the end, by the number of ranks: of integers the wrapped sum, towards zero; half
//   and bfloat16 through float; of complex numbers both parts. On all number types.
// A result that is NaN, or a part of a complex number that is, becomes the one NaN of its type: quiet, positive,
// without payload. Subnormal numbers are kept. Over one rank alone a reduction is a copy, whatever the bits are.
#pragma once

#include <clique/datatype.hpp>
#include <clique/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace clique {

enum class op_kind : std::uint8_t {
  sum,
  prod,
  min,
  max,
  land,
  lor,
  lxor,
  band,
  bor,
  bxor,
  minloc,
  maxloc,
  mean,
  expression,  // the user's
  body,        // the user's
};
inline constexpr int builtin_op_count = 13;  // sum .. mean

namespace detail {
[[noreturn]] CLIQUE_API void not_builtin(op_kind kind);
}

// An operator: immutable, cheap to copy, comparable. Local; thread-safe.
class CLIQUE_API reduce_op {
 public:
  // A built-in one; op::sum and the others are there already. Throws clique::error(invalid_argument) for the two kinds
  // that are the user's.
  constexpr reduce_op(op_kind builtin) : kind_(builtin) {  // NOLINT: a kind is the operator
    if (builtin >= op_kind::expression) detail::not_builtin(builtin);
  }

  // The user's own: OpenCL C over `a`, the left operand (of lower ranks), and `b`, the right one: an expression, as
  // "a + b", or the body of a function, as "if (a < b) return a; return b;". half and bfloat16 come as float and are
  // rounded on the way out; complex numbers as float2 or double2, with cmul, cdiv and conj; value_index<T> as a struct
  // with the members value and index. Literals such as 0.1 are single precision unless the type is double's. It has to
  // be associative as far as the caller cares: ranks are combined in their order, in one association (see
  // collectives.hpp), always as a kernel. It is compiled at the first reduction, which throws
  // clique::error(build_failure) on all ranks if that fails; in the build log its lines are "expression:LINE" or
  // "body:LINE". Throws clique::error(invalid_argument) if it is empty, or a body without a return.
  static reduce_op expression(std::string_view text);
  static reduce_op body(std::string_view text);

  // A copy that promises that a and b may be exchanged. Built-in operators are commutative as they are.
  [[nodiscard]] reduce_op as_commutative() const;

  // A copy of a user's operator with its identity, one element: combined with x it gives x. Throws
  // clique::error(invalid_argument) for a built-in one.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] reduce_op with_identity(const T& element) const { return with_identity(&element, sizeof element); }
  [[nodiscard]] reduce_op with_identity(const void* element, std::size_t bytes) const;

  [[nodiscard]] op_kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_user() const noexcept { return kind_ >= op_kind::expression; }
  [[nodiscard]] bool commutative() const noexcept { return !user_ || user_->commutative; }
  // The user's text, and the bytes of the identity given; empty where there is none.
  [[nodiscard]] std::string_view text() const noexcept { return user_ ? user_->text : std::string_view(); }
  [[nodiscard]] std::span<const std::byte> identity() const noexcept {
    return user_ ? std::span<const std::byte>(user_->identity) : std::span<const std::byte>();
  }

  // The same on all ranks for the same operator, and for others (nearly always) another.
  [[nodiscard]] std::uint32_t id() const noexcept { return user_ ? user_->id : 1u + static_cast<std::uint32_t>(kind_); }

  // For people: "sum", or "user operator \"a + b\"" (long ones cut, in one line).
  [[nodiscard]] std::string name() const;

  friend bool operator==(const reduce_op& a, const reduce_op& b) noexcept {
    if (a.kind_ != b.kind_ || a.user_ == b.user_) return a.kind_ == b.kind_;
    return a.user_->id == b.user_->id && a.user_->commutative == b.user_->commutative &&
           a.user_->text == b.user_->text && a.user_->identity == b.user_->identity;
  }

 private:
  struct definition {
    std::string text;
    std::vector<std::byte> identity;
    bool commutative = false;
    std::uint32_t id = 0;
  };
  reduce_op(op_kind kind, definition user);
  static reduce_op of_text(op_kind kind, std::string_view text);

  op_kind kind_;
  std::shared_ptr<const definition> user_;  // null for built-in ones
};

namespace op {
inline constinit const reduce_op sum{op_kind::sum}, prod{op_kind::prod};
inline constinit const reduce_op min{op_kind::min}, max{op_kind::max};
inline constinit const reduce_op land{op_kind::land}, lor{op_kind::lor}, lxor{op_kind::lxor};
inline constinit const reduce_op band{op_kind::band}, bor{op_kind::bor}, bxor{op_kind::bxor};
inline constinit const reduce_op minloc{op_kind::minloc}, maxloc{op_kind::maxloc};
inline constinit const reduce_op mean{op_kind::mean};
}  // namespace op

// The built-in operator called `text`: "sum" ... "mean". Throws clique::error(invalid_argument) that lists the names.
// Local; thread-safe.
CLIQUE_API reduce_op parse_reduce_op(std::string_view text);

}  // namespace clique
