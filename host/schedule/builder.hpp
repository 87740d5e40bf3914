// What all algorithms build their plans with.
#pragma once

#include "schedule/association.hpp"
#include "schedule/shape.hpp"

#include <numeric>
#include <utility>

namespace clique::schedule {

class builder {
 public:
  using steps = std::vector<std::uint32_t>;

  std::uint32_t offer(int peer, std::uint32_t key, range from, steps after = {}) {
    return add({verb::offer, peer, key, from, {}, std::move(after)});
  }
  std::uint32_t fetch(int peer, std::uint32_t key, range to, steps after = {}) {
    return add({verb::fetch, peer, key, {}, to, std::move(after)});
  }
  std::uint32_t copy(range from, range to, steps after = {}) {
    return add({verb::copy, -1, 0, from, to, std::move(after)});
  }

  // An operand that `peer` offers: the input, or the partial result, of `ranks` ranks.
  operand view(int peer, std::uint32_t key, std::size_t bytes, std::uint32_t ranks = 1) {
    const range to = allocate(bytes);
    return {to, add({verb::view, peer, key, {}, to}), ranks};
  }

  // The tree over `operands`, of which there are two or more; it waits for those that are views, and for `after`.
  std::uint32_t reduce(std::vector<operand> operands, range to, steps after = {}, bool last = false) {
    for (const operand& each : operands) {
      if (each.view != no_step) after.push_back(each.view);
    }
    const std::size_t partials = scratch_partials(operands);
    const range scratch = partials == 0 ? range{} : allocate(partials * partial_stride(to.bytes));
    return add({verb::reduce, -1, 0, {}, to, std::move(after), std::move(operands), scratch, last});
  }

  // Temporary memory, aligned for every element and, where it is worth it, for copies.
  range allocate(std::size_t bytes) {
    const std::size_t alignment = bytes < 64 ? 16 : 64;
    made_.temporary = (made_.temporary + alignment - 1) / alignment * alignment;
    const range result{buffer::temporary, made_.temporary, bytes};
    made_.temporary += bytes;
    return result;
  }

  // The steps so far are the prologue.
  void end_prologue() { made_.prologue = made_.steps.size(); }

  plan take() { return std::move(made_); }

 private:
  std::uint32_t add(step next) {
    made_.steps.push_back(std::move(next));
    return static_cast<std::uint32_t>(made_.steps.size() - 1);
  }

  plan made_;
};

// A part of a range.
constexpr range part(const range& of, std::size_t offset, std::size_t bytes) {
  return {of.where, of.offset + offset, bytes};
}
constexpr range part(const range& of, const block& which) {
  return part(of, which.offset, which.bytes);
}

// Where a rank's own vector or blocks are, `bytes` of them.
constexpr range source(const shape& of, std::size_t bytes) {
  return {of.in_place ? buffer::out : buffer::in, 0, bytes};
}

// Slice `which` of a vector of that many bytes: cut between elements, of a long one at multiples of 64 bytes too, as
// even as that allows. May be empty.
constexpr block slice_of(std::size_t bytes, std::size_t element, int which, int slices) {
  const auto n = static_cast<std::size_t>(slices), k = static_cast<std::size_t>(which);
  const std::size_t aligned = std::lcm(element, std::size_t{64});
  const std::size_t unit = bytes / n >= 4 * aligned ? aligned : element;
  const std::size_t units = (bytes + unit - 1) / unit;
  const auto cut = [&](std::size_t at) { return std::min(bytes, (units / n * at + std::min(units % n, at)) * unit); };
  return {cut(k), cut(k + 1) - cut(k)};
}

// The rank that stands `distance` after (before, where it is negative) this one on the ring.
constexpr int on_ring(const shape& of, int distance) {
  return (of.rank + distance % of.size + of.size) % of.size;
}

// The peers of a rank in the order of the ring distance: those to which it offers, and those from which it takes, so
// that no two ranks take from one at a time.
template <class Do>
void each_after(const shape& of, Do&& act) {
  for (int distance = 1; distance < of.size; ++distance) act(on_ring(of, distance));
}
template <class Do>
void each_before(const shape& of, Do&& act) {
  for (int distance = 1; distance < of.size; ++distance) act(on_ring(of, -distance));
}

}  // namespace clique::schedule
