// Where the ranks of an operation meet and agree: the first, asynchronous, step of every operation.
#pragma once

#include "transport/arrival.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clique::transport {

enum class outcome : std::uint8_t { pending, agreed, refused };

// A pair of ranks that do not agree on a block.
struct odd_pair {
  int from, to;
  std::uint64_t sent, expected;            // bytes
  std::uint32_t sent_type, expected_type;  // where each pair has its own; else 0
};
inline bool agree(std::uint64_t sent, std::uint64_t expected, std::uint32_t sent_type, std::uint32_t expected_type) {
  return sent == expected && (sent == 0 || sent_type == expected_type);
}

// What ranks bring to an operation, together.
struct tally {
  std::uint64_t mark = 0;   // of the signatures; meaningless where they differ, or some rank has failed: `refused`
  std::uint64_t pairs = 0;  // of the signatures: their sum
  std::uint64_t first = 0;  // the number that rank 0 gives it; 0: rank 0 is not among them
  std::uint32_t refused = 0;

  void begin(const signature& of) noexcept { *this = {of.mark(), of.pairs, 0, of.status != 0 ? 1u : 0u}; }
  // Others, or some of the same again: then the sum is of no use.
  void add(const tally& others) noexcept {
    if (others.refused != 0 || others.mark != mark) refused = 1;
    pairs += others.pairs;
    first = std::max(first, others.first);
  }
  [[nodiscard]] bool agrees() const noexcept { return refused == 0 && pairs == 0; }
};

// What all ranks brought to an operation that was refused: the same on every rank.
struct minutes {
  std::vector<arrival> arrivals;  // by rank
  std::vector<odd_pair> odd;
};

// With whom alone a rank compares, where those do who exchange data: what it receives from them, if its call has lists.
struct compared {
  std::span<const int> ranks;
  bool lists;
};

class meeting {
 public:
  virtual ~meeting() = default;
  // Whether operation `seq` may begin: its slot is free. Does not block.
  virtual bool room(std::uint64_t seq) = 0;
  // Before anything else of an operation that is a start: its name, which arrive() says too late for blocks that go
  // first.
  virtual void name_start(std::uint64_t /*seq*/, std::uint64_t /*start*/) {}
  // Publishes what this rank calls as its operation `seq`. Once for each, in order, when there is room.
  virtual void arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) = 0;
  // Whether all ranks have arrived at `seq`, and agree. `with`: those alone; only of a board, and not of a start.
  virtual outcome poll(std::uint64_t seq, const compared* with = nullptr) = 0;
  // After poll() said agreed or refused: by which number of the operation the blocks of each rank are addressed: that
  // which it gives the operation itself, if it shares memory with this rank, else `seq`. Empty where it is `seq` on
  // all.
  virtual std::vector<std::uint64_t> numbers(std::uint64_t seq) = 0;
  // Only after poll() said refused. `with` as there: the others are taken to have called the same as this rank.
  virtual minutes read(std::uint64_t seq, const compared* with = nullptr) = 0;
  // This rank needs nothing more of any operation up to `seq`.
  virtual void leave(std::uint64_t seq) = 0;
  // Right after poll() said agreed, where ranks can tell each other when they are done without a message: whether any
  // rank's device has something to do after the agreement; the same on all. Else false.
  [[nodiscard]] virtual bool works_late(std::uint64_t /*seq*/) const { return false; }
  // This rank has done all of the operation, its device's work included.
  virtual void set_finished(std::uint64_t /*seq*/) {}
  // A rank that has not, or -1. `numbers`: as numbers() gave them.
  [[nodiscard]] virtual int unfinished(std::uint64_t /*seq*/, std::span<const std::uint64_t> /*numbers*/) const {
    return -1;
  }
  // A rank that has not arrived at `seq`, and the last operation that it did arrive at (0: not known); -1: all have, or
  // it is not known. Where a rank sees only some of the others, inquire() finds out, with time until the next look.
  virtual int missing(std::uint64_t seq, std::uint64_t& last) = 0;
  virtual void inquire(std::uint64_t /*seq*/) {}
};

}  // namespace clique::transport
