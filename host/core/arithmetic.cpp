#include "core/arithmetic.hpp"

#include "core/arithmetic_loops.hpp"
#include "core/check.hpp"

#include <complex>
#include <limits>
#include <string>
#include <type_traits>

namespace clique::core {
namespace {

vectors widest_here() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return vectors::avx512;
  }
  if (__builtin_cpu_supports("avx2")) return vectors::avx2;
#endif
  return vectors::none;
}

enum class family { integer, real, complex, pair, user };

family family_of(datatype type) noexcept {
  if (type <= datatype::uint64) return family::integer;
  if (type <= datatype::float64) return family::real;
  if (type <= datatype::complex128) return family::complex;
  if (type <= datatype::float64_index) return family::pair;
  return family::user;
}

// Calls `action` with a T{} of the type, one that an array has.
template <class Action>
void with_type(datatype type, Action action) {
  switch (type) {
    case datatype::int8: return action(std::int8_t{});
    case datatype::uint8: return action(std::uint8_t{});
    case datatype::int16: return action(std::int16_t{});
    case datatype::uint16: return action(std::uint16_t{});
    case datatype::int32: return action(std::int32_t{});
    case datatype::uint32: return action(std::uint32_t{});
    case datatype::int64: return action(std::int64_t{});
    case datatype::uint64: return action(std::uint64_t{});
    case datatype::half: return action(half{});
    case datatype::bfloat16: return action(bfloat16{});
    case datatype::float32: return action(float{});
    case datatype::float64: return action(double{});
    case datatype::complex64: return action(std::complex<float>{});
    case datatype::complex128: return action(std::complex<double>{});
    case datatype::int32_index: return action(value_index<std::int32_t>{});
    case datatype::int64_index: return action(value_index<std::int64_t>{});
    case datatype::float32_index: return action(value_index<float>{});
    case datatype::float64_index: return action(value_index<double>{});
  }
}

template <class T>
inline constexpr bool is_small = std::is_same_v<T, half> || std::is_same_v<T, bfloat16>;
template <class T>
inline constexpr bool is_complex = std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;

template <class T>
T quotient(T value, std::size_t by) noexcept {
  if constexpr (std::is_integral_v<T>) {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    return static_cast<T>(static_cast<wide>(value) / static_cast<wide>(by));
  } else if constexpr (is_small<T>) {
    return T(canonical(float(value) / static_cast<float>(by)));
  } else if constexpr (is_complex<T>) {
    return {quotient(value.real(), by), quotient(value.imag(), by)};
  } else {
    return canonical(value / static_cast<T>(by));
  }
}

// The largest and the least value, infinities included.
template <class T>
T extreme(bool largest) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return largest ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
  } else {
    using real = std::conditional_t<is_small<T>, float, T>;
    const real infinity = std::numeric_limits<real>::infinity();
    return T(largest ? infinity : -infinity);
  }
}

template <class T>
T builtin_identity(op_kind kind) noexcept {
  switch (kind) {
    case op_kind::prod: return T(1);
    case op_kind::min:
    case op_kind::max:
      if constexpr (is_complex<T>)
        break;
      else
        return extreme<T>(kind == op_kind::min);
    case op_kind::land: return T(1);
    case op_kind::band:
      if constexpr (std::is_integral_v<T>) return static_cast<T>(~T{0});
      break;
    default: break;
  }
  return T(0);
}

template <class T>
void write_identity(op_kind kind, std::byte* out, T) noexcept {
  const T value = builtin_identity<T>(kind);
  std::memcpy(out, &value, sizeof value);
}
// The index of an identity loses every tie.
template <class T>
void write_identity(op_kind kind, std::byte* out, value_index<T>) noexcept {
  const T value = extreme<T>(kind == op_kind::minloc);
  const std::int32_t index = std::numeric_limits<std::int32_t>::max();
  std::memset(out, 0, sizeof(value_index<T>));
  std::memcpy(out + offsetof(value_index<T>, value), &value, sizeof value);
  std::memcpy(out + offsetof(value_index<T>, index), &index, sizeof index);
}

const char* types_of(op_kind kind) noexcept {
  switch (kind) {
    case op_kind::sum:
    case op_kind::prod:
    case op_kind::mean: return "integers, real and complex floating-point types";
    case op_kind::min:
    case op_kind::max: return "integers and real floating-point types";
    case op_kind::minloc:
    case op_kind::maxloc: return "int32_index, int64_index, float32_index and float64_index (value_index<T>)";
    default: return "integers";
  }
}

}  // namespace

vectors widest = widest_here();

combine combiner(op_kind kind, datatype type) noexcept {
  switch (family_of(type)) {
    case family::integer: return integer_combiner(kind, type);
    case family::real: return real_combiner(kind, type);
    case family::complex: return complex_combiner(kind, type);
    case family::pair: return pair_combiner(kind, type);
    case family::user: break;
  }
  return nullptr;
}

bool fits(op_kind kind, datatype type) noexcept {
  return kind >= op_kind::expression || combiner(kind, type) != nullptr;
}

bool is_exact(const reduce_op& op, datatype type) noexcept {
  const bool is_unsigned =
      type == datatype::uint8 || type == datatype::uint16 || type == datatype::uint32 || type == datatype::uint64;
  // MPICH 4.0.2 takes unsigned integers for signed ones here: of 5 and 4294967295 MPI_MAX gives 5.
  if (is_unsigned && (op.kind() == op_kind::min || op.kind() == op_kind::max)) return false;
  return !op.is_user() && op.kind() != op_kind::mean && type <= datatype::uint64;
}

void check_fits(const reduce_op& op, datatype type) {
  // Names are made only where they are needed: this is in the way of every call.
  if (!fits(op.kind(), type))
    fail(status::invalid_argument, "{} does not work on {}; it takes {}", op.name(), name(type), types_of(op.kind()));
  if (!op.identity().empty() && op.identity().size() != size_of(type))
    fail(status::invalid_argument, "the identity of the {} has {} bytes, and an element of {} has {}", op.name(),
         op.identity().size(), name(type), size_of(type));
}

void divide(datatype type, std::byte* values, std::size_t count, std::size_t by) noexcept {
  with_type(type, [=]<class T>(T) {
    if constexpr (requires(T v) { v.index; })
      return;
    else {
      for (std::size_t k = 0; k < count; ++k) {
        T value;
        std::memcpy(&value, values + k * sizeof(T), sizeof(T));
        value = quotient(value, by);
        std::memcpy(values + k * sizeof(T), &value, sizeof(T));
      }
    }
  });
}

bool has_identity(const reduce_op& op, datatype type) noexcept {
  return op.is_user() ? op.identity().size() == size_of(type) : fits(op.kind(), type);
}

void identity(const reduce_op& op, datatype type, std::byte* out) {
  require(has_identity(op, type), status::invalid_argument, "{} has no identity on {}", op.name(), name(type));
  if (op.is_user()) {
    std::memcpy(out, op.identity().data(), op.identity().size());
  } else {
    with_type(type, [&](auto element) { write_identity(op.kind(), out, element); });
  }
}

}  // namespace clique::core
