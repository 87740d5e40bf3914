#include "elements.hpp"

#include "chance.hpp"

#include <algorithm>
#include <complex>
#include <cstring>
#include <span>

namespace storm {
namespace {

using index_pair = clique::value_index<std::int32_t>;
using complex = std::complex<float>;

// A value for fill and arange: of floating-point types exact in all of them, so that sums of a few are.
template <class T>
T value_of(std::uint64_t seed) {
  const auto some = static_cast<std::int32_t>(seed >> 7 & 127);
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(seed);
  else if constexpr (std::is_same_v<T, complex>)
    return complex(static_cast<float>(some) / 4, static_cast<float>(seed & 31) / 2);
  else if constexpr (std::is_same_v<T, index_pair>)
    return {some, static_cast<std::int32_t>(seed & 1023)};
  else if constexpr (std::is_same_v<T, particle>)
    return {static_cast<float>(some) / 4, static_cast<float>(seed & 31) / 2, static_cast<std::int32_t>(seed & 65535)};
  else
    return T(static_cast<float>(some) / 4);
}

// start + i * step, as the kernel computes it. The steps of floating-point types are 1/4 or 1/2.
template <class T>
T arange_at(T start, T step, std::size_t i) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(start) + static_cast<std::uint64_t>(step) * i);
  } else if constexpr (std::is_same_v<T, complex>) {
    const auto k = static_cast<float>(i);
    return {start.real() + k * step.real(), start.imag() + k * step.imag()};
  } else {
    using real = std::conditional_t<std::is_same_v<T, double>, double, float>;
    return T(static_cast<real>(start) + static_cast<real>(i) * static_cast<real>(step));
  }
}

// The kernel of transform, where `x` is the element: its text, and the same here. What floating-point ones compute is
// exact before it is rounded to storage, contracted or not.
template <class T>
constexpr const char* transformed_text() {
  if constexpr (std::is_integral_v<T>) return "x ^ i";
  if constexpr (std::is_same_v<T, complex>) return "x * 0.5f + (float2)(1.0f, 2.0f)";
  if constexpr (std::is_same_v<T, index_pair>) return "(int32_index){x.value ^ (int)(i & 63), (int)i}";
  if constexpr (std::is_same_v<T, particle>) return "(particle){x.y, x.x, x.id ^ (int)i}";
  return std::is_same_v<T, double> ? "x * 0.5 + 1.0" : "x * 0.5f + 1.0f";
}
template <class T>
T transformed(T x, std::size_t i) {
  const auto k = static_cast<std::int32_t>(i);
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) ^ i);
  else if constexpr (std::is_same_v<T, complex>)
    return {x.real() * 0.5f + 1.0f, x.imag() * 0.5f + 2.0f};
  else if constexpr (std::is_same_v<T, index_pair>)
    return {x.value ^ (k & 63), k};
  else if constexpr (std::is_same_v<T, particle>)
    return {x.y, x.x, x.id ^ k};
  else if constexpr (std::is_same_v<T, double>)
    return x * 0.5 + 1.0;
  else
    return T(static_cast<float>(x) * 0.5f + 1.0f);
}

template <class T, class F>
operator_row row(clique::reduce_op op, F&& combine) {
  return {std::move(op),
          [combine](std::byte* left, const std::byte* right, std::size_t count) {
            for (std::size_t k = 0; k < count; ++k) {
              T a, b;
              std::memcpy(&a, left + k * sizeof(T), sizeof(T));
              std::memcpy(&b, right + k * sizeof(T), sizeof(T));
              const T result = combine(a, b);
              std::memcpy(left + k * sizeof(T), &result, sizeof(T));
            }
          },
          {}};
}

operator_row mean_of_int32() {
  operator_row result = row<std::uint32_t>(clique::op::mean, [](auto a, auto b) { return a + b; });
  result.finish = [](std::byte* values, std::size_t count, int ranks) {
    for (std::size_t k = 0; k < count; ++k) {
      std::int32_t sum;
      std::memcpy(&sum, values + k * sizeof sum, sizeof sum);
      sum /= ranks;
      std::memcpy(values + k * sizeof sum, &sum, sizeof sum);
    }
  };
  return result;
}

