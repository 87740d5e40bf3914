#include "reference.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace clique::tools {

namespace {

template <class T>
constexpr bool is_small = std::is_same_v<T, half> || std::is_same_v<T, bfloat16>;
template <class T>
constexpr bool is_real = is_small<T> || std::is_floating_point_v<T>;
template <class T>
constexpr bool is_complex = false;
template <class T>
constexpr bool is_complex<std::complex<T>> = true;
template <class T>
constexpr bool is_pair = false;
template <class T>
constexpr bool is_pair<value_index<T>> = true;
template <class T>
constexpr bool is_number = std::is_integral_v<T> || is_real<T> || is_complex<T>;

template <class T>
bool not_a_number(T v) {
  if constexpr (is_real<T>)
    return std::isnan(static_cast<double>(v));
  else
    return false;
}
template <class T>
T nan_of() {
  if constexpr (is_small<T>)
    return T(std::numeric_limits<float>::quiet_NaN());
  else
    return std::numeric_limits<T>::quiet_NaN();
}
template <class T>
T canonical(T v) {
  if constexpr (is_complex<T>)
    return {canonical(v.real()), canonical(v.imag())};
  else
    return not_a_number(v) ? nan_of<T>() : v;
}

struct sum {
  template <class T>
  static T apply(T a, T b) requires is_number<T> {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else if constexpr (is_small<T>)
      return canonical(T(static_cast<float>(a) + static_cast<float>(b)));
    else
      return canonical(T(a + b));
  }
};
struct prod {
  template <class T>
  static T apply(T a, T b) requires is_number<T> {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else if constexpr (is_small<T>)
      return canonical(T(static_cast<float>(a) * static_cast<float>(b)));
    else if constexpr (is_complex<T>)
      return canonical(T(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()));
    else
      return canonical(a * b);
  }
};

// -0 is below +0.
template <class T>
bool below(T a, T b) {
  if constexpr (is_real<T>) {
    const auto x = static_cast<double>(a), y = static_cast<double>(b);
    return x < y || (x == y && std::signbit(x) && !std::signbit(y));
  } else {
    return a < b;
  }
}
struct min {
  template <class T>
  static T apply(T a, T b) requires(std::is_integral_v<T> || is_real<T>) {
    if (not_a_number(a) || not_a_number(b)) return nan_of<T>();
    return below(b, a) ? b : a;
  }
};
struct max {
  template <class T>
  static T apply(T a, T b) requires(std::is_integral_v<T> || is_real<T>) {
    if (not_a_number(a) || not_a_number(b)) return nan_of<T>();
    return below(a, b) ? b : a;
  }
};

struct land {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return a != 0 && b != 0;
  }
};
struct lor {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return a != 0 || b != 0;
  }
};
struct lxor {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return (a != 0) != (b != 0);
  }
};
struct band {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return static_cast<T>(a & b);
  }
};
struct bor {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return static_cast<T>(a | b);
  }
};
struct bxor {
  template <class T>
  static T apply(T a, T b) requires std::is_integral_v<T> {
    return static_cast<T>(a ^ b);
  }
};

// NaN is taken before any number, the lower index where values are equal.
template <bool Least, class T>
value_index<T> located(value_index<T> a, value_index<T> b) {
  const bool nan_a = not_a_number(a.value), nan_b = not_a_number(b.value);
  if (nan_a || nan_b) {
    const std::int32_t index = nan_a && nan_b ? std::min(a.index, b.index) : nan_a ? a.index : b.index;
    return {canonical(nan_a ? a.value : b.value), index};
  }
  const bool b_first = Least ? below(b.value, a.value) : below(a.value, b.value);
  const bool a_first = Least ? below(a.value, b.value) : below(b.value, a.value);
  if (!a_first && !b_first) return a.index <= b.index ? a : b;
  return b_first ? b : a;
}
struct minloc {
  template <class T>
  static T apply(T a, T b) requires is_pair<T> {
    return located<true>(a, b);
  }
};
struct maxloc {
  template <class T>
  static T apply(T a, T b) requires is_pair<T> {
    return located<false>(a, b);
  }
};

