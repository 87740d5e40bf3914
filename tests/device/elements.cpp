// Every type x fill, arange, random, transform, copies: the device against the host, with canaries around.
#include "support.hpp"

using namespace test;

namespace {

constexpr std::size_t counts[] = {0, 1, 255, 256, 1000};

template <class T>
T host_arange(T start, T step, std::size_t i) {
  if constexpr (is_complex<T>) {
    using real = typename T::value_type;
    return {start.real() + static_cast<real>(i) * step.real(), start.imag() + static_cast<real>(i) * step.imag()};
  } else if constexpr (is_small_float<T>) {
    return T(float(start) + static_cast<float>(i) * float(step));
  } else if constexpr (std::is_floating_point_v<T>) {
    return start + static_cast<T>(i) * step;
  } else {
    return static_cast<T>(static_cast<std::uint64_t>(start) + i * static_cast<std::uint64_t>(step));
  }
}

template <class T>
T host_product_sum(T x, T y, T s) {  // x * y + s, by the formula of the documentation
  if constexpr (is_complex<T>) {
    return {x.real() * y.real() - x.imag() * y.imag() + s.real(), x.real() * y.imag() + x.imag() * y.real() + s.imag()};
  } else if constexpr (is_small_float<T>) {
    return T(float(x) * float(y) + float(s));
  } else {
    return static_cast<T>(x * y + s);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("fill", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  for (const std::size_t count : counts) {
    const T value = value_of<T>(-7);
    check_window(std::vector<T>(count, value), [&](clique::span<T> out) { clique::fill(dev(), out.region(), &value); });
  }
}

TEST_CASE_TEMPLATE("arange", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  const T start = value_of<T>(-5), step = value_of<T>(3);
  for (const std::size_t count : counts) {
    std::vector<T> expected(count);
    for (std::size_t i = 0; i < count; ++i) expected[i] = host_arange(start, step, i);
    check_window(expected, [&](clique::span<T> out) { clique::arange(dev(), out.region(), &start, &step); });
  }
}

TEST_CASE_TEMPLATE("random is random_at of seed and index", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  constexpr std::uint64_t seed = 0x123456789abcdef0u, first = (std::uint64_t{1} << 32) - 500;  // crosses a word
  for (const std::size_t count : counts) {
    std::vector<T> expected(count);
    for (std::size_t i = 0; i < count; ++i) expected[i] = clique::random_at<T>(seed, first + i);
    check_window(expected, [&](clique::span<T> out) { clique::random(dev(), out.region(), seed, first); });
  }
}

TEST_CASE("random is Philox4x32-10, uniform, in [0, 1)") {
  // The published known answer of counter 0, key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
  CHECK(clique::random_at<std::uint32_t>(0, 0) == 0x6627e8d5u);
  CHECK(clique::random_at<std::uint64_t>(0, 0) == 0xe169c58d6627e8d5u);
  CHECK(clique::random_at<std::complex<double>>(0, 0).imag() ==
        static_cast<double>(0x9b00dbd8bc57ac4cu >> 11) * 0x1p-53);
  double sum = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const auto x = clique::random_at<float>(1, i);
    REQUIRE((x >= 0 && x < 1));
    sum += x;
  }
  CHECK(std::abs(sum / 10000 - 0.5) < 0.02);
  CHECK(clique::random_at<float>(1, 5) != clique::random_at<float>(2, 5));
}

TEST_CASE_TEMPLATE("transform computes as the host does", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  const T s = value_of<T>(2);
  for (const std::size_t count : counts) {
    std::vector<T> x(count), y(count), expected(count);
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = value_of<T>(static_cast<int>(i % 11));
      y[i] = clique::random_at<T>(3, i);
      if constexpr (std::is_integral_v<T>) y[i] = static_cast<T>(y[i] & T(15));
      expected[i] = host_product_sum(x[i], y[i], s);
    }
    clique::array<T> a(dev(), count + 5), b(dev(), count);
    clique::copy_from(dev(), a.subspan(5, count).region(), x.data(), count);
    b.copy_from(y);
    check_window(expected, [&](clique::span<T> out) {
      clique::transform(dev(), out, is_complex<T> ? "cmul(x, y) + s" : "x * y + s",
                        {{"x", a.subspan(5, count)}, {"y", b}, {"s", s}});
    });
  }
}

TEST_CASE_TEMPLATE("copies to and from the host keep to their window", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  for (const std::size_t count : counts) {
    std::vector<T> values(count), back(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = clique::random_at<T>(9, i);
    check_window(values, [&](clique::span<T> out) {
      clique::copy_from(dev(), out.region(), values.data(), count);
      clique::copy_to(dev(), out.region(), back.data(), count);
    });
    check_same(back, values);
  }
}

TEST_CASE("regions that do not fit are refused, with the numbers") {
  clique::array<float> a(dev(), 100);
  const float one = 1;
  const auto beyond = thrown_by([&] { clique::fill(dev(), a.subspan(90, 11).region(), &one); });
  CHECK(beyond.code == clique::status::invalid_argument);
  CHECK(beyond.says("90+11"));
  CHECK(beyond.says("holds 100 elements"));
  const auto far = thrown_by([&] { clique::fill(dev(), a.subspan(~std::size_t{0}, 2).region(), &one); });
  CHECK(far.code == clique::status::invalid_argument);
  const auto null = thrown_by([&] { clique::random(dev(), clique::region{nullptr, 0, 3, clique::datatype::int8}, 1); });
  CHECK(null.says("null buffer"));
  std::vector<float> few(99);
  const auto other = thrown_by([&] { a.copy_from(few); });
  CHECK(other.code == clique::status::invalid_argument);
  CHECK(other.says("100"));
  CHECK(other.says("99"));
  clique::fill(dev(), clique::region{}, &one);  // an empty region needs no buffer
}
