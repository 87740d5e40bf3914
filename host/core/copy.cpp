#include "core/copy.hpp"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clique::core {

#if defined(__x86_64__)
namespace {

constexpr std::size_t line = 64;

// How far ahead of the loads to prefetch: without it a core waits for memory at the end of each page.
constexpr std::size_t ahead = 1024;

// A line at a time, in the widest registers there are; `to` is aligned to a line.
__attribute__((target("avx512f"))) void lines_avx512(std::byte* to, const std::byte* from, std::size_t lines) {
  for (const std::byte* const end = from + lines * line; from != end; from += line, to += line) {
    _mm_prefetch(reinterpret_cast<const char*>(from + ahead), _MM_HINT_T0);
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
  }
}
__attribute__((target("avx"))) void lines_avx(std::byte* to, const std::byte* from, std::size_t lines) {
  for (const std::byte* const end = from + lines * line; from != end; from += line, to += line) {
    _mm_prefetch(reinterpret_cast<const char*>(from + ahead), _MM_HINT_T0);
    for (std::size_t k = 0; k < line; k += 32) {
      _mm256_stream_si256(reinterpret_cast<__m256i*>(to + k),
                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + k)));
    }
  }
}
void lines_sse2(std::byte* to, const std::byte* from, std::size_t lines) {
  for (const std::byte* const end = from + lines * line; from != end; from += line, to += line) {
    _mm_prefetch(reinterpret_cast<const char*>(from + ahead), _MM_HINT_T0);
    for (std::size_t k = 0; k < line; k += 16) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + k), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + k)));
    }
  }
}

using copy_lines = void (*)(std::byte*, const std::byte*, std::size_t);
copy_lines widest() {
  if (__builtin_cpu_supports("avx512f")) return lines_avx512;
  if (__builtin_cpu_supports("avx")) return lines_avx;
  return lines_sse2;
}

}  // namespace

void copy_streaming(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  static const copy_lines lines = widest();
  const std::size_t head = std::min(bytes, (line - reinterpret_cast<std::uintptr_t>(to) % line) % line);
  const std::size_t body = (bytes - head) / line;
  std::memcpy(to, from, head);
  lines(to + head, from + head, body);
  std::memcpy(to + head + body * line, from + head + body * line, bytes - head - body * line);
  _mm_sfence();  // non-temporal stores are not ordered with the store that publishes them
}

#else
// Elsewhere the C library's memcpy knows when to bypass the cache.
void copy_streaming(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  std::memcpy(to, from, bytes);
}
#endif

// The first piece by doubling what is there; then it is copied, out of the nearest cache.
void fill(std::byte* to, std::size_t bytes, std::span<const std::byte> pattern) noexcept {
  constexpr std::size_t near = std::size_t{16} << 10;
  if (bytes == 0) return;
  const std::size_t most =
      bytes >= stream_bytes ? std::max<std::size_t>(1, near / pattern.size()) * pattern.size() : bytes;
  const std::size_t piece = std::min(most, bytes);
  std::memcpy(to, pattern.data(), pattern.size());
  for (std::size_t done = pattern.size(); done < piece; done += std::min(done, piece - done))
    std::memcpy(to + done, to, std::min(done, piece - done));
  for (std::size_t done = piece; done < bytes; done += std::min(piece, bytes - done))
    copy_streaming(to + done, to, std::min(piece, bytes - done));
}

}  // namespace clique::core
