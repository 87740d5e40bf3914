// The built-in operators on the host, against definitions that share nothing with them but the conversions of half and
// bfloat16: on hard cases, of every length, in place; identities and mean's division.
#include "core/arithmetic.hpp"
#include "core/arithmetic_loops.hpp"
#include "core/hard_cases.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using namespace clique;

namespace {

template <class T>
inline constexpr bool is_small = std::is_same_v<T, half> || std::is_same_v<T, bfloat16>;
template <class T>
inline constexpr bool is_real = std::is_floating_point_v<T> || is_small<T>;
template <class T>
inline constexpr bool is_pair = requires(T v) {
  v.index;
};
template <class T>
inline constexpr bool is_complex = requires(T v) {
  v.imag();
};

// Wider than the result, so that wrapping is cutting.
__int128 exact(op_kind kind, __int128 a, __int128 b) {
  switch (kind) {
    case op_kind::sum:
    case op_kind::mean: return a + b;
    case op_kind::prod:
      return static_cast<__int128>(static_cast<unsigned __int128>(a) * static_cast<unsigned __int128>(b));
    case op_kind::min: return a < b ? a : b;
    case op_kind::max: return a > b ? a : b;
    case op_kind::land: return a != 0 && b != 0;
    case op_kind::lor: return a != 0 || b != 0;
    case op_kind::lxor: return (a != 0) + (b != 0) == 1;
    case op_kind::band: return a & b;
    case op_kind::bor: return a | b;
    case op_kind::bxor: return a ^ b;
    default: FAIL("not an operator on integers"); return 0;
  }
}

template <class T>
T one_nan() {
  T nan{};
  if constexpr (std::is_same_v<T, half>) nan.bits = 0x7e00;
  if constexpr (std::is_same_v<T, bfloat16>) nan.bits = 0x7fc0;
  if constexpr (std::is_same_v<T, float>) nan = std::bit_cast<float>(0x7fc00000u);
  if constexpr (std::is_same_v<T, double>) nan = std::bit_cast<double>(0x7ff8000000000000u);
  return nan;
}

template <class T>
double number(T v) {
  return static_cast<double>(v);
}

// Less, with -0 below +0; neither is NaN.
template <class T>
bool below(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return a < b;
  } else {
    if (number(a) != number(b)) return number(a) < number(b);
    return std::signbit(number(a)) && !std::signbit(number(b));
  }
}
template <class T>
bool nan(T v) {
  if constexpr (std::is_integral_v<T>)
    return false;
  else
    return std::isnan(number(v));
}

// volatile: each operation rounds by itself.
template <class T>
T sum_or_product(bool sum, T a, T b) {
  if constexpr (is_small<T>) {
    const float x = a, y = b;
    const volatile float v = sum ? x + y : x * y;
    return std::isnan(v) ? one_nan<T>() : T(v);
  } else {
    const volatile T v = sum ? a + b : a * b;
    return std::isnan(v) ? one_nan<T>() : T(v);
  }
}

template <class T>
T expected(op_kind kind, const T& a, const T& b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(exact(kind, a, b));
  } else if constexpr (is_pair<T>) {
    const bool least = kind == op_kind::minloc;
    T r{};
    if (nan(a.value) || nan(b.value)) {
      r.value = one_nan<decltype(r.value)>();
      r.index = nan(a.value) && nan(b.value) ? std::min(a.index, b.index) : nan(a.value) ? a.index : b.index;
    } else if (below(a.value, b.value)) {
      r = least ? a : b;
    } else if (below(b.value, a.value)) {
      r = least ? b : a;
    } else {
      r.value = a.value;
      r.index = std::min(a.index, b.index);
    }
    return r;
  } else if constexpr (is_complex<T>) {
    using real = typename T::value_type;
    const bool sum = kind != op_kind::prod;
    if (sum) return {sum_or_product(true, a.real(), b.real()), sum_or_product(true, a.imag(), b.imag())};
    const volatile real xx = a.real() * b.real(), yy = a.imag() * b.imag();
    const volatile real xy = a.real() * b.imag(), yx = a.imag() * b.real();
    return {sum_or_product<real>(true, xx, -yy), sum_or_product<real>(true, xy, yx)};
  } else if (kind == op_kind::min || kind == op_kind::max) {
    if (nan(a) || nan(b)) return one_nan<T>();
    return below(a, b) == (kind == op_kind::min) ? a : b;
  } else {
    return sum_or_product(kind != op_kind::prod, a, b);
  }
}

