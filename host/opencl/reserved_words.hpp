// The words of OpenCL C, which nothing of the user's can be called.
#pragma once

#include <string_view>

namespace clique::opencl {

enum class word { free, keyword, type, function, macro, reserved };

// What `name` (an identifier) means in OpenCL C 1.0 to 3.0, whether or not the device at hand has it: a text that
// compiles on one of them shall compile on all.
//
// Functions whose names are words for data as well (step, length, distance, sign, mix, ...) are free: a variable hides
// such a function in the expression that has the variable, and nobody is surprised.
word meaning_of(std::string_view name) noexcept;

// For an error: "a keyword", "a built-in function".
const char* describe(word meaning) noexcept;

}  // namespace clique::opencl
