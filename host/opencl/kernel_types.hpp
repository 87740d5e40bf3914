// What a datatype is called in OpenCL C: in memory, as a value, and the ways between (see cl/types.cl).
#pragma once

#include <clique/datatype.hpp>

#include <algorithm>
#include <bit>
#include <string>

namespace clique::opencl {

[[nodiscard]] inline bool is_number(datatype type) noexcept {
  return static_cast<int>(type) < number_type_count;
}

struct kernel_type {
  const char* storage;  // an element in memory
  const char* value;    // what an expression sees
  const char* real;     // a component of it; null for structs and pairs
  const char* load;     // from storage to value
  const char* store;
};

// Good for the rest of the process. The name of a struct or pair is all that it has.
inline kernel_type kernel_type_of(datatype type) noexcept {
  static constexpr kernel_type types[number_type_count] = {
      {"char", "char", "char", "clique_load", "clique_store"},
      {"uchar", "uchar", "uchar", "clique_load", "clique_store"},
      {"short", "short", "short", "clique_load", "clique_store"},
      {"ushort", "ushort", "ushort", "clique_load", "clique_store"},
      {"int", "int", "int", "clique_load", "clique_store"},
      {"uint", "uint", "uint", "clique_load", "clique_store"},
      {"long", "long", "long", "clique_load", "clique_store"},
      {"ulong", "ulong", "ulong", "clique_load", "clique_store"},
      {"ushort", "float", "float", "clique_load_half", "clique_store_half"},
      {"ushort", "float", "float", "clique_load_bfloat16", "clique_store_bfloat16"},
      {"float", "float", "float", "clique_load", "clique_store"},
      {"double", "double", "double", "clique_load", "clique_store"},
      {"float2", "float2", "float", "clique_load", "clique_store"},
      {"double2", "double2", "double", "clique_load", "clique_store"},
  };
  if (is_number(type)) return types[static_cast<int>(type)];
  return {name(type), name(type), nullptr, "clique_load", "clique_store"};
}

// What kernels that work on bits take an element for: so many words, each an unsigned integer or a vector of them.
struct kernel_words {
  const char* word;
  std::size_t count;
};
inline kernel_words words_of(std::size_t bytes) noexcept {
  static constexpr const char* words[] = {"uchar", "ushort", "uint", "ulong", "ulong2"};
  const int power = std::min(std::countr_zero(bytes), 4);
  return {words[power], bytes >> power};
}

[[nodiscard]] inline bool is_integer(datatype type) noexcept {
  return type <= datatype::uint64;
}
// Whether doubles take part; of a struct, its text says so.
[[nodiscard]] inline bool is_double(datatype type) {
  if (is_struct(type)) return struct_source(type).find("double") != std::string::npos;
  return type == datatype::float64 || type == datatype::complex128 || type == datatype::float64_index;
}

// A number as a kernel takes it as an argument: half and bfloat16 become float.
struct kernel_value {
  alignas(16) unsigned char bytes[16];
  std::size_t size;
};
kernel_value to_kernel(datatype type, const void* value) noexcept;

}  // namespace clique::opencl