// Elements as bytes, what lies between members zero.
template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t k = 0; k < values.size(); ++k) {
    std::byte* const at = bytes.data() + k * sizeof(T);
    if constexpr (is_pair<T>) {
      std::memcpy(at, &values[k].value, sizeof values[k].value);
      std::memcpy(at + offsetof(T, index), &values[k].index, sizeof values[k].index);
    } else {
      std::memcpy(at, &values[k], sizeof(T));
    }
  }
  return bytes;
}

template <class T>
std::string hexadecimal(const std::byte* at) {
  std::string text;
  for (std::size_t k = sizeof(T); k-- > 0;) {
    constexpr const char* digits = "0123456789abcdef";
    text += {digits[std::to_integer<int>(at[k]) >> 4], digits[std::to_integer<int>(at[k]) & 15]};
  }
  return text;
}

#define CLIQUE_NUMBERS                                                                                              \
  std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, \
      half, bfloat16, float, double, std::complex<float>, std::complex<double>
#define CLIQUE_PAIRS value_index<std::int32_t>, value_index<std::int64_t>, value_index<float>, value_index<double>

template <class T>
bool should_fit(op_kind kind) {
  switch (kind) {
    case op_kind::sum:
    case op_kind::prod:
    case op_kind::mean: return !is_pair<T>;
    case op_kind::min:
    case op_kind::max: return std::is_integral_v<T> || is_real<T>;
    case op_kind::minloc:
    case op_kind::maxloc: return is_pair<T>;
    default: return std::is_integral_v<T>;
  }
}

constexpr op_kind kind_of(int k) {
  return static_cast<op_kind>(k);
}

}  // namespace

TEST_CASE_TEMPLATE("every operator and type: hard cases, bit for bit", T, CLIQUE_NUMBERS, CLIQUE_PAIRS) {
  const core::hard_cases cases = core::make_hard_cases(datatype_of<T>);
  REQUIRE(cases.count >= 600);
  REQUIRE(cases.left.size() == cases.count * sizeof(T));
  std::vector<T> left(cases.count), right(cases.count), results(cases.count);
  std::memcpy(static_cast<void*>(left.data()), cases.left.data(), cases.left.size());
  std::memcpy(static_cast<void*>(right.data()), cases.right.data(), cases.right.size());
  for (int k = 0; k < builtin_op_count; ++k) {
    INFO(reduce_op(kind_of(k)).name(), " of ", std::string(name(datatype_of<T>)));
    CHECK(core::fits(kind_of(k), datatype_of<T>) == should_fit<T>(kind_of(k)));
    const core::combine combine = core::combiner(kind_of(k), datatype_of<T>);
    REQUIRE((combine != nullptr) == should_fit<T>(kind_of(k)));
    if (combine == nullptr) continue;
    for (std::size_t i = 0; i < cases.count; ++i) results[i] = expected<T>(kind_of(k), left[i], right[i]);
    const auto wanted = bytes_of(results);
    std::vector<std::byte> got(wanted.size());
    combine(cases.left.data(), cases.right.data(), got.data(), cases.count);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < cases.count; ++i) {
      const std::size_t at = i * sizeof(T);
      if (std::memcmp(&got[at], &wanted[at], sizeof(T)) == 0 || wrong++ != 0) continue;
      CHECK_MESSAGE(false, hexadecimal<T>(&cases.left[at]), " and ", hexadecimal<T>(&cases.right[at]), " make ",
                    hexadecimal<T>(&got[at]), " instead of ", hexadecimal<T>(&wanted[at]));
    }
    CHECK(wrong == 0);

    auto in_place = cases.left;
    combine(in_place.data(), cases.right.data(), in_place.data(), cases.count);
    CHECK(in_place == got);
    in_place = cases.right;
    combine(cases.left.data(), in_place.data(), in_place.data(), cases.count);
    CHECK(in_place == got);
  }
}

