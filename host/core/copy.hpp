// Copies between host memory, large ones past the cache.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

namespace clique::core {

// From this size on copies bypass the cache: a plain copy reads every line of the target before it writes it, and
// evicts what the next kernel wants. Measured: see host/DESIGN.md.
inline constexpr std::size_t stream_bytes = std::size_t{1} << 20;

// memcpy with non-temporal stores, fenced: whoever sees a store made afterwards sees the copy.
void copy_streaming(std::byte* to, const std::byte* from, std::size_t bytes) noexcept;

// A piece of so many bytes that are copied in all.
inline void copy_piece(std::byte* to, const std::byte* from, std::size_t bytes, std::size_t all) noexcept {
  if (all >= stream_bytes) {
    copy_streaming(to, from, bytes);
  } else {
    std::memcpy(to, from, bytes);
  }
}
inline void copy(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  copy_piece(to, from, bytes, bytes);
}

// Fills with copies of the pattern, of which a whole number fits; large memory past the cache.
void fill(std::byte* to, std::size_t bytes, std::span<const std::byte> pattern) noexcept;

}  // namespace clique::core
