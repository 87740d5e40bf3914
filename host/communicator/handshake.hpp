// The first thing that ranks tell each other when they make a communicator: which library each of them runs. All that
// they exchange afterwards is read as it lies in memory, so it must be the same library everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace clique::engine {

// The size of a handshake, and the meaning of the first three members, never change: libraries of any two versions can
// read each other's.
struct hello {
  static constexpr std::size_t most_records = 8;

  std::uint64_t magic = 0;
  std::uint32_t version = 0;  // CLIQUE_VERSION
  std::uint32_t reserved = 0;
  std::array<std::uint32_t, most_records> record_bytes{};  // sizes of what is exchanged next, and in shared memory
  std::array<std::uint64_t, 2> spare{};
};
static_assert(sizeof(hello) == 64);

// This library's; `record_bytes` are the sizes, in bytes, of what the caller exchanges.
hello make_hello(std::span<const std::uint32_t> record_bytes);

// Throws clique::error(mismatch), the same on all ranks, unless all ranks' are alike.
void require_alike(std::span<const hello> by_rank);

}  // namespace clique::engine
