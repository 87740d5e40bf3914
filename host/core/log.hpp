// Choices and their reasons on stderr, when CLIQUE_LOG=1. Never for errors, which are thrown.
#pragma once

#include "core/check.hpp"
#include "core/config.hpp"

#include <cstdio>

namespace clique::core {

template <class... Args>
void log(fmt::format_string<Args...> text, Args&&... args) {
  if (!settings().log) return;
  const std::string line = formatted("clique: {}\n", formatted(text, std::forward<Args>(args)...));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace clique::core