// Users' own.
constexpr const char* shifted_text = "a ^ (b >> 1)";
struct shifted {
  template <class T>
  static T apply(T a, T b) {
    return static_cast<T>(a ^ (b >> 1));
  }
};
// The product is exact, so that it does not matter whether it is fused with the sum.
constexpr const char* halved_text = "a * 0.5f + b";
struct halved {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (is_small<T>)
      return T(static_cast<float>(a) * 0.5f + static_cast<float>(b));
    else if constexpr (is_complex<T>)
      return {halved::apply(a.real(), b.real()), halved::apply(a.imag(), b.imag())};
    else
      return a * T(0.5) + b;
  }
};
constexpr const char* picked_text = "if (a < b) return a ^ 1;\nreturn b;";
struct picked {
  template <class T>
  static T apply(T a, T b) {
    return a < b ? a ^ 1 : b;
  }
};
constexpr const char* composed_text =
    "affine both;\nboth.m = b.m * a.m;\nboth.c = b.m * a.c + b.c;\nboth.hash = a.hash * 31 + b.hash;\nreturn both;";
struct composed {
  template <class T>
  static T apply(T a, T b) {
    return {b.m * a.m, b.m * a.c + b.c, a.hash * 31 + b.hash};
  }
};

template <class T, class Op>
void combine(const std::byte* a, const std::byte* b, std::byte* to, std::size_t count) {
  for (std::size_t at = 0; at < count * sizeof(T); at += sizeof(T)) {
    T x, y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    const T result = Op::apply(x, y);
    if constexpr (is_pair<T>) {  // what is between the members is zero
      std::memset(to + at, 0, sizeof(T));
      std::memcpy(to + at + offsetof(T, value), &result.value, sizeof result.value);
      std::memcpy(to + at + offsetof(T, index), &result.index, sizeof result.index);
    } else {
      std::memcpy(to + at, &result, sizeof result);
    }
  }
}

template <class T>
void divide(std::byte* values, std::size_t count, int by) {
  for (std::size_t at = 0; at < count * sizeof(T); at += sizeof(T)) {
    T v;
    std::memcpy(&v, values + at, sizeof v);
    if constexpr (is_small<T>)
      v = T(static_cast<float>(v) / static_cast<float>(by));
    else if constexpr (is_complex<T>)
      v = {v.real() / static_cast<typename T::value_type>(by), v.imag() / static_cast<typename T::value_type>(by)};
    else if constexpr (std::is_same_v<T, std::uint64_t>)
      v /= static_cast<std::uint64_t>(by);
    else if constexpr (std::is_integral_v<T>)
      v = static_cast<T>(static_cast<std::int64_t>(v) / by);
    else
      v /= static_cast<T>(by);
    v = canonical(v);
    std::memcpy(values + at, &v, sizeof v);
  }
}

