// What a datatype is called in OpenCL C: in memory, as a value, and the ways between (see cl/types.cl).
#pragma once

#include <clique/datatype.hpp>

#include <string>

namespace clique::opencl {

struct kernel_type {
  const char* storage;  // an element in memory
  const char* value;    // what an expression sees
  const char* real;     // a component of it
  const char* load;     // from storage to value
  const char* store;
};

inline const kernel_type& kernel_type_of(datatype type) noexcept {
  static constexpr kernel_type types[datatype_count] = {
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
      {"clique_int32_index", "clique_int32_index", "int", "clique_load", "clique_store"},
      {"clique_int64_index", "clique_int64_index", "long", "clique_load", "clique_store"},
      {"clique_float32_index", "clique_float32_index", "float", "clique_load", "clique_store"},
      {"clique_float64_index", "clique_float64_index", "double", "clique_load", "clique_store"},
  };
  return types[static_cast<int>(type)];
}

// The unsigned integer, or vector of them, as wide as an element.
inline const char* unit_of(std::size_t bytes) noexcept {
  switch (bytes) {
    case 1: return "uchar";
    case 2: return "ushort";
    case 4: return "uint";
    case 8: return "ulong";
    default: return "ulong2";
  }
}

[[nodiscard]] inline bool is_integer(datatype type) noexcept {
  return type <= datatype::uint64;
}
[[nodiscard]] inline bool is_double(datatype type) noexcept {
  return type == datatype::float64 || type == datatype::complex128 || type == datatype::float64_index;
}

// A value as a kernel takes it as an argument: half and bfloat16 become float.
struct kernel_value {
  alignas(16) unsigned char bytes[16];
  std::size_t size;
};
kernel_value to_kernel(datatype type, const void* value) noexcept;

}  // namespace clique::opencl
