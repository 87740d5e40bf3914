#include "bench/words.hpp"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace clique::tools {

#if defined(__x86_64__)

// By registers of 16 bytes, which all processors have: two loads and a store of those are more than memory gives. Each
// line is fetched ahead of its loads: else a core waits for memory at the end of each page.
void add_words(std::byte* to, const std::byte* from, std::size_t parts, std::size_t bytes, bool streams) noexcept {
  constexpr std::size_t step = sizeof(__m128i), ahead = 1024, line = 64;
  const auto load = [&](std::size_t part, std::size_t at) {
    const std::byte* const word = from + part * bytes + at;
    if (at % line < step) _mm_prefetch(reinterpret_cast<const char*>(word + ahead), _MM_HINT_T0);
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(word));
  };
  const std::size_t unaligned = (step - reinterpret_cast<std::uintptr_t>(to) % step) % step;
  for (std::size_t at = unaligned; at + step <= bytes; at += step) {
    __m128i sum = load(0, at);
    for (std::size_t part = 1; part < parts; ++part) sum = _mm_add_epi32(sum, load(part, at));
    if (streams) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + at), sum);
    } else {
      _mm_store_si128(reinterpret_cast<__m128i*>(to + at), sum);
    }
  }
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
