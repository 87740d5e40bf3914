#include "bench/words.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clique::tools {

#if defined(__x86_64__)
namespace {

// How far ahead of the loads to prefetch, once for each line: else a core waits for memory at the end of each page.
constexpr std::size_t ahead = 1024, line = 64;
void prefetch(const std::byte* from, std::size_t at) {
  if (at % line == 0) _mm_prefetch(reinterpret_cast<const char*>(from + at + ahead), _MM_HINT_T0);
}

// Vectors of a register each, whose targets are aligned to one.
__attribute__((target("avx2"))) void add_avx2(std::byte* to, const std::byte* from, std::size_t parts,
                                              std::size_t stride, std::size_t bytes, bool streams) {
  for (std::size_t at = 0; at + 32 <= bytes; at += 32) {
    prefetch(from, at);
    __m256i sum = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    for (std::size_t part = 1; part < parts; ++part) {
      prefetch(from + part * stride, at);
      sum = _mm256_add_epi32(sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + part * stride + at)));
    }
    if (streams) {
      _mm256_stream_si256(reinterpret_cast<__m256i*>(to + at), sum);
    } else {
      _mm256_store_si256(reinterpret_cast<__m256i*>(to + at), sum);
    }
  }
}
void add_sse2(std::byte* to, const std::byte* from, std::size_t parts, std::size_t stride, std::size_t bytes,
              bool streams) {
  for (std::size_t at = 0; at + 16 <= bytes; at += 16) {
    prefetch(from, at);
    __m128i sum = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
    for (std::size_t part = 1; part < parts; ++part) {
      prefetch(from + part * stride, at);
      sum = _mm_add_epi32(sum, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + part * stride + at)));
    }
    if (streams) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + at), sum);
    } else {
      _mm_store_si128(reinterpret_cast<__m128i*>(to + at), sum);
    }
  }
}

}  // namespace

void add_words(std::byte* to, const std::byte* from, std::size_t parts, std::size_t bytes, bool streams) noexcept {
  static const auto add = __builtin_cpu_supports("avx2") ? add_avx2 : add_sse2;
  constexpr std::size_t align = 32;
  const std::size_t skipped = std::min(bytes, (align - reinterpret_cast<std::uintptr_t>(to) % align) % align);
  add(to + skipped, from + skipped, parts, bytes, bytes - skipped, streams);
  _mm_sfence();
}
void copy_words(std::byte* to, const std::byte* from, std::size_t bytes, bool streams) noexcept {
  if (streams) {
    add_words(to, from, 1, bytes, true);
  } else if (bytes != 0) {
    std::memcpy(to, from, bytes);
  }
}

#else

void add_words(std::byte* to, const std::byte* from, std::size_t parts, std::size_t bytes, bool) noexcept {
  for (std::size_t at = 0; at + 4 <= bytes; at += 4) {
    std::uint32_t sum = 0;
    for (std::size_t part = 0; part < parts; ++part) {
      std::uint32_t word = 0;
      std::memcpy(&word, from + part * bytes + at, 4);
      sum += word;
    }
    std::memcpy(to + at, &sum, 4);
  }
}
void copy_words(std::byte* to, const std::byte* from, std::size_t bytes, bool) noexcept {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

#endif

}  // namespace clique::tools
