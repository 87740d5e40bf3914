// The one place where fmt's code is compiled.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

#include "core/formatted.hpp"

namespace clique::core {

std::string format_all(fmt::string_view text, fmt::format_args args) {
  return fmt::vformat(text, args);
}

}  // namespace clique::core
