// How the command reports what it cannot do: the library's exception, with the parts of the message formatted.
#pragma once

#include <clique/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace clique::tools {

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw error(status::invalid_argument, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace clique::tools
