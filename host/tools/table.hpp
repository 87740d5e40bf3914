// Text for people: aligned columns, sizes, lists.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clique::tools {

struct column {
  std::string title;
  bool right = false;     // numbers stand to the right
  std::size_t width = 0;  // at least; more where a cell needs it
};

// The title line and one line per row, columns two spaces apart, no blanks at the ends. Each row has as many cells as
// there are columns.
[[nodiscard]] std::string format_table(std::vector<column> columns, const std::vector<std::vector<std::string>>& rows);

// One line of it, for tables that are printed while they grow: the widths are those given.
[[nodiscard]] std::string format_line(const std::vector<column>& columns, const std::vector<std::string>& cells);

// "8", "1.5 KiB", "64 MiB": three digits at most.
[[nodiscard]] std::string format_bytes(std::size_t bytes);

// "a, b, c" with ", " between.
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, std::string_view between);
[[nodiscard]] std::string joined(std::span<const std::size_t> numbers, std::string_view between);

// Writes all of `text` to standard output; throws clique::error where that fails (a full disk, a closed pipe).
void print(std::string_view text);

}  // namespace clique::tools