TEST_CASE_TEMPLATE("every length, from any address, and nothing beyond", T, CLIQUE_NUMBERS, CLIQUE_PAIRS) {
  const core::hard_cases cases = core::make_hard_cases(datatype_of<T>);
  for (int k = 0; k < builtin_op_count; ++k) {
    const core::combine combine = core::combiner(kind_of(k), datatype_of<T>);
    if (combine == nullptr) continue;
    std::vector<std::byte> whole(cases.left.size());
    combine(cases.left.data(), cases.right.data(), whole.data(), cases.count);
    for (std::size_t count = 0; count <= 70; ++count) {
      const std::size_t bytes = count * sizeof(T), from = (count % 5) * sizeof(T);
      std::vector<std::byte> left(bytes + 3), right(bytes + 1), to(bytes + 9, std::byte{0x77});
      std::memcpy(left.data() + 3, &cases.left[from], bytes);
      std::memcpy(right.data() + 1, &cases.right[from], bytes);
      combine(left.data() + 3, right.data() + 1, to.data() + 5, count);
      INFO(reduce_op(kind_of(k)).name(), " of ", count, " ", std::string(name(datatype_of<T>)));
      REQUIRE(std::memcmp(to.data() + 5, &whole[from], bytes) == 0);
      for (const std::size_t at : {std::size_t{0}, std::size_t{4}, bytes + 5, bytes + 8})
        REQUIRE(to[at] == std::byte{0x77});
    }
  }
}

TEST_CASE("registers of all widths make the same bits") {
  const core::vectors widest = core::widest;
  std::size_t compared = 0;
  for (int t = 0; t < datatype_count; ++t) {
    const auto type = static_cast<datatype>(t);
    const core::hard_cases cases = core::make_hard_cases(type);
    for (int k = 0; k < builtin_op_count; ++k) {
      std::vector<std::byte> plain(cases.left.size()), other(cases.left.size());
      if (!core::fits(kind_of(k), type)) continue;
      core::widest = core::vectors::none;
      core::combiner(kind_of(k), type)(cases.left.data(), cases.right.data(), plain.data(), cases.count);
      for (int width = 1; width <= static_cast<int>(widest); ++width) {
        core::widest = static_cast<core::vectors>(width);
        core::combiner(kind_of(k), type)(cases.left.data(), cases.right.data(), other.data(), cases.count);
        INFO(reduce_op(kind_of(k)).name(), " of ", std::string(name(type)), ", width ", width);
        CHECK(other == plain);
      }
      ++compared;
    }
  }
  core::widest = widest;
  CHECK(compared == 122);
}

TEST_CASE_TEMPLATE("identities change nothing but zeros' signs and NaN's bits", T, CLIQUE_NUMBERS, CLIQUE_PAIRS) {
  for (int k = 0; k < builtin_op_count; ++k) {
    const reduce_op op(kind_of(k));
    INFO(op.name(), " of ", std::string(name(datatype_of<T>)));
    CHECK(core::has_identity(op, datatype_of<T>) == should_fit<T>(op.kind()));
    std::vector<std::byte> identity(sizeof(T)), got(sizeof(T));
    if (!should_fit<T>(op.kind())) {
      CHECK_THROWS_AS(core::identity(op, datatype_of<T>, identity.data()), error);
      continue;
    }
    core::identity(op, datatype_of<T>, identity.data());
    const bool logical = op.kind() == op_kind::land || op.kind() == op_kind::lor || op.kind() == op_kind::lxor;
    const core::combine combine = core::combiner(op.kind(), datatype_of<T>);
    for (const int v : {0, 1, 3, 100}) {
      T value{};
      if constexpr (is_pair<T>) {
        value.value = static_cast<decltype(value.value)>(v);
        value.index = v + 1;
      } else if constexpr (is_complex<T>) {
        value = T(static_cast<typename T::value_type>(v), 2);
      } else if constexpr (std::is_integral_v<T>) {
        value = static_cast<T>(logical ? v != 0 : v);
      } else {
        value = static_cast<T>(static_cast<float>(v));
      }
      const auto bytes = bytes_of(std::vector<T>{value});
      combine(bytes.data(), identity.data(), got.data(), 1);
      CHECK(got == bytes);
      combine(identity.data(), bytes.data(), got.data(), 1);
      CHECK(got == bytes);
    }
  }
}

