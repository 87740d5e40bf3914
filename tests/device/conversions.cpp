// half and bfloat16: all bit patterns and the floats where rounding is hard, device against host.
#include "support.hpp"

#include <bit>
#include <limits>

using namespace test;

namespace {

// Every value of the type, the points half-way to the next, and the floats beside those.
template <class T>
std::vector<float> hard_floats() {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> all{0.0f,
                         -0.0f,
                         infinity,
                         -infinity,
                         std::numeric_limits<float>::quiet_NaN(),
                         std::numeric_limits<float>::max(),
                         std::numeric_limits<float>::denorm_min()};
  all.push_back(std::bit_cast<float>(0x7f800001u));  // a NaN that loses all its set bits when cut
  all.push_back(std::bit_cast<float>(0xff800001u));
  const unsigned stride =
      static_cast<unsigned>(reduced("values of 16-bit types whose neighbourhood is rounded", 1, 37));
  for (unsigned bits = 0; bits < 65535; bits += stride) {
    T here, next;
    here.bits = static_cast<std::uint16_t>(bits);
    next.bits = static_cast<std::uint16_t>(bits + 1);
    const auto a = std::bit_cast<std::uint32_t>(float(here)), b = std::bit_cast<std::uint32_t>(float(next));
    const float middle = std::bit_cast<float>(a + (b - a) / 2);
    all.push_back(middle);
    all.push_back(std::bit_cast<float>(std::bit_cast<std::uint32_t>(middle) - 1));
    all.push_back(std::bit_cast<float>(std::bit_cast<std::uint32_t>(middle) + 1));
  }
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("all bit patterns become the floats that the host makes of them, and come back", T, clique::half,
                   clique::bfloat16) {
  std::vector<T> patterns(65536);
  std::vector<float> expected(65536);
  for (unsigned bits = 0; bits < 65536; ++bits) {
    patterns[bits].bits = static_cast<std::uint16_t>(bits);
    expected[bits] = patterns[bits];
  }
  clique::array<T> in(dev(), 65536), back(dev(), 65536);
  clique::array<float> out(dev(), 65536);
  in.copy_from(patterns);
  clique::transform(dev(), out, "x", {{"x", in}});
  clique::transform(dev(), back, "x", {{"x", in}});
  check_same(out.to_host(), expected);
  check_same(back.to_host(), patterns);
}

TEST_CASE_TEMPLATE("floats are rounded as on the host", T, clique::half, clique::bfloat16) {
  const std::vector<float> values = hard_floats<T>();
  std::vector<T> expected(values.size());
  for (std::size_t k = 0; k < values.size(); ++k) expected[k] = T(values[k]);
  clique::array<float> in(dev(), values.size());
  clique::array<T> out(dev(), values.size());
  in.copy_from(values);
  clique::transform(dev(), out, "x", {{"x", in}});
  check_same(out.to_host(), expected);
}
