// The least that a host can do with vectors: copy them, or add them.
#pragma once

#include <cstddef>

namespace clique::tools {

// `streams`: past the caches, where the processor has stores for that.
void copy_words(std::byte* to, const std::byte* from, std::size_t bytes, bool streams) noexcept;
// The sum of `parts` vectors of so many bytes, one behind the other at `from`: as words of 4 bytes, of which a few at
// either end may be left out.
void add_words(std::byte* to, const std::byte* from, std::size_t parts, std::size_t bytes, bool streams) noexcept;

}  // namespace clique::tools
