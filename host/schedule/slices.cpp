#include "schedule/slices.hpp"

#include "schedule/builder.hpp"

#include <algorithm>

namespace clique::schedule {

namespace {

class sliced {
 public:
  // Step 1, of all ranks but `silent`.
  explicit sliced(const shape& of, int silent = -1)
      : shape_(of), source_(source(of, of.vector_bytes)), inputs_(static_cast<std::size_t>(of.size), no_step) {
    if (of.rank != silent) {
      each_after(of, [&](int peer) {
        const range piece = part(source_, slice(peer));
        if (piece.bytes != 0) inputs_[static_cast<std::size_t>(peer)] = make.offer(peer, 0, piece);
      });
    }
    make.end_prologue();
  }

  [[nodiscard]] block slice(int rank) const { return slice_of(shape_.vector_bytes, shape_.element, rank, shape_.size); }
  // The own slice of this rank's input.
  [[nodiscard]] range own() const { return part(source_, slice(shape_.rank)); }
  [[nodiscard]] range result(int rank) const { return part({buffer::out, 0, 0}, slice(rank)); }

  // Step 2: the own slice of all.
  std::vector<operand> view() {
    std::vector<operand> operands(static_cast<std::size_t>(shape_.size));
    operands[static_cast<std::size_t>(shape_.rank)] = {own(), no_step, 1};
    each_before(shape_, [&](int peer) { operands[static_cast<std::size_t>(peer)] = make.view(peer, 0, own().bytes); });
    return operands;
  }

  // Step 4: what the others made. In place that overwrites what step 1 offers. The order is that of step 1, so that
  // what can be fetched first comes first; step 3 has the other one.
  void fetch() {
    each_after(shape_, [&](int peer) {
      const range to = result(peer);
      const std::uint32_t input = inputs_[static_cast<std::size_t>(peer)];
      if (to.bytes == 0) return;
      make.fetch(peer, 1, to, shape_.in_place && input != no_step ? builder::steps{input} : builder::steps{});
    });
  }

  builder make;

 private:
  const shape& shape_;
  range source_;
  builder::steps inputs_;  // the offers of step 1, by owner
};

// A rank's input as its result.
void keep(builder& make, const shape& shape) {
  const range from = source(shape, shape.vector_bytes), to{buffer::out, 0, shape.vector_bytes};
  if (from != to && to.bytes != 0) make.copy(from, to);
}

// An operand, and the step that makes it, unless it is there from the start or a view.
struct known {
  operand what;
  std::uint32_t by = no_step;
};

// Steps 2 and 3 of a scan, at the owner of a slice that is not empty: rank r gets the prefix of r + 1 - shift ranks.
class prefixes {
 public:
  prefixes(sliced& work, const shape& of, int shift) : make_(work.make), own_(work.own()) {
    const auto longest = static_cast<std::size_t>(of.size - shift);
    std::vector<known> blocks(longest);
    const auto rank = static_cast<std::size_t>(of.rank);
    if (rank < longest) blocks[rank].what = {own_, no_step, 1};
    each_before(of, [&](int peer) {
      if (static_cast<std::size_t>(peer) >= longest) return;
      known& leaf = blocks[static_cast<std::size_t>(peer)];
      if (peer == 0 && shift == 1) {  // a prefix as it is, for rank 1: a view could not be offered
        leaf.what = {make_.allocate(own_.bytes), no_step, 1};
        leaf.by = make_.fetch(peer, 0, leaf.what.where);
      } else {
        leaf.what = make_.view(peer, 0, own_.bytes);
      }
    });
    levels_.push_back(std::move(blocks));
    while (levels_.back().size() > 1) {
      const std::vector<known>& halves = levels_.back();
      blocks.assign(halves.size() / 2, {});
      for (std::size_t k = 0; k < blocks.size(); ++k) {
        blocks[k] = combine({halves[2 * k], halves[2 * k + 1]}, make_.allocate(own_.bytes));
      }
      levels_.push_back(std::move(blocks));
    }
  }

