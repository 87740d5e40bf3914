// What all device tests use: the device under test, sizes that fit it, and comparison bit by bit.
#pragma once

#include <clique/array.hpp>
#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace test {

// The device that device::choose() gives; one for the whole run.
const clique::device& dev();

// A simulator (Oclgrind) runs fewer of the many, and says so once per name.
std::size_t reduced(const char* what, std::size_t many, std::size_t few);

// A directory of this run, removed at its end.
const std::string& scratch();

#define CLIQUE_TEST_TYPES                                                                                           \
  std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, \
      clique::half, clique::bfloat16, float, double, std::complex<float>, std::complex<double>

template <class T>
inline constexpr bool is_complex = std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;
template <class T>
inline constexpr bool is_small_float = std::is_same_v<T, clique::half> || std::is_same_v<T, clique::bfloat16>;

// Equal bits, or both NaN.
template <class T>
bool same(const T& a, const T& b) {
  if (std::memcmp(&a, &b, sizeof a) == 0) return true;
  if constexpr (is_complex<T>) {
    return same(a.real(), b.real()) && same(a.imag(), b.imag());
  } else if constexpr (std::is_floating_point_v<T> || is_small_float<T>) {
    return std::isnan(static_cast<double>(a)) && std::isnan(static_cast<double>(b));
  }
  return false;
}

// How many differ, and the first place; one CHECK instead of thousands.
template <class T>
void check_same(const std::vector<T>& got, const std::vector<T>& expected) {
  REQUIRE(got.size() == expected.size());
  std::size_t wrong = 0, first = 0;
  for (std::size_t k = 0; k < got.size(); ++k) {
    if (!same(got[k], expected[k]) && wrong++ == 0) first = k;
  }
  INFO("first of ", got.size(), " that differ is ", first);
  CHECK(wrong == 0);
}

// A value of T from a small integer.
template <class T>
T value_of(int v) {
  if constexpr (is_complex<T>) {
    using real = typename T::value_type;
    return T(static_cast<real>(v), static_cast<real>(v) / 2);
  } else if constexpr (std::is_floating_point_v<T> || is_small_float<T>) {
    return T(static_cast<float>(v) * 0.25f);
  } else {
    return static_cast<T>(v);
  }
}

// Runs `operation` on elements [before, before + expected.size()) of a larger array that is full of canaries, and
// checks that these became `expected` and that all others are as they were.
template <class T, class Operation>
void check_window(const std::vector<T>& expected, Operation operation) {
  constexpr std::size_t before = 37, after = 41;
  std::vector<T> all(before + expected.size() + after);
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = value_of<T>(static_cast<int>(k % 100) + 3);
  clique::array<T> target(dev(), all.size());
  target.copy_from(all);
  operation(target.subspan(before, expected.size()));
  std::copy(expected.begin(), expected.end(), all.begin() + before);
  check_same(target.to_host(), all);
}

// True where the device has T; otherwise checks that it says so.
template <class T>
bool supported() {
  constexpr bool wide = std::is_same_v<T, double> || std::is_same_v<T, std::complex<double>> ||
                        std::is_same_v<T, clique::value_index<double>>;
  if (dev().info().fp64 || !wide) return true;
  bool refused = false;
  try {
    const clique::array<T> none(dev(), 4);
  } catch (const clique::error& fault) {
    refused = fault.code() == clique::status::unsupported &&
              std::string(fault.what()).find(clique::name(clique::type_of<T>())) != std::string::npos;
  }
  CHECK(refused);
  return false;
}

// The code and text of what `call` throws; success if nothing.
struct thrown {
  clique::status code = clique::status::success;
  std::string text;
  [[nodiscard]] bool says(const std::string& part) const { return text.find(part) != std::string::npos; }
};
template <class Call>
thrown thrown_by(Call call) {
  try {
    call();
  } catch (const clique::error& fault) {
    return {fault.code(), fault.what()};
  }
  return {};
}

}  // namespace test
