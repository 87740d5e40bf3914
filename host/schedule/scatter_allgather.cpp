#include "schedule/scatter_allgather.hpp"

#include "schedule/builder.hpp"

namespace clique::schedule {

plan bcast_scatter_allgather(const shape& shape) {
  builder make;
  const bool root = shape.rank == shape.root;
  const auto slice = [&](int rank) {
    return part({buffer::out, 0, 0}, slice_of(shape.block_bytes, shape.element, rank, shape.size));
  };
  const range own = slice(shape.rank);
  if (root) {
    each_after(shape, [&](int peer) {
      if (const range piece = slice(peer); piece.bytes != 0) make.offer(peer, 0, piece);
    });
    each_after(shape, [&](int peer) {
      if (own.bytes != 0) make.offer(peer, 1, own);
    });
    make.end_prologue();
    return make.take();
  }
  if (own.bytes != 0) {
    const auto fetched = make.fetch(shape.root, 0, own);
    each_after(shape, [&](int peer) {
      if (peer != shape.root) make.offer(peer, 1, own, {fetched});
    });
  }
  each_before(shape, [&](int peer) {
    if (const range piece = slice(peer); piece.bytes != 0) make.fetch(peer, 1, piece);
  });
  return make.take();
}

}  // namespace clique::schedule
