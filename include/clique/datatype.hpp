// The types of array elements: C++ type <-> datatype, sizes and names, the two 16-bit floating-point types, and how a
// struct of the user's becomes an element type.
#pragma once

#include <clique/export.hpp>

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace clique {

// The built-in types, and from first_struct on the structs that this process has registered, numbered in the order in
// which it did so: type_id() is what ranks compare.
enum class datatype : std::uint16_t {
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
  // What minloc and maxloc work on: value_index<T>. In expressions: int32_index {int value; int index;} and so on.
  int32_index,
  int64_index,
  float32_index,
  float64_index,
};
inline constexpr int number_type_count = 14;  // int8 .. complex128
inline constexpr int datatype_count = 18;     // the built-in ones
inline constexpr datatype first_struct{64};

[[nodiscard]] constexpr bool is_struct(datatype type) noexcept {
  return type >= first_struct;
}

// A struct of the user's as an element type: `size` bytes, trivially copyable; `name` is what OpenCL C calls it and
// `source` the OpenCL C text that declares it there, empty where OpenCL C has it (float4). The text goes in front of
// the expressions of transform() that use the struct; a text that several structs share goes there once. The same name,
// size and source give the same datatype again. Throws clique::error(invalid_argument) where the name is no identifier,
// is a built-in datatype's or begins with clique_, where the size is 0, where another struct has that name, and where
// no more structs can be registered (65472). Local; thread-safe; for the rest of the process.
CLIQUE_API datatype register_struct(std::string_view name, std::size_t size, std::string_view source);

// The OpenCL C text of a struct; empty for the built-in types. Throws clique::error(invalid_argument) for what is no
// datatype. The reference is good for the rest of the process. Thread-safe.
CLIQUE_API const std::string& struct_source(datatype type);

// The same number on all ranks for the same type, whatever the order of registration: the datatype's own for a built-in
// one; for a struct a hash of its name, size and source, with the highest bit set. Throws
// clique::error(invalid_argument) for what is no datatype. Thread-safe.
CLIQUE_API std::uint32_t type_id(datatype type);

namespace detail {
CLIQUE_API std::size_t struct_size(datatype type);
}

// Bytes of one element. Throws clique::error(invalid_argument) for what is no datatype. Thread-safe.
[[nodiscard]] constexpr std::size_t size_of(datatype type) {
  constexpr std::uint8_t sizes[datatype_count] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4, 8, 8, 16, 8, 16, 8, 16};
  const auto index = static_cast<std::size_t>(type);
  return index < datatype_count ? sizes[index] : detail::struct_size(type);
}

// "int8" ... "float64_index", or a struct's name; "unknown" for what is no datatype. Never null; thread-safe.
CLIQUE_API const char* name(datatype type) noexcept;

// The number type called `text` (as name() gives it; "float", "double" and "char" too). Throws
// clique::error(invalid_argument) that lists the names. Local; thread-safe.
CLIQUE_API datatype parse_datatype(std::string_view text);

namespace detail {

// IEEE binary16 from binary32, to nearest, ties to even; NaN stays NaN (quiet). Without branches, here and below, so
// that compilers can vectorize loops over it.
constexpr std::uint16_t half_bits(float value) noexcept {
  const auto x = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = x & 0x7fffffffu;
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  // Below 2^-14 the mantissa is shifted into place; by 25 nothing is left of it.
  const std::int32_t wanted = 126 - static_cast<std::int32_t>(magnitude >> 23);
  const std::uint32_t shift = static_cast<std::uint32_t>(wanted < 1 ? 1 : wanted > 25 ? 25 : wanted);
  const std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  const std::uint32_t subnormal = (mantissa + (1u << (shift - 1)) - 1u + ((mantissa >> shift) & 1u)) >> shift;
  const std::uint32_t finite = magnitude < 0x38800000u ? subnormal : normal;
  const std::uint32_t large = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;  // rounds to infinity from 65520 on
  return static_cast<std::uint16_t>(((x >> 16) & 0x8000u) | (magnitude >= 0x477ff000u ? large : finite));
}

constexpr float half_value(std::uint16_t bits) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t magnitude = bits & 0x7fffu;
  const auto subnormal =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24f);
  const std::uint32_t other = (magnitude << 13) + (magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u);
  return std::bit_cast<float>(sign | (magnitude < 0x400u ? subnormal : other));
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
template <class T>
concept built_in = requires {
  datatype_of<T>::value;
};
}  // namespace detail

// What register_struct() takes besides the size.
struct struct_text {
  std::string_view name, source;
};

// Specialized by the user, in the global namespace or in clique, for a trivially copyable T that shall be an element:
//
//   struct particle { float x, y; std::int32_t id; };
//   template <>
//   inline constexpr clique::struct_text clique::struct_of<particle>{
//       "particle", "typedef struct { float x, y; int id; } particle;"};
//
// The text must lay the struct out as C++ does; transform() compares the sizes.
template <class T>
inline constexpr struct_text struct_of{};

// T can be an element of an array.
template <class T>
concept element = detail::built_in<T> ||(!struct_of<T>.name.empty() && std::is_trivially_copyable_v<T>);

template <detail::built_in T>
inline constexpr datatype datatype_of = detail::datatype_of<T>::value;

// The datatype of any element type. The first call for a struct registers it, and throws as register_struct() does.
// Thread-safe.
template <element T>
[[nodiscard]] inline datatype type_of() noexcept(detail::built_in<T>) {
  if constexpr (detail::built_in<T>) {
    return datatype_of<T>;
  } else {
    static const datatype type = register_struct(struct_of<T>.name, sizeof(T), struct_of<T>.source);
    return type;
  }
}

}  // namespace clique
