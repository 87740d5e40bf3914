// How the library reports what went wrong: one way to throw, one check per native interface's integers.
#pragma once

#include "core/formatted.hpp"

#include <clique/error.hpp>

#include <utility>

namespace clique::core {

template <class... Args>
[[noreturn]] void fail(status code, fmt::format_string<Args...> text, Args&&... args) {
  throw error(code, formatted(text, std::forward<Args>(args)...));
}

template <class... Args>
void require(bool holds, status code, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) [[unlikely]]
    throw error(code, formatted(text, std::forward<Args>(args)...));
}

// The clique::error that stands for whatever is being thrown; in a catch block. What the standard library throws turns
// into one at the library's borders: std::bad_alloc and threads that cannot be started are out_of_memory, others
// internal.
error current_error();

}  // namespace clique::core

namespace clique {
using core::fail;
using core::require;
}  // namespace clique
