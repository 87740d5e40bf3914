// Values on the command line that need more than a number: byte sizes.
#pragma once

#include <cstddef>
#include <string_view>

namespace clique::tools {

// "64", "64K", "64KB" or "64KiB" (all times 1024), and so M and G. Throws clique::error(invalid_argument).
[[nodiscard]] std::size_t parse_bytes(std::string_view text);

}  // namespace clique::tools
