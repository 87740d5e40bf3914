#include "schedule/binomial.hpp"

#include "schedule/builder.hpp"

#include <bit>

namespace clique::schedule {
namespace {

// A rank's place in the tree: `at` is its distance from the root on the ring, and it has all that stand in
// [at, at + width) below it (as far as there are so many).
struct place {
  place(const shape& of, int at_root)
      : root(at_root),
        size(of.size),
        at((of.rank - root + size) % size),
        width(at == 0 ? static_cast<int>(std::bit_ceil(static_cast<unsigned>(size))) : at & -at) {}

  [[nodiscard]] int rank(int of) const { return (root + of) % size; }
  [[nodiscard]] int parent() const { return rank(at - width); }
  [[nodiscard]] int below() const { return below(at, width); }
  [[nodiscard]] int below(int of, int width_of_child) const { return std::min(width_of_child, size - of); }

  // act(where the child stands, how many it has below it, itself included)
  template <class Do>
  void each_child_widest_first(Do&& act) const {
    for (int d = width / 2; d != 0; d /= 2) {
      if (at + d < size) act(at + d, below(at + d, d));
    }
  }
  template <class Do>
  void each_child_nearest_first(Do&& act) const {
    for (int d = 1; d < width && at + d < size; d *= 2) act(at + d, below(at + d, d));
  }

