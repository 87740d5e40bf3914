// Element-wise work on device arrays: fill, arange, random, transform, and copies to and from the host.
//
// All functions are local, check that the region lies within its buffer (clique::error(invalid_argument)), and
// accept empty regions. Unless they say otherwise they enqueue in the device's queue and do not block. None may be
// called on one device from two threads at once.
#pragma once

#include <clique/datatype.hpp>
#include <clique/device.hpp>
#include <clique/region.hpp>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clique {

// A named argument of an expression: a region (its element i) or a scalar.
class CLIQUE_API arg {
 public:
  // Element i of the region; it must have as many elements as the output.
  arg(std::string_view name, const region& elements);
  // Any array or span.
  template <class A>
  requires requires(const A& a) { a.region(); }
  arg(std::string_view name, const A& elements) : arg(name, region(elements.region())) {}
  // The same value for all i.
  template <element T>
  arg(std::string_view name, T value) : arg(name, type_of<T>(), &value) {}
  // The same of a type that is known only now: one element of it.
  arg(std::string_view name, datatype type, const void* value);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool is_scalar() const noexcept { return scalar_; }
  [[nodiscard]] datatype type() const noexcept { return elements_.type; }
  [[nodiscard]] const region& elements() const noexcept { return elements_; }
  [[nodiscard]] const void* value() const noexcept { return value_.data(); }

 private:
  std::string name_;
  bool scalar_ = false;
  region elements_;
  std::vector<std::byte> value_;
};

// out[i] = *value, which is of the region's type.
CLIQUE_API void fill(const device& where, const region& out, const void* value);

// out[i] = *start + i * *step, both of the region's type. Half and bfloat16 are computed in float; integers wrap.
// Number types only: pairs and structs throw clique::error(invalid_argument), here and in random() and random_at().
CLIQUE_API void arange(const device& where, const region& out, const void* start, const void* step);

// out[i] = random_at<T>(seed, first + i): integers uniform over all values, floating-point uniform in [0, 1), complex
// with such parts. Philox4x32-10 (Salmon et al., SC'11), so that element k of a distributed array has the same
// value for any number of ranks when each passes the global index of its first element.
CLIQUE_API void random(const device& where, const region& out, std::uint64_t seed, std::uint64_t first = 0);

// The same value on the host: writes one element of `type` to `out`. Thread-safe.
CLIQUE_API void random_at(datatype type, std::uint64_t seed, std::uint64_t index, void* out);
template <element T>
[[nodiscard]] T random_at(std::uint64_t seed, std::uint64_t index) {
  T value;
  random_at(type_of<T>(), seed, index, &value);
  return value;
}

// out[i] = expression: OpenCL C over the arguments by name, `i` (ulong, the index in the region), `rank` and `size`
// (int, the device handle's). half and bfloat16 elements come as float and are rounded on the way out; complex ones as
// float2 or double2, for which cmul(a, b), cdiv(a, b) and conj(a) are there; structs and pairs as they are: p.x, and
// (particle){p.x, p.y, 7} or (int32_index){x, (int)i} for an output of that type. An argument may be the output itself;
// regions that overlap otherwise are undefined. Compiled on first use and cached. An expression that does not
// compile throws clique::error(build_failure) with the build log, in which its lines are "expression:LINE" and those of
// a struct's text "NAME:LINE"; a struct whose size on the device is another than in C++ throws
// clique::error(invalid_argument). Literals such as 0.1 are single precision unless a type with double in it takes
// part; where a complex128 does, the three functions take double2. Argument names must be identifiers, and none of i,
// rank, size, out, the three functions, the struct types of the call, clique_*, or a word of OpenCL C (global, float4,
// max, M_PI): clique::error(invalid_argument). Some functions' names that are words for data may be used: step, length,
// sign.
CLIQUE_API void transform(const device& where, const region& out, std::string_view expression,
                          std::span<const arg> args);
inline void transform(const device& where, const region& out, std::string_view expression,
                      std::initializer_list<arg> args) {
  transform(where, out, expression, std::span<const arg>(args.begin(), args.size()));
}
template <class A>
requires requires(const A& a) {
  a.region();
}
void transform(const device& where, const A& out, std::string_view expression, std::initializer_list<arg> args) {
  transform(where, region(out.region()), expression, args);
}

// Between host memory and the region, `count` elements, which must be the region's. Block.
CLIQUE_API void copy_from(const device& where, const region& to, const void* host, std::size_t count);
CLIQUE_API void copy_to(const device& where, const region& from, void* host, std::size_t count);

}  // namespace clique
