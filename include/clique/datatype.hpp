// The types of array elements: C++ type <-> datatype, sizes and names, and the two 16-bit floating-point types.
#pragma once

#include <clique/export.hpp>

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace clique {

enum class datatype : std::uint8_t {
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  half,
  bfloat16,
  float32,
  float64,
  complex64,
  complex128,
  // What minloc and maxloc work on: value_index<T>.
  int32_index,
  int64_index,
  float32_index,
  float64_index,
};
inline constexpr int number_type_count = 14;  // int8 .. complex128
inline constexpr int datatype_count = 18;

// Bytes of one element.
[[nodiscard]] constexpr std::size_t size_of(datatype type) noexcept {
  constexpr std::uint8_t sizes[datatype_count] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4, 8, 8, 16, 8, 16, 8, 16};
  return sizes[static_cast<int>(type)];
}

// "int8" ... "complex128". Never null; thread-safe.
CLIQUE_API const char* name(datatype type) noexcept;

// The datatype called `text` (as name() gives it; "float", "double" and "char" too). Throws
// clique::error(invalid_argument) that lists the names. Local; thread-safe.
CLIQUE_API datatype parse_datatype(std::string_view text);

namespace detail {

// IEEE binary16 from binary32, to nearest, ties to even; NaN stays NaN (quiet).
constexpr std::uint16_t half_bits(float value) noexcept {
  const auto x = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((x >> 16) & 0x8000u);
  const std::uint32_t magnitude = x & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude >= 0x38800000u) {                                                   // normal
    const std::uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
  }
  if (magnitude < 0x33000000u) return sign;  // below half of the least subnormal
  const std::uint32_t shift = 126u - (magnitude >> 23);
  const std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  const std::uint32_t half = 1u << (shift - 1), rest = mantissa & ((1u << shift) - 1u);
  std::uint32_t bits = mantissa >> shift;
  if (rest > half || (rest == half && (bits & 1u))) ++bits;
  return static_cast<std::uint16_t>(sign | bits);
}

constexpr float half_value(std::uint16_t bits) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1fu) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
  const float value = static_cast<float>(mantissa) * 0x1p-24f;
  return sign ? -value : value;
}

constexpr std::uint16_t bfloat16_bits(float value) noexcept {
  const auto x = std::bit_cast<std::uint32_t>(value);
  if ((x & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((x >> 16) | 0x40u);
  return static_cast<std::uint16_t>((x + 0x7fffu + ((x >> 16) & 1u)) >> 16);
}

}  // namespace detail

// IEEE binary16 as storage; arithmetic is done in float.
struct half {
  std::uint16_t bits = 0;
  half() = default;
  constexpr half(float value) noexcept : bits(detail::half_bits(value)) {}        // NOLINT: converts as a number does
  constexpr operator float() const noexcept { return detail::half_value(bits); }  // NOLINT
};

// The upper half of a binary32 as storage; arithmetic is done in float.
struct bfloat16 {
  std::uint16_t bits = 0;
  bfloat16() = default;
  constexpr bfloat16(float value) noexcept : bits(detail::bfloat16_bits(value)) {}  // NOLINT: converts as a number does
  constexpr operator float() const noexcept {                                       // NOLINT
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

// A value and where it was found, for minloc and maxloc. The index may be anything: a rank, a position.
template <class T>
struct value_index {
  T value;
  std::int32_t index;
};

namespace detail {
template <class T>
struct datatype_of {};  // no value: T is not an element type
template <datatype D>
struct datatype_is {
  static constexpr datatype value = D;
};
template <>
struct datatype_of<std::int8_t> : datatype_is<datatype::int8> {};
template <>
struct datatype_of<std::uint8_t> : datatype_is<datatype::uint8> {};
template <>
struct datatype_of<std::int16_t> : datatype_is<datatype::int16> {};
template <>
struct datatype_of<std::uint16_t> : datatype_is<datatype::uint16> {};
template <>
struct datatype_of<std::int32_t> : datatype_is<datatype::int32> {};
template <>
struct datatype_of<std::uint32_t> : datatype_is<datatype::uint32> {};
template <>
struct datatype_of<std::int64_t> : datatype_is<datatype::int64> {};
template <>
struct datatype_of<std::uint64_t> : datatype_is<datatype::uint64> {};
template <>
struct datatype_of<half> : datatype_is<datatype::half> {};
template <>
struct datatype_of<bfloat16> : datatype_is<datatype::bfloat16> {};
template <>
struct datatype_of<float> : datatype_is<datatype::float32> {};
template <>
struct datatype_of<double> : datatype_is<datatype::float64> {};
template <>
struct datatype_of<std::complex<float>> : datatype_is<datatype::complex64> {};
template <>
struct datatype_of<std::complex<double>> : datatype_is<datatype::complex128> {};
template <>
struct datatype_of<value_index<std::int32_t>> : datatype_is<datatype::int32_index> {};
template <>
struct datatype_of<value_index<std::int64_t>> : datatype_is<datatype::int64_index> {};
template <>
struct datatype_of<value_index<float>> : datatype_is<datatype::float32_index> {};
template <>
struct datatype_of<value_index<double>> : datatype_is<datatype::float64_index> {};
}  // namespace detail

// T can be an element of an array.
template <class T>
concept element = requires {
  detail::datatype_of<T>::value;
};

template <element T>
inline constexpr datatype datatype_of = detail::datatype_of<T>::value;

}  // namespace clique
