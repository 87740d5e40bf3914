// A range of a device buffer without its C++ type: what spans and arrays turn into at the library's border.
#pragma once

#include <clique/datatype.hpp>
#include <clique/device.hpp>

#include <cstddef>

namespace clique {

// `count` elements of `type` from element `offset` of `buffer`. Borrows the buffer. An empty region (count 0) may have
// a null buffer.
struct region {
  cl_mem buffer = nullptr;
  std::size_t offset = 0;
  std::size_t count = 0;
  datatype type = datatype::uint8;
  std::byte* host = nullptr;  // where the host sees element 0 of the buffer, if the array's owner knows; only a hint
};

namespace detail {
// count * size_of(type); throws clique::error(invalid_argument) on overflow.
CLIQUE_API std::size_t bytes_of(std::size_t count, datatype type);
// Throws clique::error(unsupported) where the device cannot hold elements of that type (double without fp64).
CLIQUE_API void require_support(const device& where, datatype type);
}  // namespace detail

}  // namespace clique