template <class T>
class row_of final : public element_row {
 public:
  explicit row_of(std::vector<operator_row> with) : element_row(clique::type_of<T>(), std::move(with)) {}

  void enqueue(const clique::device& where, const clique::region& at, const touch& how) const override {
    const T start = value_of<T>(how.seed), step = step_of(how.seed);
    switch (what(how)) {
      case 0: return clique::fill(where, at, &start);
      case 1: return clique::arange(where, at, &start, &step);
      case 2: return clique::random(where, at, how.seed, how.seed >> 40);
      default: {
        const clique::arg self("x", at);
        clique::transform(where, at, transformed_text<T>(), std::span(&self, 1));
      }
    }
  }

  void expect(std::byte* at, std::size_t count, const touch& how) const override {
    const T start = value_of<T>(how.seed), step = step_of(how.seed);
    const int chosen = what(how);
    for (std::size_t k = 0; k < count; ++k) {
      T x{};
      if (chosen == 0)
        x = start;
      else if (chosen == 2)
        clique::random_at(type, how.seed, (how.seed >> 40) + k, &x);
      else if (chosen == 3) {
        std::memcpy(&x, at + k * sizeof(T), sizeof(T));
        x = transformed(x, k);
      } else if constexpr (numbers) {
        x = arange_at(start, step, k);
      }
      std::memcpy(at + k * sizeof(T), &x, sizeof(T));
    }
  }

 private:
  static constexpr bool numbers = !std::is_same_v<T, particle> && !std::is_same_v<T, index_pair>;
  static int what(const touch& how) { return !numbers && (how.what == 1 || how.what == 2) ? 0 : how.what; }
  static T step_of(std::uint64_t seed) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(seed >> 9);
    else if constexpr (numbers)
      return T(seed % 2 == 0 ? 0.25f : 0.5f);
    else
      return {};
  }
};

}  // namespace

std::vector<std::unique_ptr<element_row>> element_rows(const clique::device& where) {
  using clique::reduce_op;
  namespace op = clique::op;
  const auto plus = [](auto a, auto b) { return a + b; };
  std::vector<std::unique_ptr<element_row>> rows;
  const auto add = [&]<class T>(T, std::vector<operator_row> with) {
    rows.push_back(std::make_unique<row_of<T>>(std::move(with)));
  };
  // The first one is bytes: alltoallw moves blocks of all types in its buffers.
  add(std::uint8_t{}, {row<std::uint8_t>(op::bxor, [](int a, int b) { return static_cast<std::uint8_t>(a ^ b); })});
  add(std::int32_t{}, {row<std::uint32_t>(op::sum, plus), mean_of_int32(),
                       // Neither commutative nor associative: only the one tree gives this.
                       row<std::uint32_t>(reduce_op::expression("(int)((uint)a * 31u + (uint)b)"),
                                          [](std::uint32_t a, std::uint32_t b) { return a * 31u + b; })});
  add(std::int64_t{}, {row<std::int64_t>(op::max, [](auto a, auto b) { return std::max(a, b); })});
  add(float{}, {row<float>(op::sum, plus)});
  add(clique::half{}, {row<clique::half>(op::sum, [](float a, float b) { return clique::half(a + b); })});
  add(complex{}, {row<complex>(op::sum, plus)});
  add(index_pair{}, {row<index_pair>(op::minloc, [](const index_pair& a, const index_pair& b) {
        return b.value < a.value || (b.value == a.value && b.index < a.index) ? b : a;
      })});
  add(particle{}, {row<particle>(reduce_op::body("particle c; c.x = a.x + b.x; c.y = b.y;"
                                                 " c.id = (int)((uint)a.id * 31u + (uint)b.id); return c;"),
                                 [](const particle& a, const particle& b) {
                                   const auto id =
                                       static_cast<std::uint32_t>(a.id) * 31u + static_cast<std::uint32_t>(b.id);
                                   return particle{a.x + b.x, b.y, static_cast<std::int32_t>(id)};
                                 })});
  if (where.info().fp64) add(double{}, {row<double>(op::min, [](double a, double b) { return std::min(a, b); })});
  return rows;
}

}  // namespace storm
