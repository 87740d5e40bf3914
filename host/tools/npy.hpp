// NumPy's .npy header, read and written: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <clique/datatype.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clique::tools {

struct npy_header {
  std::string kind;  // the dtype without its byte order: "f4", "c16", "b1"
  datatype type = datatype::uint8;
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;  // bytes from the start of the file
  std::size_t data_bytes = 0;   // what the shape comes to

  bool operator==(const npy_header&) const = default;
};

// The longest header that is read, from the start of the file: version 1.0 cannot have a longer one.
inline constexpr std::size_t npy_header_limit = 12 + 65535;

// From the first npy_header_limit bytes of a file (or all of a shorter one) and the size of the whole. Throws
// clique::error(invalid_argument) that says what is wrong, without the file's name: not .npy, a version other than 1.0,
// 2.0 and 3.0, a malformed header, a dtype that clique has not, a shape that overflows, truncated or surplus data.
[[nodiscard]] npy_header parse_npy(std::string_view start, std::uint64_t file_bytes);

// The first bytes of a file of version 1.0, C order and little endian; their number is a multiple of 64.
[[nodiscard]] std::string format_npy(std::string_view kind, std::span<const std::size_t> shape);

// Reverses the bytes of each number; a complex element is two.
void swap_bytes(std::span<std::byte> data, datatype type);

}  // namespace clique::tools
