// How the library reports what went wrong: one way to throw, one check per native interface's integers.
#pragma once

#include <clique/error.hpp>

#define FMT_HEADER_ONLY
#include <fmt/format.h>

#include <utility>

namespace clique::core {

template <class... Args>
[[noreturn]] void fail(status code, fmt::format_string<Args...> text, Args&&... args) {
  throw error(code, fmt::format(text, std::forward<Args>(args)...));
}

template <class... Args>
void require(bool holds, status code, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) [[unlikely]]
    throw error(code, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace clique::core

namespace clique {
using core::fail;
using core::require;
}  // namespace clique
