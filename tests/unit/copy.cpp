// The copy that bypasses the cache: every alignment of both ends, every size around its lines, and nothing beside.
#include "core/copy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace clique;

namespace {

constexpr std::size_t margin = 128;
constexpr std::byte canary{0x5c};

// Copies `bytes` from one alignment to another; the number of bytes that are wrong, before, in and after the copy.
template <class Copy>
std::size_t wrong(Copy copy, std::size_t to, std::size_t from, std::size_t bytes) {
  struct alignas(64) line {
    std::byte bytes[64];
  };
  static std::vector<line> source, target;
  const std::size_t lines = (bytes + 2 * margin) / 64 + 4;
  if (source.size() < lines) {
    source.resize(lines);
    target.resize(lines);
    std::mt19937 chance(5);
    for (auto& each : source) {
      for (auto& value : each.bytes) value = static_cast<std::byte>(chance() & 0xff);
    }
  }
  std::byte* const begin = target[0].bytes;
  const std::byte* const content = source[0].bytes + from;
  std::fill_n(begin, to + bytes + 2 * margin, canary);
  copy(begin + margin + to, content, bytes);
  std::size_t count = 0;
  for (std::size_t k = 0; k < to + bytes + 2 * margin; ++k) {
    const bool within = k >= margin + to && k < margin + to + bytes;
    count += begin[k] != (within ? content[k - margin - to] : canary) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("a streaming copy is right for every alignment and every size around its lines") {
  for (std::size_t to = 0; to < 64; ++to) {
    for (std::size_t from = 0; from < 64; from += to % 4 == 0 ? 1 : 7) {
      for (const std::size_t bytes : {0u, 1u, 15u, 16u, 63u, 64u, 65u, 127u, 128u, 129u, 191u, 320u, 333u}) {
        CAPTURE(to);
        CAPTURE(from);
        CAPTURE(bytes);
        REQUIRE(wrong(core::copy_streaming, to, from, bytes) == 0);
      }
    }
  }
  for (std::size_t bytes = 0; bytes <= 400; ++bytes) {
    CAPTURE(bytes);
    REQUIRE(wrong(core::copy_streaming, 3, 61, bytes) == 0);
  }
}

TEST_CASE("a copy is right where it begins to bypass the cache") {
  for (const std::size_t bytes : {core::stream_bytes - 1, core::stream_bytes, core::stream_bytes + 77}) {
    CAPTURE(bytes);
    CHECK(wrong(core::copy, 0, 0, bytes) == 0);
    CHECK(wrong(core::copy, 13, 40, bytes) == 0);
  }
}

TEST_CASE("a fill is copies of its pattern, of any length, and nothing beside it") {
  for (const std::size_t pattern_bytes : {std::size_t{1}, std::size_t{4}, std::size_t{12}, std::size_t{40000}}) {
    std::vector<std::byte> pattern(pattern_bytes);
    for (std::size_t k = 0; k < pattern_bytes; ++k) pattern[k] = static_cast<std::byte>(k * 31 + 7);
    for (const std::size_t times : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{1000},
                                    (std::size_t{3} << 20) / pattern_bytes + 1}) {
      const std::size_t bytes = times * pattern_bytes;
      std::vector<std::byte> memory(bytes + 16, canary);
      core::fill(memory.data() + 8, bytes, pattern);
      std::size_t odd = 0;
      for (std::size_t k = 0; k < memory.size(); ++k) {
        const bool inside = k >= 8 && k < 8 + bytes;
        odd += memory[k] != (inside ? pattern[(k - 8) % pattern_bytes] : canary) ? 1 : 0;
      }
      CHECK(odd == 0);
    }
  }
}
