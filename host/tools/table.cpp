#include "table.hpp"

#include "fail.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace clique::tools {

namespace {

// Code points, which is near enough to columns for the names of devices.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string format_line(const std::vector<column>& columns, const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::size_t width = width_of(cells[c]);
    const std::string blanks(std::max(columns[c].width, width) - width, ' ');
    if (c != 0) line += "  ";
    line += columns[c].right ? blanks + cells[c] : cells[c] + blanks;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string format_table(std::vector<column> columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> titles;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    titles.push_back(columns[c].title);
    columns[c].width = std::max(columns[c].width, width_of(columns[c].title));
    for (const auto& row : rows) columns[c].width = std::max(columns[c].width, width_of(row[c]));
  }
  std::string text = format_line(columns, titles);
  for (const auto& row : rows) text += format_line(columns, row);
  return text;
}

std::string format_bytes(std::size_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 999.5 && unit < 6; ++unit) value /= 1024;
  return fmt::format("{:.3g} {}", value, units[unit]);
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string all;
  for (const std::string& text : texts) {
    if (&text != &texts.front()) all += between;
    all += text;
  }
  return all;
}

std::string joined(std::span<const std::size_t> numbers, std::string_view between) {
  std::vector<std::string> texts;
  for (const std::size_t number : numbers) texts.push_back(std::to_string(number));
  return joined(texts, between);
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail("cannot write to standard output: {}", std::strerror(errno));
}

}  // namespace clique::tools
