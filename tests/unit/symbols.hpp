// An operator for tests that tells every tree over its operands from every other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace test {

// Elements of 8 bytes under an operator that is neither commutative nor associative: each tree has a result of its own.
inline void combine_symbols(const std::byte* left, const std::byte* right, std::byte* to, std::size_t count) {
  for (std::size_t k = 0; k < 8 * count; k += 8) {
    std::uint64_t a = 0, b = 0;
    std::memcpy(&a, left + k, sizeof a);
    std::memcpy(&b, right + k, sizeof b);
    std::uint64_t h = a * 0x9e3779b97f4a7c15u + (b ^ (b >> 29)) * 0xbf58476d1ce4e5b9u + 1;
    h = (h ^ (h >> 31)) * 0x94d049bb133111ebu;
    std::memcpy(to + k, &h, sizeof h);
  }
}

}  // namespace test
