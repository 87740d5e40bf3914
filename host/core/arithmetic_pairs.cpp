// minloc and maxloc on pairs of a value and an index.
#include "core/arithmetic_loops.hpp"

#include <type_traits>

namespace clique::core {
namespace {

// Integers as a format that has no NaN.
template <class Bits>
struct integers {
  using bits = Bits;
  static constexpr Bits nan = 0;
  static bool is_nan(Bits) noexcept { return false; }
  static Bits key(Bits v) noexcept { return v; }
};

// value_index with what is between its members spelled out, so that it can be zero.
struct pair_8 {
  std::int32_t value, index;
};
struct pair_16 {
  std::int64_t value;
  std::int32_t index, padding;
};
static_assert(sizeof(pair_8) == sizeof(value_index<float>) && sizeof(pair_16) == sizeof(value_index<double>));

template <class Format, bool Least>
struct located {
  using element = std::conditional_t<sizeof(typename Format::bits) == 4, pair_8, pair_16>;
  static element apply(element a, element b) noexcept {
    const auto x = Format::key(a.value), y = Format::key(b.value);
    const bool nan_a = Format::is_nan(a.value), nan_b = Format::is_nan(b.value);
    const bool tie = nan_a ? nan_b : x == y && !nan_b;
    const bool wins = nan_a || (!nan_b && (Least ? x < y : x > y));
    const bool first = tie ? a.index <= b.index : wins;
    element chosen{};
    chosen.value = nan_a || nan_b ? Format::nan : first ? a.value : b.value;
    chosen.index = first ? a.index : b.index;
    return chosen;
  }
};

template <class Format>
combine of_format(op_kind kind) noexcept {
  if (kind == op_kind::minloc) return pick<located<Format, true>>();
  if (kind == op_kind::maxloc) return pick<located<Format, false>>();
  return nullptr;
}

}  // namespace

combine pair_combiner(op_kind kind, datatype type) noexcept {
  switch (type) {
    case datatype::int32_index: return of_format<integers<std::int32_t>>(kind);
    case datatype::int64_index: return of_format<integers<std::int64_t>>(kind);
    case datatype::float32_index: return of_format<format_float32>(kind);
    case datatype::float64_index: return of_format<format_float64>(kind);
    default: return nullptr;
  }
}

}  // namespace clique::core
