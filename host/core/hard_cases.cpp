#include "core/hard_cases.hpp"

#include "core/float_format.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>

namespace clique::core {
namespace {

using generator = std::mt19937_64;

// A kind of component (an integer, or a floating-point number as integer of its bits): its hard values, and random ones
// that are close to each other.
template <class T>
struct integers {
  using bits = T;
  static std::vector<T> hard() {
    const T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    const T root = static_cast<T>(T{1} << (4 * sizeof(T)));  // its square is the first to leave the type
    return {0,
            1,
            2,
            3,
            static_cast<T>(-1),
            low,
            high,
            static_cast<T>(low + 1),
            static_cast<T>(high - 1),
            static_cast<T>(high / 2 + 1),
            static_cast<T>(high / 3),
            root,
            static_cast<T>(root - 1),
            static_cast<T>(-root)};
  }
  static T close(generator& random) { return static_cast<T>(random() % 5); }
};

template <class Format, int MantissaBits>
struct numbers {
  using bits = typename Format::bits;
  static constexpr bits unit = static_cast<bits>(bits{1} << MantissaBits);  // 1 of the exponent
  static constexpr bits one = static_cast<bits>((Format::infinity / unit / 2) * unit);
  static std::vector<bits> hard() {
    const auto power = [](int exponent) { return static_cast<bits>(one + exponent * unit); };
    std::vector<bits> all;
    for (const bits each :
         {bits{0}, bits{1}, static_cast<bits>(unit - 1), unit, one, static_cast<bits>(one + 1), power(-1), power(1),
          power(-MantissaBits - 1), static_cast<bits>(power(-MantissaBits - 1) + 1),
          static_cast<bits>(power(-MantissaBits) + unit / 2), power(MantissaBits),
          static_cast<bits>(Format::infinity - 1), Format::infinity, Format::nan,
          static_cast<bits>(Format::infinity + 1), static_cast<bits>(Format::nan + 5)}) {
      all.push_back(each);
      all.push_back(static_cast<bits>(each | ~Format::largest));  // the same, negative
    }
    return all;
  }
  // Within a few powers of two of 1, of either sign.
  static bits close(generator& random) {
    const auto exponent = static_cast<bits>(random() % 7) - 3;
    const auto mantissa = static_cast<bits>(random() % static_cast<std::uint64_t>(unit));
    const auto magnitude = static_cast<bits>(one + exponent * unit + mantissa);
    return random() % 2 != 0 ? magnitude : static_cast<bits>(magnitude | ~Format::largest);
  }
};

// Writes elements, each of `Parts` components, or of a component, an index and what fills the element up.
template <class Numbers, int Parts>
struct table {
  using bits = typename Numbers::bits;
  static constexpr bool pairs = Parts == 0;
  static constexpr std::size_t element = pairs ? 2 * sizeof(bits) : static_cast<std::size_t>(Parts) * sizeof(bits);

  std::vector<bits> hard = Numbers::hard();
  generator random{20250101};
  hard_cases cases{};

  template <class Component>
  void element_of(std::vector<std::byte>& to, Component component) {
    std::array<std::byte, element> bytes{};
    for (int k = 0; k < (pairs ? 1 : Parts); ++k) {
      const bits value = component(k);
      std::memcpy(bytes.data() + static_cast<std::size_t>(k) * sizeof(bits), &value, sizeof value);
    }
    if constexpr (pairs) {
      constexpr std::array<std::int32_t, 6> indices{
          0, 1, 7, -1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
      const std::int32_t index = indices[random() % indices.size()];
      std::memset(bytes.data() + sizeof(bits), 0xa5, element - sizeof(bits));  // must not get into a result
      std::memcpy(bytes.data() + sizeof(bits), &index, sizeof index);
    }
    to.insert(to.end(), bytes.begin(), bytes.end());
  }
  template <class Left, class Right>
  void add(Left left, Right right) {
    element_of(cases.left, left);
    element_of(cases.right, right);
    ++cases.count;
  }

  hard_cases make() {
    for (std::size_t a = 0; a < hard.size(); ++a) {
      for (std::size_t b = 0; b < hard.size(); ++b) {
        const auto of = [&](std::size_t first) {
          return [this, first](int part) { return hard[(first + 5 * static_cast<std::size_t>(part)) % hard.size()]; };
        };
        add(of(a), of(b));
      }
    }
    const auto any_hard = [this](int) { return hard[random() % hard.size()]; };
    const auto any_bits = [this](int) { return static_cast<bits>(random()); };
    const auto any_close = [this](int) { return Numbers::close(random); };
    for (int k = 0; k < 128; ++k) {
      add(any_hard, any_hard);
      add(any_bits, any_bits);
      add(any_close, any_close);
      add(any_close, any_close);
    }
    return std::move(cases);
  }
};

}  // namespace

hard_cases make_hard_cases(datatype type) {
  switch (type) {
    case datatype::int8: return table<integers<std::int8_t>, 1>().make();
    case datatype::uint8: return table<integers<std::uint8_t>, 1>().make();
    case datatype::int16: return table<integers<std::int16_t>, 1>().make();
    case datatype::uint16: return table<integers<std::uint16_t>, 1>().make();
    case datatype::int32: return table<integers<std::int32_t>, 1>().make();
    case datatype::uint32: return table<integers<std::uint32_t>, 1>().make();
    case datatype::int64: return table<integers<std::int64_t>, 1>().make();
    case datatype::uint64: return table<integers<std::uint64_t>, 1>().make();
    case datatype::half: return table<numbers<format_half, 10>, 1>().make();
    case datatype::bfloat16: return table<numbers<format_bfloat16, 7>, 1>().make();
    case datatype::float32: return table<numbers<format_float32, 23>, 1>().make();
    case datatype::float64: return table<numbers<format_float64, 52>, 1>().make();
    case datatype::complex64: return table<numbers<format_float32, 23>, 2>().make();
    case datatype::complex128: return table<numbers<format_float64, 52>, 2>().make();
    case datatype::int32_index: return table<integers<std::int32_t>, 0>().make();
    case datatype::int64_index: return table<integers<std::int64_t>, 0>().make();
    case datatype::float32_index: return table<numbers<format_float32, 23>, 0>().make();
    case datatype::float64_index: return table<numbers<format_float64, 52>, 0>().make();
  }
  return {};
}

}  // namespace clique::core
