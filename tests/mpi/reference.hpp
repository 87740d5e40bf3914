// What a reduction has to give, written down once more, for bits.cpp: it shares nothing with the library.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>
#include <vector>

namespace reference {

template <class T>
using combine = std::function<T(T, T)>;
template <class T>
using finish = std::function<T(T)>;

// Element by element the reduction of vectors [first, first + ranks): of the lower 1, 2, 4... ranks, the largest power
// of two that leaves some, and of the rest.
template <class T>
std::vector<T> tree(const std::vector<std::vector<T>>& of, std::size_t first, std::size_t ranks,
                    const combine<T>& join) {
  if (ranks == 1) return of[first];
  std::size_t lower = 1;
  while (2 * lower < ranks) lower *= 2;
  std::vector<T> left = tree(of, first, lower, join);
  const std::vector<T> right = tree(of, first + lower, ranks - lower, join);
  for (std::size_t k = 0; k < left.size(); ++k) left[k] = join(left[k], right[k]);
  return left;
}

class generator {  // splitmix64 (Steele, Lea and Flood, OOPSLA'14)
 public:
  explicit generator(std::uint64_t seed) : state_(seed * 0xd1342543de82ef95u) {}
  std::uint64_t operator()() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
  // Of both signs and magnitudes from 1/64 to 64, so that sums round.
  double real() {
    const std::uint64_t bits = (*this)();
    const double mantissa = 1 + static_cast<double>(bits >> 12) * 0x1p-52;
    const double scaled = mantissa * static_cast<double>(1u << (bits % 12)) / 64;
    return (bits & 0x800u) != 0 ? -scaled : scaled;
  }

 private:
  std::uint64_t state_;
};

template <class T>
struct is_complex : std::false_type {};
template <class T>
struct is_complex<std::complex<T>> : std::true_type {};

template <class T>
std::vector<T> random(std::uint64_t seed, std::size_t count) {
  generator next(seed + 1);
  std::vector<T> result(count);
  for (T& each : result) {
    if constexpr (is_complex<T>::value) {
      const double real = next.real(), imaginary = next.real();
      each = {static_cast<typename T::value_type>(real), static_cast<typename T::value_type>(imaginary)};
    } else if constexpr (std::is_convertible_v<float, T> && !std::is_integral_v<T>) {
      each = T(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(next.real()));
    } else {  // integers, and structs of them
      static_assert(sizeof(T) <= sizeof(std::uint64_t));
      const std::uint64_t bits = next();
      std::memcpy(&each, &bits, sizeof each);
    }
  }
  return result;
}

// FNV-1a over words of eight bytes, the last one filled up.
class checksum {
 public:
  void add(const void* data, std::size_t bytes) {
    const auto* const at = static_cast<const unsigned char*>(data);
    for (std::size_t k = 0; k < bytes; k += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at + k, bytes - k < 8 ? bytes - k : 8);
      state_ = (state_ ^ word) * 0x100000001b3u;
      state_ ^= state_ >> 29;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace reference
