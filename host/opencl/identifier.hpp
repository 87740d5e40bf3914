// What can be a name in OpenCL C, and is not one of clique's own.
#pragma once

#include <string_view>

namespace clique::opencl {

[[nodiscard]] inline bool is_identifier(std::string_view name) {
  constexpr std::string_view known = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !name.empty() && known.find(name.front()) >= 10 && name.find_first_not_of(known) == name.npos;
}

[[nodiscard]] inline bool is_cliques_own(std::string_view name) {
  return name.starts_with("clique_") || name.starts_with("CLIQUE_");
}

}  // namespace clique::opencl
