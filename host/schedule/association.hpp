// The one association that all reductions have: the balanced binary tree over rank order that splits at the largest
// power of two below the number of ranks,
//   T(lo, n) = op(T(lo, m), T(lo + m, n - m)).
// Its recursion, written once: for the host, for kernels, for tests.
#pragma once

#include "core/check.hpp"
#include "schedule/plan.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace clique::schedule {

// How many of `ranks` (two or more) the left half has.
constexpr std::uint32_t left_of(std::uint32_t ranks) {
  return std::bit_floor(ranks - 1);
}

inline constexpr int to_target = -1;

// Combines `operands`, which stand for `ranks` consecutive ranks in order: leaf(k) is operand k, and
// join(left, right, partial) what the two make, in a partial of the scratch or (to_target: the last one) in the target.
// A result in partial d may be joined into partial d itself: joins are elementwise. One operand alone is the result.
template <class Leaf, class Join>
auto combine_tree(std::span<const operand> operands, Leaf&& leaf, Join&& join) {
  std::size_t next = 0;
  struct value {
    decltype(leaf(std::size_t{})) result;
    bool in_scratch;
  };
  // `partial`: the first that is free, into which the result goes unless it is the last.
  const auto subtree = [&](const auto& self, std::uint32_t ranks, int partial, bool whole) -> value {
    require(next < operands.size(), status::internal, "operands of a reduction end {} ranks early", ranks);
    if (operands[next].ranks == ranks) return {leaf(next++), false};
    require(operands[next].ranks < ranks, status::internal, "an operand of {} ranks is no subtree of one of {}",
            operands[next].ranks, ranks);
    const value left = self(self, left_of(ranks), partial, false);
    const value right = self(self, ranks - left_of(ranks), partial + (left.in_scratch ? 1 : 0), false);
    return {join(left.result, right.result, whole ? to_target : partial), true};
  };
  std::uint32_t ranks = 0;
  for (const operand& each : operands) ranks += each.ranks;
  return subtree(subtree, ranks, 0, true).result;
}

// How many partial results that keeps in scratch memory.
inline std::size_t scratch_partials(std::span<const operand> operands) {
  int most = 0;
  combine_tree(
      operands, [](std::size_t) { return 0; },
      [&](int, int, int partial) {
        most = std::max(most, partial + 1);
        return 0;
      });
  return static_cast<std::size_t>(most);
}

// Bytes from one partial to the next: elements stay aligned.
constexpr std::size_t partial_stride(std::size_t bytes) {
  const std::size_t alignment = bytes < 64 ? 16 : 64;
  return (bytes + alignment - 1) / alignment * alignment;
}

// Where partial k of a reduce step is.
constexpr range scratch_partial(const step& of, int k) {
  return {of.scratch.where, of.scratch.offset + static_cast<std::size_t>(k) * partial_stride(of.to.bytes), of.to.bytes};
}

}  // namespace clique::schedule