  int root, size, at, width;
};

// The blocks of `count` ranks from the one at `at` on, in a region that has them by rank: two runs where they go on at
// rank 0. act(key, first block in the region, how many, how many before them)
template <class Do>
void each_run(const place& in, int at, int count, Do&& act) {
  const int first = in.rank(at), before_end = std::min(count, in.size - first);
  act(0u, first, before_end, 0);
  if (count > before_end) act(1u, 0, count - before_end, before_end);
}

range blocks(const range& of, int first, int count, std::size_t block_bytes) {
  return part(of, static_cast<std::size_t>(first) * block_bytes, static_cast<std::size_t>(count) * block_bytes);
}

// Step 2 of bcast.
void pass_down(builder& make, const place& mine, const range& whole, const builder::steps& after) {
  mine.each_child_widest_first([&](int child, int) { make.offer(mine.rank(child), 0, whole, after); });
}

struct partial {
  range where;
  builder::steps after;  // what makes it
  builder::steps reads;  // what reads the own input
};

// Step 1 of reduce, into `to` where there is something to combine.
template <class To>
partial combine_children(builder& make, const shape& shape, const place& mine, To&& to) {
  partial made{source(shape, shape.vector_bytes), {}, {}};
  std::uint32_t ranks = 1;
  mine.each_child_nearest_first([&](int child, int below) {
    const operand own{made.where, no_step, ranks};
    if (ranks == 1) made.where = to();
    ranks += static_cast<std::uint32_t>(below);
    const operand theirs = make.view(child, 0, shape.vector_bytes, static_cast<std::uint32_t>(below));
    const bool last = ranks == static_cast<std::uint32_t>(shape.size);
    made.after = {make.reduce({own, theirs}, made.where, made.after, last)};
    if (made.reads.empty()) made.reads = made.after;
  });
  return made;
}

}  // namespace

plan bcast_binomial(const shape& shape) {
  builder make;
  const place mine(shape, shape.root);
  const range whole{buffer::out, 0, shape.block_bytes};
  if (whole.bytes == 0) return make.take();
  if (mine.at == 0) {
    pass_down(make, mine, whole, {});
    make.end_prologue();
  } else {
    pass_down(make, mine, whole, {make.fetch(mine.parent(), 0, whole)});
  }
  return make.take();
}

plan scatter_binomial(const shape& shape) {
  builder make;
  const place mine(shape, shape.root);
  const std::size_t bytes = shape.block_bytes;
  const range in{buffer::in, 0, 0}, own{buffer::out, 0, bytes};
  if (bytes == 0) return make.take();
  if (mine.at == 0) {
    mine.each_child_widest_first([&](int child, int below) {
      each_run(mine, child, below, [&](std::uint32_t key, int first, int count, int) {
        make.offer(mine.rank(child), key, blocks(in, first, count, bytes));
      });
    });
    make.end_prologue();
    if (!shape.receive.empty()) make.copy(blocks(in, shape.rank, 1, bytes), own);
    return make.take();
  }
  if (mine.below() == 1) {
    make.fetch(mine.parent(), 0, own);
    return make.take();
  }
  const range all = make.allocate(static_cast<std::size_t>(mine.below()) * bytes);
  builder::steps fetched;
  if (mine.at == mine.width) {  // the parent is the root
    each_run(mine, mine.at, mine.below(), [&](std::uint32_t key, int, int count, int before) {
      fetched.push_back(make.fetch(mine.parent(), key, blocks(all, before, count, bytes)));
    });
  } else {
    fetched.push_back(make.fetch(mine.parent(), 0, all));
  }
  mine.each_child_widest_first([&](int child, int below) {
    make.offer(mine.rank(child), 0, blocks(all, child - mine.at, below, bytes), fetched);
  });
  make.copy(blocks(all, 0, 1, bytes), own, fetched);
  return make.take();
}

plan gather_binomial(const shape& shape) {
  builder make;
  const place mine(shape, shape.root);
  const std::size_t bytes = shape.block_bytes;
  const range own{buffer::in, 0, bytes}, out{buffer::out, 0, 0};
  if (bytes == 0) return make.take();
  if (mine.at == 0) {
    mine.each_child_nearest_first([&](int child, int below) {
      each_run(mine, child, below, [&](std::uint32_t key, int first, int count, int) {
        make.fetch(mine.rank(child), key, blocks(out, first, count, bytes));
      });
    });
    if (!shape.in_place) make.copy(own, blocks(out, shape.rank, 1, bytes));
    return make.take();
  }
  if (mine.below() == 1) {
    make.offer(mine.parent(), 0, own);
    make.end_prologue();
    return make.take();
  }
  const range all = make.allocate(static_cast<std::size_t>(mine.below()) * bytes);
  builder::steps there{make.copy(own, blocks(all, 0, 1, bytes))};
  make.end_prologue();
  mine.each_child_nearest_first([&](int child, int below) {
    there.push_back(make.fetch(mine.rank(child), 0, blocks(all, child - mine.at, below, bytes)));
  });
  if (mine.at != mine.width) {
    make.offer(mine.parent(), 0, all, there);
    return make.take();
  }
  each_run(mine, mine.at, mine.below(), [&](std::uint32_t key, int, int count, int before) {
    make.offer(mine.parent(), key, blocks(all, before, count, bytes), there);
  });
  return make.take();
}

plan reduce_binomial(const shape& shape) {
  builder make;
  const place mine(shape, 0);
  const range out{buffer::out, 0, shape.vector_bytes};
  const bool root = shape.rank == shape.root;
  if (out.bytes == 0) return make.take();
  partial made = combine_children(make, shape, mine,
                                  [&] { return mine.at == 0 && root ? out : make.allocate(shape.vector_bytes); });
  if (mine.at != 0) {
    const auto offered = make.offer(mine.parent(), 0, made.where, made.after);
    if (made.after.empty()) {  // a leaf
      made.reads = {offered};
      make.end_prologue();
    }
    if (root) make.fetch(0, 0, out, shape.in_place ? made.reads : builder::steps{});
  } else if (!root) {
    make.offer(shape.root, 0, made.where, made.after);
  } else if (made.where != out) {  // alone
    make.copy(made.where, out);
  }
  return make.take();
}

plan allreduce_binomial(const shape& shape) {
  builder make;
  const place mine(shape, 0);
  const range out{buffer::out, 0, shape.vector_bytes};
  if (out.bytes == 0) return make.take();
  const partial made = combine_children(make, shape, mine, [&] { return out; });
  if (mine.at == 0) {
    if (made.where != out) make.copy(made.where, out);  // alone
    pass_down(make, mine, out, made.after);
    return make.take();
  }
  const auto offered = make.offer(mine.parent(), 0, made.where, made.after);
  if (made.after.empty()) make.end_prologue();
  builder::steps after;
  if (made.where == out) after.push_back(offered);
  pass_down(make, mine, out, {make.fetch(mine.parent(), 0, out, std::move(after))});
  return make.take();
}

}  // namespace clique::schedule
