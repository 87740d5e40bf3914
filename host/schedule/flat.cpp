#include "schedule/flat.hpp"

#include "schedule/builder.hpp"

namespace clique::schedule {
namespace {

// This rank's input, or the copy of it, which is there after those steps.
struct input {
  range where;
  builder::steps after;
};

// Step 3: `to` becomes the tree over ranks [0, end), of whose inputs `own` is this rank's (if it is among them).
void combine(builder& make, const shape& shape, int end, const input& own, const range& to, bool last) {
  if (end == 0 || to.bytes == 0) return;
  if (end == 1) {
    if (shape.rank != 0) {
      make.fetch(0, 0, to, own.after);
    } else if (own.where != to) {
      make.copy(own.where, to, own.after);
    }
    return;
  }
  std::vector<operand> operands(static_cast<std::size_t>(end));
  if (shape.rank < end) operands[static_cast<std::size_t>(shape.rank)] = {own.where, no_step, 1};
  each_before(shape, [&](int peer) {
    if (peer < end) operands[static_cast<std::size_t>(peer)] = make.view(peer, 0, to.bytes);
  });
  make.reduce(std::move(operands), to, own.after, last);
}

// Steps 1 and 2: offers the input to all peers that want it, from a copy where it is overwritten.
template <class Wants>
input offer_input(builder& make, const shape& shape, bool overwritten, Wants&& wants) {
  input own{source(shape, shape.vector_bytes), {}};
  if (own.where.bytes == 0) return own;
  bool any = false;
  each_after(shape, [&](int peer) { any = any || wants(peer); });
  if (any && overwritten && shape.in_place) {
    const range copy = make.allocate(own.where.bytes);
    own.after = {make.copy(own.where, copy)};
    own.where = copy;
  }
  each_after(shape, [&](int peer) {
    if (wants(peer)) make.offer(peer, 0, own.where, own.after);
  });
  make.end_prologue();
  return own;
}

range result(const shape& shape) {
  return {buffer::out, 0, shape.vector_bytes};
}

// A scan over ranks [0, end): all higher ranks want the input. In place, that of rank 0 stays: it is what its scan
// gives, and an exscan gives it nothing.
plan prefix(const shape& shape, int end) {
  builder make;
  const input own = offer_input(make, shape, shape.rank != 0, [&](int peer) { return peer > shape.rank; });
  combine(make, shape, end, own, result(shape), false);
  return make.take();
}

}  // namespace

plan reduce_flat(const shape& shape) {
  builder make;
  const bool root = shape.rank == shape.root;
  const input own = offer_input(make, shape, false, [&](int peer) { return !root && peer == shape.root; });
  if (root) combine(make, shape, shape.size, own, result(shape), true);
  return make.take();
}

plan allreduce_flat(const shape& shape) {
  builder make;
  const input own = offer_input(make, shape, true, [](int) { return true; });
  combine(make, shape, shape.size, own, result(shape), true);
  return make.take();
}

plan reduce_scatter_flat(const shape& shape) {
  builder make;
  std::vector<block> parts(shape.parts.size());
  std::size_t end = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    parts[k] = {end, shape.parts[k]};
    end += shape.parts[k];
  }
  const range whole = source(shape, end), to{buffer::out, 0, shape.parts[static_cast<std::size_t>(shape.rank)]};
  // In place the result overwrites the parts that lie where it goes.
  const auto saved = [&](int rank) {
    const range piece = part(whole, parts[static_cast<std::size_t>(rank)]);
    const bool same = rank == shape.rank && piece == to;
    const bool stays = !shape.in_place || piece.bytes == 0 || piece.offset >= to.bytes || same;
    if (stays) return input{piece, {}};
    const range copy = make.allocate(piece.bytes);
    return input{copy, {make.copy(piece, copy)}};
  };
  input own = saved(shape.rank);
  each_after(shape, [&](int peer) {
    const input piece = saved(peer);
    if (piece.where.bytes != 0) make.offer(peer, 0, piece.where, piece.after);
    own.after.insert(own.after.end(), piece.after.begin(), piece.after.end());
  });
  make.end_prologue();
  combine(make, shape, shape.size, own, to, true);
  return make.take();
}

plan scan_flat(const shape& shape) {
  return prefix(shape, shape.rank + 1);
}

plan exscan_flat(const shape& shape) {
  return prefix(shape, shape.rank);
}

}  // namespace clique::schedule