  // The prefix of that many ranks, to be offered.
  known prefix(std::size_t length) {
    const auto of = blocks_of(length);
    return of.size() == 1 ? of.front() : combine(of, make_.allocate(own_.bytes));
  }
  // The own one; the last, as in place it overwrites an input.
  void prefix(std::size_t length, const range& to) {
    const auto of = blocks_of(length);
    if (of.size() > 1) {
      combine(of, to);
    } else {
      make_.copy(of.front().what.where, to, after(of, to));
    }
  }

 private:
  // The blocks in the binary representation of a length, largest first.
  [[nodiscard]] std::vector<known> blocks_of(std::size_t length) const {
    std::vector<known> result;
    for (std::size_t level = levels_.size(); level-- > 0;) {
      if ((length >> level & 1) != 0) result.push_back(levels_[level][(length >> level) - 1]);
    }
    return result;
  }
  [[nodiscard]] builder::steps after(const std::vector<known>& of, const range& to) const {
    builder::steps result = to == own_ ? readers_ : builder::steps{};
    for (const known& each : of) {
      if (each.by != no_step) result.push_back(each.by);
    }
    return result;
  }
  known combine(const std::vector<known>& of, const range& to) {
    std::vector<operand> operands;
    std::uint32_t ranks = 0;
    bool reads_own = false;
    for (const known& each : of) {
      operands.push_back(each.what);
      ranks += each.what.ranks;
      reads_own = reads_own || each.what.where == own_;
    }
    const std::uint32_t by = make_.reduce(std::move(operands), to, after(of, to));
    if (reads_own) readers_.push_back(by);
    return {{to, no_step, ranks}, by};
  }

  builder& make_;
  range own_;
  builder::steps readers_;                  // of the own input
  std::vector<std::vector<known>> levels_;  // [l][k] is over ranks [k * 2^l, (k + 1) * 2^l)
};

plan slices(const shape& shape, int shift) {
  const auto length = [&](int rank) { return static_cast<std::size_t>(rank + 1 - shift); };
  // The last rank's input is in no exclusive prefix; rank 0's inclusive one is its input.
  sliced work(shape, shift == 1 ? shape.size - 1 : -1);
  if (shape.size > 1 && work.own().bytes != 0) {
    prefixes made(work, shape, shift);
    each_before(shape, [&](int peer) {
      if (peer == 0) return;
      const known piece = made.prefix(length(peer));
      work.make.offer(peer, 1, piece.what.where, piece.by == no_step ? builder::steps{} : builder::steps{piece.by});
    });
    if (shape.rank != 0) made.prefix(length(shape.rank), work.result(shape.rank));
  }
  if (shape.rank != 0) {
    work.fetch();
  } else if (shift == 0) {
    keep(work.make, shape);
  }
  return work.make.take();
}

}  // namespace

plan reduce_slices(const shape& shape) {
  sliced work(shape);
  builder& make = work.make;
  const bool root = shape.rank == shape.root;
  if (shape.size == 1) {
    keep(make, shape);
    return make.take();
  }
  if (const range own = work.own(); own.bytes != 0) {
    const range to = root ? work.result(shape.rank) : make.allocate(own.bytes);
    const auto made = make.reduce(work.view(), to, {}, true);
    if (!root) make.offer(shape.root, 1, to, {made});
  }
  if (root) work.fetch();
  return make.take();
}

plan allreduce_slices(const shape& shape) {
  sliced work(shape);
  builder& make = work.make;
  if (shape.size == 1) {
    keep(make, shape);
    return make.take();
  }
  if (work.own().bytes != 0) {
    const range to = work.result(shape.rank);
    const auto made = make.reduce(work.view(), to, {}, true);
    each_before(shape, [&](int peer) { make.offer(peer, 1, to, {made}); });
  }
  work.fetch();
  return make.take();
}

plan scan_slices(const shape& shape) {
  return slices(shape, 0);
}

plan exscan_slices(const shape& shape) {
  return slices(shape, 1);
}

}  // namespace clique::schedule
