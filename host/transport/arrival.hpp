// What a rank publishes when it enters a collective.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace clique::transport {

inline constexpr std::size_t text_bytes = 448;

// In signature::collective: the call only prepares a persistent one.
inline constexpr std::uint32_t prepares = 0x100;
// The same: those alone compare who exchange data.
inline constexpr std::uint32_t paired = 0x200;

// What a rank called. All fields but `pairs` and `status` must be equal on all ranks.
struct signature {
  std::uint32_t collective = 0;
  std::uint32_t type = 0;
  std::uint64_t count = 0;  // elements; of collectives with one count
  std::uint32_t op = 0;
  std::int32_t root = -1;
  // Of a start of a persistent call: which one, and the how manyth start (start_of()). Else 0. Ranks may start several
  // in different orders; by this they find each other's.
  std::uint64_t start = 0;
  std::uint64_t pairs = 0;  // of v-collectives: see pair_sum; adds up to 0 over all ranks where all agree
  std::int32_t status = 0;  // clique::status of this rank's own part: an invalid argument, a failed build

  // Everything that must be equal, in one number, for a quick comparison.
  [[nodiscard]] std::uint64_t mark() const noexcept {
    std::uint64_t h = collective * 0x9e3779b97f4a7c15u + type;
    for (const std::uint64_t part : {count, std::uint64_t{op}, static_cast<std::uint64_t>(root), start}) {
      h = (h ^ part) * 0xff51afd7ed558ccdu;
      h ^= h >> 32;
    }
    return h;
  }
};

// The `times`th start, from 1 on, of the persistent call that was the `init`th, from 1 on, of its communicator: all
// ranks agree on each init, so all count them alike.
constexpr std::uint64_t start_of(std::uint32_t init, std::uint32_t times) noexcept {
  return std::uint64_t{init} << 32 | times;
}
constexpr std::uint32_t init_of(std::uint64_t start) noexcept {
  return static_cast<std::uint32_t>(start >> 32);
}
constexpr std::uint32_t times_of(std::uint64_t start) noexcept {
  return static_cast<std::uint32_t>(start);
}

// A signature with the text of the rank's own failure, if it has one. If not: the names of what other ranks may know by
// an id only, a line for the struct and one for the user's operator; mostly there is neither.
struct arrival {
  transport::signature signature;
  char text[text_bytes] = {};

  void set_text(std::string_view from) noexcept {
    const std::size_t length = from.size() < text_bytes - 1 ? from.size() : text_bytes - 1;
    std::memcpy(text, from.data(), length);
    text[length] = '\0';
  }
};

// What a rank sends to and expects from each rank, in bytes: of v-collectives; empty for the others. The types only
// where each pair has its own (alltoallw).
struct pair_bytes {
  std::span<const std::size_t> sent, expected;
  std::span<const std::uint32_t> sent_types{}, expected_types{};
};

// One pair of these.
struct pair_entry {
  std::uint64_t sent = 0, expected = 0;
  std::uint32_t sent_type = 0, expected_type = 0;
};
inline pair_entry entry_of(const pair_bytes& all, std::size_t peer) noexcept {
  return {all.sent[peer], all.expected[peer], all.sent_types.empty() ? 0 : all.sent_types[peer],
          all.expected_types.empty() ? 0 : all.expected_types[peer]};
}

// Sum over all peers j of hash(rank, j, sent to j) - hash(j, rank, expected from j), modulo 2^64, where nothing counts
// as 0 whatever its type. Added over all ranks, every hash of an agreed pair is there once with each sign.
inline std::uint64_t pair_sum(std::size_t rank, const pair_bytes& bytes) noexcept {
  const auto hash = [](std::uint64_t from, std::uint64_t to, std::uint64_t count, std::uint64_t type) -> std::uint64_t {
    if (count == 0) return 0;
    std::uint64_t h = (type * 0x94d049bb133111ebu) ^ (from * 0x9e3779b97f4a7c15u) ^ (to * 0xc2b2ae3d27d4eb4fu) ^
                      (count * 0xff51afd7ed558ccdu);
    h = (h ^ (h >> 31)) * 0xbf58476d1ce4e5b9u;
    return h ^ (h >> 29);
  };
  std::uint64_t sum = 0;
  for (std::size_t peer = 0; peer < bytes.sent.size(); ++peer) {
    const pair_entry pair = entry_of(bytes, peer);
    sum += hash(rank, peer, pair.sent, pair.sent_type) - hash(peer, rank, pair.expected, pair.expected_type);
  }
  return sum;
}

}  // namespace clique::transport