TEST_CASE_TEMPLATE("half and bfloat16 are rounded to the nearest, ties to even", T, half, bfloat16) {
  constexpr bool is_half = std::is_same_v<T, half>;
  constexpr int mantissa = is_half ? 10 : 7, bias = is_half ? 15 : 127;
  const auto with_bits = [](unsigned bits) {
    T v;
    v.bits = static_cast<std::uint16_t>(bits);
    return v;
  };
  const auto infinity = static_cast<unsigned>(2 * bias + 1) << mantissa;
  std::size_t wrong = 0;
  for (unsigned bits = 0; bits < infinity; ++bits) {
    const int exponent = static_cast<int>(bits >> mantissa);
    const unsigned fraction = bits & ((1u << mantissa) - 1);
    const double value = exponent == 0 ? std::ldexp(fraction, 1 - bias - mantissa)
                                       : std::ldexp(fraction + (1u << mantissa), exponent - bias - mantissa);
    wrong += static_cast<double>(float(with_bits(bits))) != value;
    wrong += std::signbit(float(with_bits(bits | 0x8000u))) == false;
    // Half-way to the next, which for the largest is where infinity begins.
    const int unit = (exponent == 0 ? 1 : exponent) - bias - mantissa;
    const float middle = static_cast<float>(value + std::ldexp(0.5, unit));
    const unsigned even = bits + (bits & 1);
    wrong += T(middle).bits != even || T(-middle).bits != (even | 0x8000u);
    wrong += T(std::nextafter(middle, 0.0f)).bits != bits;
    wrong += T(std::nextafter(middle, std::numeric_limits<float>::infinity())).bits != bits + 1;
  }
  CHECK(wrong == 0);
  CHECK(T(std::numeric_limits<float>::infinity()).bits == infinity);
  CHECK(std::isnan(float(T(std::bit_cast<float>(0x7f800001u)))));
}

TEST_CASE("the identity of an extreme is the other end") {
  std::int16_t value = 0;
  core::identity(op::max, datatype::int16, reinterpret_cast<std::byte*>(&value));
  CHECK(value == -32768);
  half low{};
  core::identity(op::max, datatype::half, reinterpret_cast<std::byte*>(&low));
  CHECK(low.bits == 0xfc00);
  value_index<double> pair{};
  core::identity(op::minloc, datatype::float64_index, reinterpret_cast<std::byte*>(&pair));
  CHECK(pair.value == std::numeric_limits<double>::infinity());
  CHECK(pair.index == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("mean divides once, integers towards zero") {
  const auto divided = []<class T>(std::vector<T> values, std::size_t by) {
    core::divide(datatype_of<T>, reinterpret_cast<std::byte*>(values.data()), values.size(), by);
    return values;
  };
  CHECK(divided(std::vector<std::int8_t>{-7, 7, -128, 127}, 2) == std::vector<std::int8_t>{-3, 3, -64, 63});
  CHECK(divided(std::vector<std::int8_t>{-128, 127}, 300) == std::vector<std::int8_t>{0, 0});
  CHECK(divided(std::vector<std::uint8_t>{255, 7}, 2) == std::vector<std::uint8_t>{127, 3});
  CHECK(divided(std::vector<std::int32_t>{-2147483647 - 1}, 3) == std::vector<std::int32_t>{-715827882});
  CHECK(divided(std::vector<std::int64_t>{-9}, 4) == std::vector<std::int64_t>{-2});
  CHECK(divided(std::vector<std::uint64_t>{~std::uint64_t{0}}, 2) == std::vector<std::uint64_t>{~std::uint64_t{0} / 2});
  CHECK(divided(std::vector<float>{1, -2}, 3) == std::vector<float>{1.0f / 3.0f, -2.0f / 3.0f});
  CHECK(divided(std::vector<double>{1, 0x1p-1074}, 3) == std::vector<double>{1.0 / 3.0, 0});
  CHECK(divided(std::vector<half>{1.0f}, 3)[0].bits == half(1.0f / 3.0f).bits);
  CHECK(divided(std::vector<bfloat16>{1.0f}, 3)[0].bits == bfloat16(1.0f / 3.0f).bits);
  using complex = std::complex<float>;
  CHECK(divided(std::vector<complex>{{3, -1}}, 2) == std::vector<complex>{{1.5f, -0.5f}});
  const float nan = divided(std::vector<float>{-std::numeric_limits<float>::quiet_NaN()}, 2)[0];
  CHECK(std::bit_cast<std::uint32_t>(nan) == 0x7fc00000u);
  CHECK(divided(std::vector<half>{half(std::bit_cast<float>(0xffc12345u))}, 2)[0].bits == 0x7e00);
}
