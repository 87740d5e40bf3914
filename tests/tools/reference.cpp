// The check's own definition of the reductions, on values worked out by hand: were it wrong, or did it agree with
// anything, `clique bench --check-only` would say nothing.
#include "reference.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

using namespace clique;
using namespace clique::tools;

namespace {

const reference_op& find(const std::vector<reference_op>& all, const std::string& name) {
  for (const reference_op& each : all)
    if (each.name == name) return each;
  FAIL("no operator ", name);
  return all.front();
}

template <class T>
T reduced(const char* op, std::vector<T> values) {
  const auto all = operators_of(type_of<T>());
  std::vector<const std::byte*> ranks;
  for (const T& each : values) ranks.push_back(reinterpret_cast<const std::byte*>(&each));
  T result;
  reduce_tree(find(all, op), sizeof(T), ranks, 1, reinterpret_cast<std::byte*>(&result));
  if (const auto divide = find(all, op).divide)
    divide(reinterpret_cast<std::byte*>(&result), 1, static_cast<int>(values.size()));
  return result;
}

}  // namespace

TEST_CASE("reference: every type has the operators that fit it, and one of a user's but for pairs") {
  std::size_t pairs = 0;
  for (int k = 0; k < datatype_count; ++k) {
    const auto type = static_cast<datatype>(k);
    const std::size_t wanted = type <= datatype::uint64       ? 12
                               : type <= datatype::float64    ? 6
                               : type <= datatype::complex128 ? 4
                                                              : 2;
    CAPTURE(std::string(name(type)));
    CHECK(operators_of(type).size() == wanted + (type == datatype::int32 ? 1 : 0));
    pairs += operators_of(type).size();
  }
  CHECK(pairs == 8 * 12 + 1 + 4 * 6 + 2 * 4 + 4 * 2);
  CHECK(operators_of(type_of<affine>()).size() == 1);
}

TEST_CASE("reference: integers wrap, means are cut towards zero") {
  CHECK(reduced<std::int8_t>("sum", {100, 100}) == -56);
  CHECK(reduced<std::uint16_t>("prod", {65535, 65535}) == 1);
  CHECK(reduced<std::int32_t>("min", {3, -7, 5}) == -7);
  CHECK(reduced<std::uint32_t>("min", {3, static_cast<std::uint32_t>(-7), 5}) == 3);
  CHECK(reduced<std::int64_t>("land", {2, 4}) == 1);
  CHECK(reduced<std::int64_t>("lxor", {2, 4}) == 0);
  CHECK(reduced<std::uint8_t>("band", {6, 3}) == 2);
  CHECK(reduced<std::int32_t>("mean", {-3, -4}) == -3);
  CHECK(reduced<std::uint64_t>("mean", {~std::uint64_t{0}, 0}) == ~std::uint64_t{0} / 2);
}

TEST_CASE("reference: floating point: -0, NaN, and the one association") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::signbit(reduced<float>("min", {0.0f, -0.0f})));
  CHECK_FALSE(std::signbit(reduced<float>("max", {-0.0f, 0.0f})));
  CHECK(std::isnan(reduced<double>("min", {1.0, std::numeric_limits<double>::quiet_NaN()})));
  CHECK(std::bit_cast<std::uint32_t>(reduced<float>("sum", {-nan, 1.0f})) == 0x7fc00000u);
  CHECK(reduced<half>("sum", {half(2048.0f), half(1.0f)}).bits == half(2048.0f).bits);
  CHECK(reduced<std::complex<float>>("prod", {{1, 2}, {3, 4}}) == std::complex<float>(-5, 10));
  // 2^24 takes no 1, but takes 1 + 1: (x + 1) + (1 + 1), and of three ranks (x + 1) + 1; five are four and one.
  constexpr float x = 16777216.0f;
  CHECK(reduced<float>("sum", {x, 1, 1, 1}) == x + 2);
  CHECK(reduced<float>("sum", {x, 1, 1}) == x);
  CHECK(reduced<float>("sum", {1, 1, x}) == x + 2);
  CHECK(reduced<float>("sum", {x, 0, 0, 1, 1}) == x);
  CHECK(reduced<float>("sum", {0, 0, 0, x, 1, 1}) == x + 2);
}

TEST_CASE("reference: pairs and users' own") {
  using pair = value_index<float>;
  const pair tie = reduced<pair>("minloc", {{2, 7}, {1, 5}, {1, 3}});
  CHECK(tie.value == 1);
  CHECK(tie.index == 3);
  const pair none = reduced<pair>("maxloc", {{2, 1}, {std::nanf(""), 9}, {5, 0}});
  CHECK(std::isnan(none.value));
  CHECK(none.index == 9);
  CHECK(reduced<std::int32_t>("user expression", {1, 6}) == (1 ^ 3));
  CHECK(reduced<std::int32_t>("user expression", {6, 1}) == 6);
  CHECK(reduced<std::int32_t>("user body", {1, 6}) == 0);
  CHECK(reduced<float>("user expression", {1, 2, 4, 8}) == (1 * 0.5f + 2) * 0.5f + (4 * 0.5f + 8));
  // x -> 2x + 1, then x -> 3x + 5: 6x + 8.
  const affine both = reduced<affine>("user body", {{2, 1, 1}, {3, 5, 2}});
  CHECK(both.m == 6);
  CHECK(both.c == 8);
  CHECK(both.hash == 33);
}
