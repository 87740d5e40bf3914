// Integers: arithmetic on the unsigned types, which wrap, and min and max on those of the right sign.
#include "core/arithmetic_loops.hpp"

namespace clique::core {
namespace {

// Unsigned, and at least as wide as unsigned int: narrower ones would be promoted to int, whose products can overflow.
template <class T>
using wide = decltype(T{} + 0u);

template <class T>
struct sum {
  using element = T;
  static T apply(T a, T b) noexcept { return static_cast<T>(wide<T>{a} + wide<T>{b}); }
};
template <class T>
struct prod {
  using element = T;
  static T apply(T a, T b) noexcept { return static_cast<T>(wide<T>{a} * wide<T>{b}); }
};
template <class T>
struct least {
  using element = T;
  static T apply(T a, T b) noexcept { return b < a ? b : a; }
};
template <class T>
struct greatest {
  using element = T;
  static T apply(T a, T b) noexcept { return a < b ? b : a; }
};
template <class T>
struct land {
  using element = T;
  static T apply(T a, T b) noexcept { return a != 0 && b != 0 ? 1 : 0; }
};
template <class T>
struct lor {
  using element = T;
  static T apply(T a, T b) noexcept { return (a | b) != 0 ? 1 : 0; }
};
template <class T>
struct lxor {
  using element = T;
  static T apply(T a, T b) noexcept { return (a != 0) != (b != 0) ? 1 : 0; }
};
template <class T>
struct band {
  using element = T;
  static T apply(T a, T b) noexcept { return static_cast<T>(a & b); }
};
template <class T>
struct bor {
  using element = T;
  static T apply(T a, T b) noexcept { return static_cast<T>(a | b); }
};
template <class T>
struct bxor {
  using element = T;
  static T apply(T a, T b) noexcept { return static_cast<T>(a ^ b); }
};

template <class Signed, class Unsigned>
combine of_width(op_kind kind, bool is_signed) noexcept {
  switch (kind) {
    case op_kind::sum:
    case op_kind::mean: return pick<sum<Unsigned>>();
    case op_kind::prod: return pick<prod<Unsigned>>();
    case op_kind::min: return is_signed ? pick<least<Signed>>() : pick<least<Unsigned>>();
    case op_kind::max: return is_signed ? pick<greatest<Signed>>() : pick<greatest<Unsigned>>();
    case op_kind::land: return pick<land<Unsigned>>();
    case op_kind::lor: return pick<lor<Unsigned>>();
    case op_kind::lxor: return pick<lxor<Unsigned>>();
    case op_kind::band: return pick<band<Unsigned>>();
    case op_kind::bor: return pick<bor<Unsigned>>();
    case op_kind::bxor: return pick<bxor<Unsigned>>();
    default: return nullptr;
  }
}

}  // namespace

combine integer_combiner(op_kind kind, datatype type) noexcept {
  switch (type) {
    case datatype::int8: return of_width<std::int8_t, std::uint8_t>(kind, true);
    case datatype::uint8: return of_width<std::int8_t, std::uint8_t>(kind, false);
    case datatype::int16: return of_width<std::int16_t, std::uint16_t>(kind, true);
    case datatype::uint16: return of_width<std::int16_t, std::uint16_t>(kind, false);
    case datatype::int32: return of_width<std::int32_t, std::uint32_t>(kind, true);
    case datatype::uint32: return of_width<std::int32_t, std::uint32_t>(kind, false);
    case datatype::int64: return of_width<std::int64_t, std::uint64_t>(kind, true);
    case datatype::uint64: return of_width<std::int64_t, std::uint64_t>(kind, false);
    default: return nullptr;
  }
}

}  // namespace clique::core
