// Text from values, by fmt. Only fmt's declarations are read where it is called: its code is compiled once, in
// formatted.cpp, since it took most of the time of every file that formats. Values are numbers, strings and pointers.
#pragma once

#if __has_include(<fmt/base.h>)  // from fmt 11 on
#include <fmt/base.h>
#else
#include <fmt/core.h>
#endif

#include <string>

namespace clique::core {

std::string format_all(fmt::string_view text, fmt::format_args args);

// The format string is checked when this is compiled.
template <class... Args>
std::string formatted(fmt::format_string<Args...> text, Args&&... args) {
  return format_all(text, fmt::make_format_args(args...));
}

}  // namespace clique::core
