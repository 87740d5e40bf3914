// What the families of element types share: the loop over elements, compiled for the widest registers that the
// processor has.
//
// An operator on elements is a struct with a type `element`, trivially copyable, and `static element apply(element,
// element)`. GCC vectorizes such loops at -O3 only, which host/CMakeLists.txt asks for.
#pragma once

#include "core/arithmetic.hpp"
#include "core/float_format.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace clique::core {

// The combiners of each family; null where the operator does not fit the type, or the type is another family's.
combine integer_combiner(op_kind kind, datatype type) noexcept;
combine real_combiner(op_kind kind, datatype type) noexcept;     // half, bfloat16, float32, float64
combine complex_combiner(op_kind kind, datatype type) noexcept;  // complex64, complex128
combine pair_combiner(op_kind kind, datatype type) noexcept;     // value_index

template <class T>
inline constexpr auto quiet_nan = std::bit_cast<T>(0);
template <>
inline constexpr float quiet_nan<float> = std::bit_cast<float>(format_float32::nan);
template <>
inline constexpr double quiet_nan<double> = std::bit_cast<double>(format_float64::nan);

template <class T>
T canonical(T v) noexcept {
  return v == v ? v : quiet_nan<T>;
}

// That `to` may be an operand hinders no compiler: element k depends on elements k alone.
#if defined(__clang__)
#define CLIQUE_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#else
#define CLIQUE_ELEMENTWISE _Pragma("GCC ivdep")
#endif

template <class Op>
[[gnu::always_inline]] inline void each(const std::byte* left, const std::byte* right, std::byte* to,
                                        std::size_t count) {
  using T = typename Op::element;
  CLIQUE_ELEMENTWISE
  for (std::size_t k = 0; k < count; ++k) {
    T a, b;
    std::memcpy(&a, left + k * sizeof(T), sizeof(T));
    std::memcpy(&b, right + k * sizeof(T), sizeof(T));
    const T r = Op::apply(a, b);
    std::memcpy(to + k * sizeof(T), &r, sizeof(T));
  }
}

template <class Op>
void each_plain(const std::byte* left, const std::byte* right, std::byte* to, std::size_t count) {
  each<Op>(left, right, to, count);
}

#if defined(__x86_64__)
template <class Op>
[[gnu::target("avx2")]] void each_avx2(const std::byte* left, const std::byte* right, std::byte* to,
                                       std::size_t count) {
  each<Op>(left, right, to, count);
}
template <class Op>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] void each_avx512(const std::byte* left, const std::byte* right,
                                                                       std::byte* to, std::size_t count) {
  each<Op>(left, right, to, count);
}
#endif

// What the processor has, or less: tests make it so.
enum class vectors { none, avx2, avx512 };
extern vectors widest;

template <class Op>
combine pick() noexcept {
#if defined(__x86_64__)
  if (widest == vectors::avx512) return each_avx512<Op>;
  if (widest == vectors::avx2) return each_avx2<Op>;
#endif
  return each_plain<Op>;
}

}  // namespace clique::core
