// Strided copies on the device: packing blocks for an exchange, unpacking them, transposing.
#pragma once

#include <clique/array.hpp>
#include <clique/device.hpp>
#include <clique/region.hpp>

#include <array>
#include <cstddef>

namespace clique {

// Where the elements (i, j) of a rows x columns matrix lie in a region: offset + i * stride[0] + j * stride[1], all in
// elements. A transposed view has its strides exchanged.
struct layout {
  std::size_t offset = 0;
  std::array<std::size_t, 2> stride{};
};

// to[to_layout(i, j)] = from[from_layout(i, j)] for all i < rows and j < columns. The regions must be of one type and
// must not overlap; both layouts are checked against the regions' counts (clique::error(invalid_argument)).
// Enqueues in the device's queue and does not block. Local.
CLIQUE_API void copy(const device& where, const region& from, const layout& from_layout, const region& to,
                     const layout& to_layout, std::size_t rows, std::size_t columns);
// The same of arrays and spans.
template <detail::device_memory S, detail::device_memory R>
requires detail::same_elements<S, R>
void copy(const device& where, const S& from, const layout& from_layout, const R& to, const layout& to_layout,
          std::size_t rows, std::size_t columns) {
  copy(where, region(from.region()), from_layout, region(to.region()), to_layout, rows, columns);
}

}  // namespace clique
