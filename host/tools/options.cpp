#include "options.hpp"

#include "fail.hpp"

#include <charconv>

namespace clique::tools {

std::size_t parse_bytes(std::string_view text) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (code == std::errc::result_out_of_range) fail("'{}' is too large for a number of bytes", text);

  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  unsigned shift = 0;
  if (!unit.empty()) {
    switch (unit.front()) {
      case 'K':
      case 'k': shift = 10; break;
      case 'M':
      case 'm': shift = 20; break;
      case 'G':
      case 'g': shift = 30; break;
      default: break;
    }
    if (shift != 0) unit.remove_prefix(1);
    if (shift != 0 && unit.starts_with('i')) {
      unit.remove_prefix(1);
      if (unit != "B") unit = "?";  // "Ki" alone is no unit
    }
    if (unit == "B") unit = {};
  }
  if (code != std::errc{} || !unit.empty()) fail("'{}' is not a number of bytes: write 4096, 64K, 8M or 1G", text);
  if (value > (~std::size_t{0} >> shift)) fail("'{}' is too large for a number of bytes", text);
  return value << shift;
}

}  // namespace clique::tools
