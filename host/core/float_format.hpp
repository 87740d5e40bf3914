// How floating-point numbers lie in bits: what min, max and NaN are decided by.
#pragma once

#include <cstdint>

namespace clique::core {

// A binary floating-point format as signed integers of its bits.
template <class Bits, Bits Infinity, Bits Nan>
struct format {
  using bits = Bits;
  static constexpr Bits largest = static_cast<Bits>(~(Bits{1} << (8 * sizeof(Bits) - 1)));  // all but the sign
  static constexpr Bits infinity = Infinity;
  static constexpr Bits nan = Nan;  // the one that results have
  static bool is_nan(Bits v) noexcept { return (v & largest) > infinity; }
  // Ordered as the numbers are, -0 below +0; compares without the floating-point unit, so subnormals cannot be lost.
  static Bits key(Bits v) noexcept { return static_cast<Bits>(v < 0 ? v ^ largest : v); }
};
using format_half = format<std::int16_t, 0x7c00, 0x7e00>;
using format_bfloat16 = format<std::int16_t, 0x7f80, 0x7fc0>;
using format_float32 = format<std::int32_t, 0x7f800000, 0x7fc00000>;
using format_float64 = format<std::int64_t, 0x7ff0000000000000, 0x7ff8000000000000>;

}  // namespace clique::core