template <class T>
std::vector<std::byte> bytes_of(T value) {
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// The largest or smallest value of a type: infinite where there are infinities.
template <class T>
T extreme(bool largest) {
  if constexpr (is_small<T>) {
    return T(extreme<float>(largest));
  } else if constexpr (std::is_floating_point_v<T>) {
    return largest ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();
  } else {
    return largest ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
  }
}

// What exscan gives rank 0.
template <class T>
std::vector<std::byte> identity_of(op_kind kind) {
  if constexpr (is_pair<T>) {
    std::vector<std::byte> bytes(sizeof(T));
    const auto value = extreme<decltype(T::value)>(kind == op_kind::minloc);
    const std::int32_t index = std::numeric_limits<std::int32_t>::max();
    std::memcpy(bytes.data() + offsetof(T, value), &value, sizeof value);
    std::memcpy(bytes.data() + offsetof(T, index), &index, sizeof index);
    return bytes;
  } else {
    if constexpr (!is_complex<T>) {
      if (kind == op_kind::min || kind == op_kind::max) return bytes_of(extreme<T>(kind == op_kind::min));
    }
    if constexpr (std::is_integral_v<T>) {
      if (kind == op_kind::band) return bytes_of(static_cast<T>(~T{0}));
    }
    return bytes_of(T(kind == op_kind::prod || kind == op_kind::land ? 1 : 0));
  }
}

using combination = void (*)(const std::byte* a, const std::byte* b, std::byte* to, std::size_t count);

// No template, so that it is compiled once and not for each type and operator.
void add(std::vector<reference_op>& to, op_kind kind, combination combine, std::vector<std::byte> identity) {
  const reduce_op op(kind);
  to.push_back({op.name(), op, combine, nullptr, std::move(identity)});
}

template <class T, class Op>
void add_builtin(std::vector<reference_op>& to, op_kind kind) {
  if constexpr (requires(T v) { Op::apply(v, v); }) add(to, kind, combine<T, Op>, identity_of<T>(kind));
}

template <class T>
std::vector<reference_op> operators() {
  std::vector<reference_op> all;
  if constexpr (is_number<T>) {
    add_builtin<T, sum>(all, op_kind::sum);
    add_builtin<T, prod>(all, op_kind::prod);
    add_builtin<T, sum>(all, op_kind::mean);
    all.back().divide = divide<T>;
  }
  if constexpr (std::is_same_v<T, affine>) {
    all.push_back({"user body", reduce_op::body(composed_text), combine<T, composed>});
  } else {
    add_builtin<T, min>(all, op_kind::min);
    add_builtin<T, max>(all, op_kind::max);
    add_builtin<T, land>(all, op_kind::land);
    add_builtin<T, lor>(all, op_kind::lor);
    add_builtin<T, lxor>(all, op_kind::lxor);
    add_builtin<T, band>(all, op_kind::band);
    add_builtin<T, bor>(all, op_kind::bor);
    add_builtin<T, bxor>(all, op_kind::bxor);
    add_builtin<T, minloc>(all, op_kind::minloc);
    add_builtin<T, maxloc>(all, op_kind::maxloc);
  }
  if constexpr (std::is_integral_v<T>)
    all.push_back({"user expression", reduce_op::expression(shifted_text), combine<T, shifted>});
  else if constexpr (is_number<T>)
    all.push_back({"user expression", reduce_op::expression(halved_text), combine<T, halved>});
  if constexpr (std::is_same_v<T, std::int32_t>)
    all.push_back({"user body", reduce_op::body(picked_text), combine<T, picked>});
  return all;
}

}  // namespace

std::vector<reference_op> operators_of(datatype type) {
  switch (type) {
    case datatype::int8: return operators<std::int8_t>();
    case datatype::uint8: return operators<std::uint8_t>();
    case datatype::int16: return operators<std::int16_t>();
    case datatype::uint16: return operators<std::uint16_t>();
    case datatype::int32: return operators<std::int32_t>();
    case datatype::uint32: return operators<std::uint32_t>();
    case datatype::int64: return operators<std::int64_t>();
    case datatype::uint64: return operators<std::uint64_t>();
    case datatype::half: return operators<half>();
    case datatype::bfloat16: return operators<bfloat16>();
    case datatype::float32: return operators<float>();
    case datatype::float64: return operators<double>();
    case datatype::complex64: return operators<std::complex<float>>();
    case datatype::complex128: return operators<std::complex<double>>();
    case datatype::int32_index: return operators<value_index<std::int32_t>>();
    case datatype::int64_index: return operators<value_index<std::int64_t>>();
    case datatype::float32_index: return operators<value_index<float>>();
    case datatype::float64_index: return operators<value_index<double>>();
  }
  return operators<affine>();
}

void reduce_tree(const reference_op& op, std::size_t element_bytes, std::span<const std::byte* const> ranks,
                 std::size_t count, std::byte* out) {
  if (ranks.size() == 1) {
    std::memcpy(out, ranks[0], count * element_bytes);
    return;
  }
  const std::size_t left = std::bit_floor(ranks.size() - 1);
  std::vector<std::byte> right(count * element_bytes);
  reduce_tree(op, element_bytes, ranks.first(left), count, out);
  reduce_tree(op, element_bytes, ranks.subspan(left), count, right.data());
  op.combine(out, right.data(), out, count);
}

}  // namespace clique::tools
