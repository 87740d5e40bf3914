#include "schedule/doubling.hpp"

#include "schedule/builder.hpp"

#include <bit>

namespace clique::schedule {

bool is_power_of_two(int ranks) {
  return std::has_single_bit(static_cast<unsigned>(ranks));
}

plan allgather_doubling(const shape& shape) {
  require(is_power_of_two(shape.size), status::internal, "recursive doubling on {} ranks", shape.size);
  builder make;
  const std::size_t bytes = shape.block_bytes;
  const auto blocks = [&](int first, int count) {
    return range{buffer::out, static_cast<std::size_t>(first) * bytes, static_cast<std::size_t>(count) * bytes};
  };
  if (bytes == 0) return make.take();
  const range own = blocks(shape.rank, 1), from = shape.in_place ? own : range{buffer::in, 0, bytes};
  if (shape.size > 1) make.offer(shape.rank ^ 1, 0, from);  // round 0
  make.end_prologue();
  builder::steps there;
  if (!shape.in_place) there.push_back(make.copy(from, own));
  for (int distance = 1; distance < shape.size; distance *= 2) {
    const int partner = shape.rank ^ distance;
    const int first = shape.rank / distance * distance, theirs = partner / distance * distance;
    if (distance > 1) make.offer(partner, 0, blocks(first, distance), there);
    there.push_back(make.fetch(partner, 0, blocks(theirs, distance)));
  }
  return make.take();
}

plan allreduce_doubling(const shape& shape) {
  require(is_power_of_two(shape.size), status::internal, "recursive doubling on {} ranks", shape.size);
  builder make;
  const range out{buffer::out, 0, shape.vector_bytes}, input = source(shape, shape.vector_bytes);
  if (out.bytes == 0) return make.take();
  if (shape.size == 1) {
    if (input != out) make.copy(input, out);
    return make.take();
  }
  // What is there, the step that makes it, and where the next results go, with the offers of what they overwrite.
  range partial = input;
  builder::steps after;
  if (shape.in_place && shape.size == 2) {  // else both would wait for the other to read before they write
    partial = make.allocate(out.bytes);
    after = {make.copy(input, partial)};
  }
  struct place {
    range where;
    builder::steps offered;
  } places[2], *next = &places[0];
  std::uint32_t first_offer = no_step;
  for (int distance = 1; distance < shape.size; distance *= 2) {
    const int partner = shape.rank ^ distance;
    const auto offered = make.offer(partner, 0, partial, after);
    if (first_offer == no_step) {
      first_offer = offered;
      make.end_prologue();
    }
    for (place& each : places) {
      if (each.where == partial) each.offered = {offered};
    }
    const operand own{partial, no_step, static_cast<std::uint32_t>(distance)};
    const operand theirs = make.view(partner, 0, out.bytes, static_cast<std::uint32_t>(distance));
    const bool last = 2 * distance == shape.size;
    if (!last && next->where.bytes == 0) next->where = make.allocate(out.bytes);
    const range to = last ? out : next->where;
    builder::steps free = last ? builder::steps{} : next->offered;
    if (last && shape.in_place && shape.size > 2) free = {first_offer};
    free.insert(free.end(), after.begin(), after.end());
    after = {make.reduce(shape.rank < partner ? std::vector{own, theirs} : std::vector{theirs, own}, to, free, last)};
    partial = to;
    next = next == &places[0] ? &places[1] : &places[0];
  }
  return make.take();
}

}  // namespace clique::schedule
