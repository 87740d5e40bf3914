#include "schedule/ring.hpp"

#include "schedule/builder.hpp"

#include <algorithm>

namespace clique::schedule {
plan allgather_ring(const shape& shape) {
  builder make;
  const std::size_t bytes = shape.block_bytes;
  const auto block_of = [&](int rank) { return range{buffer::out, static_cast<std::size_t>(rank) * bytes, bytes}; };
  if (bytes == 0) return make.take();
  const range own = block_of(shape.rank), from = shape.in_place ? own : range{buffer::in, 0, bytes};
  const int next = on_ring(shape, 1), previous = on_ring(shape, -1);
  if (shape.size > 1) make.offer(next, 0, from);
  make.end_prologue();
  if (!shape.in_place) make.copy(from, own);
  const auto rounds = static_cast<std::uint32_t>(shape.size - 1);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const range passing = block_of(on_ring(shape, -1 - static_cast<int>(round)));
    const auto got = make.fetch(previous, round, passing);
    if (round + 1 < rounds) make.offer(next, round + 1, passing, {got});
  }
  return make.take();
}

plan bcast_chain(const shape& shape, std::size_t least) {
  builder make;
  const std::size_t bytes = shape.block_bytes;
  if (bytes == 0 || shape.size == 1) return make.take();
  const auto pieces = static_cast<int>(std::clamp<std::size_t>(bytes / least, 1, most_pieces));
  const int place = (shape.rank - shape.root + shape.size) % shape.size;
  const int next = on_ring(shape, 1), previous = on_ring(shape, -1);
  for (int k = 0; k < pieces; ++k) {
    const range piece = part({buffer::out, 0, 0}, slice_of(bytes, shape.element, k, pieces));
    if (piece.bytes == 0) continue;
    const auto key = static_cast<std::uint32_t>(k);
    builder::steps got;
    if (place > 0) got.push_back(make.fetch(previous, key, piece));
    if (place < shape.size - 1) make.offer(next, key, piece, std::move(got));
  }
  if (place == 0) make.end_prologue();
  return make.take();
}

}  // namespace clique::schedule
