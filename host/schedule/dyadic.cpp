#include "schedule/dyadic.hpp"

#include "schedule/builder.hpp"

#include <bit>

namespace clique::schedule {
namespace {

// Rank r gets the prefix of r + 1 - shift ranks.
plan dyadic(const shape& shape, int shift) {
  builder make;
  const int rank = shape.rank, longest = shape.size - shift, length = rank + 1 - shift;
  const range out{buffer::out, 0, shape.vector_bytes}, input = source(shape, shape.vector_bytes);
  if (out.bytes == 0) return make.take();

  // The own blocks of 1, 2, 4... ranks, and the step that makes each.
  struct block_of_ranks {
    range where;
    builder::steps by;
  };
  std::vector<block_of_ranks> own;
  builder::steps readers;  // of the input

  // Step 2, of the own block of `ranks`; and step 1 of its parent in the tree.
  const auto offer = [&](int ranks) {
    const block_of_ranks& latest = own.back();
    const auto to = [&](int peer) {
      const auto step = make.offer(peer, 0, latest.where, latest.by);
      if (ranks == 1) readers.push_back(step);
    };
    if ((rank & ranks) != 0) return to(rank - ranks);
    for (int end = rank + ranks; end < rank + 2 * ranks && end <= longest; ++end) {
      const int reader = end - 1 + shift;
      if (reader != rank) to(reader);
    }
  };
  if (rank < longest) {
    own.push_back({input, {}});
    offer(1);
  }
  make.end_prologue();
  for (int ranks = 1; (rank & ranks) == 0 && rank + 2 * ranks <= longest; ranks *= 2) {
    const block_of_ranks half = own.back();
    const auto each = static_cast<std::uint32_t>(ranks);
    const operand theirs = make.view(rank + ranks, 0, out.bytes, each);
    const range to = make.allocate(out.bytes);
    const auto made = make.reduce({{half.where, no_step, each}, theirs}, to, half.by);
    if (ranks == 1) readers.push_back(made);
    own.push_back({to, {made}});
    offer(2 * ranks);
  }

  if (length == 0) return make.take();
  builder::steps after = shape.in_place ? readers : builder::steps{};
  if (std::has_single_bit(static_cast<unsigned>(length))) {  // one block, of rank 0
    if (rank != 0) {
      make.fetch(0, 0, out, std::move(after));
    } else if (input != out) {
      make.copy(input, out);
    }
    return make.take();
  }
  std::vector<operand> operands;
  int first = 0;
  for (int left = length; left != 0;) {
    const auto ranks = std::bit_floor(static_cast<unsigned>(left));
    if (first != rank) {
      operands.push_back(make.view(first, 0, out.bytes, ranks));
    } else {
      const block_of_ranks& mine = own[static_cast<std::size_t>(std::countr_zero(ranks))];
      operands.push_back({mine.where, no_step, ranks});
      after.insert(after.end(), mine.by.begin(), mine.by.end());
    }
    first += static_cast<int>(ranks);
    left -= static_cast<int>(ranks);
  }
  make.reduce(std::move(operands), out, std::move(after));
  return make.take();
}

}  // namespace

plan scan_dyadic(const shape& shape) {
  return dyadic(shape, 0);
}

plan exscan_dyadic(const shape& shape) {
  return dyadic(shape, 1);
}

}  // namespace clique::schedule
