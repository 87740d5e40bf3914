// Floating-point numbers, real and complex.
#include "core/arithmetic_loops.hpp"

#include <cfloat>
#include <type_traits>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace clique::core {
namespace {

static_assert(FLT_EVAL_METHOD == 0, "float has to be computed as float: build for SSE2, or what the processor has");

struct add {
  template <class T>
  static T apply(T a, T b) noexcept {
    return a + b;
  }
};
struct multiply {
  template <class T>
  static T apply(T a, T b) noexcept {
    return a * b;
  }
};

// On float and double as they are; of complex numbers the sum is that of twice as many.
template <class Op, class T>
struct plain {
  using element = T;
  static T apply(T a, T b) noexcept { return canonical(Op::apply(a, b)); }
};
template <class Op>
void on_parts(const std::byte* left, const std::byte* right, std::byte* to, std::size_t count) {
  pick<Op>()(left, right, to, 2 * count);
}

// On half and bfloat16: in float, rounded to storage. NaN is made canonical there: before, compilers see paths of which
// one is constant, and no loop to vectorize.
struct as_half {
  using format = format_half;
  static float wide(std::uint16_t bits) noexcept { return detail::half_value(bits); }
  static std::uint16_t bits(float v) noexcept { return detail::half_bits(v); }
};
struct as_bfloat16 {
  using format = format_bfloat16;
  static float wide(std::uint16_t bits) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
  static std::uint16_t bits(float v) noexcept { return detail::bfloat16_bits(v); }
};
template <class Op, class Storage>
struct through_float {
  using element = std::uint16_t;
  static element apply(element a, element b) noexcept {
    const element bits = Storage::bits(Op::apply(Storage::wide(a), Storage::wide(b)));
    return (bits & Storage::format::largest) > Storage::format::infinity ? Storage::format::nan : bits;
  }
};

#if defined(__x86_64__)
// The same, eight at a time with the processor's conversions: about eight times as fast. They round to nearest whatever
// the mode, and keep subnormals.
template <class Op>
[[gnu::target("avx2,f16c")]] void half_f16c(const std::byte* left, const std::byte* right, std::byte* to,
                                            std::size_t count) {
  constexpr std::size_t lanes = 8, bytes = 16;
  std::size_t at = 0;
  for (const std::size_t end = count / lanes * bytes; at < end; at += bytes) {
    const __m256 a = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(left + at)));
    const __m256 b = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(right + at)));
    const __m256 v = std::is_same_v<Op, add> ? _mm256_add_ps(a, b) : _mm256_mul_ps(a, b);
    const __m256 canonical_v = _mm256_blendv_ps(v, _mm256_set1_ps(quiet_nan<float>), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at),
                     _mm256_cvtps_ph(canonical_v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  each<through_float<Op, as_half>>(left + at, right + at, to + at, count % lanes);
}
bool has_f16c() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

template <class Op>
combine pick_half() noexcept {
#if defined(__x86_64__)
  static const bool quick = has_f16c();
  if (quick && widest != vectors::none) return half_f16c<Op>;
#endif
  return pick<through_float<Op, as_half>>();
}

template <class Format>
struct least {
  using element = typename Format::bits;
  static element apply(element a, element b) noexcept {
    const element chosen = Format::key(a) < Format::key(b) ? a : b;
    return Format::is_nan(a) || Format::is_nan(b) ? Format::nan : chosen;
  }
};
template <class Format>
struct greatest {
  using element = typename Format::bits;
  static element apply(element a, element b) noexcept {
    const element chosen = Format::key(a) > Format::key(b) ? a : b;
    return Format::is_nan(a) || Format::is_nan(b) ? Format::nan : chosen;
  }
};

template <class T>
struct complex_number {
  T x, y;
};
// A product that is rounded before it is added to another, whatever the compiler: GCC 12 makes fused instructions
// (vfmaddsub) of a vectorized complex product, with -ffp-contract=off too.
template <class T>
T rounded(T v) noexcept {
#if defined(__x86_64__)
  asm("" : "+x"(v));
#else
  asm("" : "+m"(v));
#endif
  return v;
}
template <class T>
struct complex_product {
  using element = complex_number<T>;
  static element apply(element a, element b) noexcept {
    return {canonical(rounded(a.x * b.x) - rounded(a.y * b.y)), canonical(rounded(a.x * b.y) + rounded(a.y * b.x))};
  }
};

template <class Format>
combine of_format(op_kind kind, combine sum, combine product) noexcept {
  switch (kind) {
    case op_kind::sum:
    case op_kind::mean: return sum;
    case op_kind::prod: return product;
    case op_kind::min: return pick<least<Format>>();
    case op_kind::max: return pick<greatest<Format>>();
    default: return nullptr;
  }
}

template <class T>
combine of_parts(op_kind kind) noexcept {
  switch (kind) {
    case op_kind::sum:
    case op_kind::mean: return on_parts<plain<add, T>>;
    case op_kind::prod: return pick<complex_product<T>>();
    default: return nullptr;
  }
}

}  // namespace

combine real_combiner(op_kind kind, datatype type) noexcept {
  switch (type) {
    case datatype::half: return of_format<format_half>(kind, pick_half<add>(), pick_half<multiply>());
    case datatype::bfloat16:
      return of_format<format_bfloat16>(kind, pick<through_float<add, as_bfloat16>>(),
                                        pick<through_float<multiply, as_bfloat16>>());
    case datatype::float32:
      return of_format<format_float32>(kind, pick<plain<add, float>>(), pick<plain<multiply, float>>());
    case datatype::float64:
      return of_format<format_float64>(kind, pick<plain<add, double>>(), pick<plain<multiply, double>>());
    default: return nullptr;
  }
}

combine complex_combiner(op_kind kind, datatype type) noexcept {
  switch (type) {
    case datatype::complex64: return of_parts<float>(kind);
    case datatype::complex128: return of_parts<double>(kind);
    default: return nullptr;
  }
}

}  // namespace clique::core
