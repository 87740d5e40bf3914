#include "schedule/bruck.hpp"

#include "schedule/builder.hpp"

#include <bit>
#include <map>

namespace clique::schedule {
namespace {

// `count` blocks from rank `first` on (modulo n), in a region that has them by rank: one run or two.
struct run {
  std::uint32_t key;
  range where;
};

std::vector<run> runs(const shape& of, const range& region, int first, int count) {
  const auto blocks = [&](int from, int many) {
    return part(region, static_cast<std::size_t>(from) * of.block_bytes,
                static_cast<std::size_t>(many) * of.block_bytes);
  };
  first %= of.size;
  const int before_end = std::min(count, of.size - first);
  std::vector<run> result{{0, blocks(first, before_end)}};
  if (count > before_end) result.push_back({1, blocks(0, count - before_end)});
  return result;
}

// How many numbers below `end` have the bit `bit`.
int with_bit(int end, int bit) {
  return end / (2 * bit) * bit + std::max(0, end % (2 * bit) - bit);
}

}  // namespace

plan allgather_bruck(const shape& shape) {
  builder make;
  const range out{buffer::out, 0, 0}, own = runs(shape, out, shape.rank, 1)[0].where;
  const range from = shape.in_place ? own : range{buffer::in, 0, shape.block_bytes};
  if (shape.block_bytes == 0) return make.take();
  if (shape.size > 1) make.offer(on_ring(shape, -1), 0, from);  // the round of distance 1
  make.end_prologue();
  builder::steps there;  // the last round does not need all of it; but offers must begin in the order of the rounds
  if (!shape.in_place) there.push_back(make.copy(from, own));
  for (int distance = 1; distance < shape.size; distance *= 2) {
    const int count = std::min(distance, shape.size - distance);
    if (distance > 1) {
      for (const run& each : runs(shape, out, shape.rank, count)) {
        make.offer(on_ring(shape, -distance), each.key, each.where, there);
      }
    }
    for (const run& each : runs(shape, out, shape.rank + distance, count)) {
      there.push_back(make.fetch(on_ring(shape, distance), each.key, each.where));
    }
  }
  return make.take();
}

plan alltoall_bruck(const shape& shape) {
  builder make;
  const std::size_t bytes = shape.block_bytes;
  const int size = shape.size;
  if (bytes == 0) return make.take();
  const auto blocks = [&](const range& of, int first, int count) {
    return part(of, static_cast<std::size_t>(first) * bytes, static_cast<std::size_t>(count) * bytes);
  };
  range own{buffer::in, 0, 0};
  builder::steps own_there;
  if (shape.in_place && size > 1) {
    own = make.allocate(static_cast<std::size_t>(size) * bytes);
    own_there.push_back(make.copy({buffer::out, 0, own.bytes}, own));
  }
  // What came in the round of each distance: the blocks whose index has that bit, in their order.
  struct arrived {
    range where;
    builder::steps by;
  };
  std::map<int, arrived> rounds;
  const int highest = size == 1 ? 0 : static_cast<int>(std::bit_floor(static_cast<unsigned>(size - 1)));
  for (int distance = highest; distance != 0; distance /= 2) {
    const auto total = static_cast<std::size_t>(with_bit(size, distance)) * bytes;
    struct piece {
      range where;
      builder::steps after;
    };
    std::vector<piece> pieces;
    for (int first = distance; first < size; first += 2 * distance) {
      const int count = std::min(distance, size - first), higher = first - distance;
      if (higher == 0) {  // these have not moved yet
        for (const run& each : runs(shape, own, shape.rank + first, count)) pieces.push_back({each.where, own_there});
      } else {
        const int bit = higher & -higher;  // of the round in which they came
        const arrived& from = rounds.at(bit);
        pieces.push_back({blocks(from.where, with_bit(first, bit), count), from.by});
      }
    }
    piece packed = pieces.front();
    if (pieces.size() > 1) {
      packed = {make.allocate(total), {}};
      std::size_t offset = 0;
      for (piece& each : pieces) {
        packed.after.push_back(make.copy(each.where, part(packed.where, offset, each.where.bytes), each.after));
        offset += each.where.bytes;
      }
    }
    make.offer(on_ring(shape, distance), 0, packed.where, std::move(packed.after));
    if (distance == highest) make.end_prologue();
    const range to = make.allocate(total);
    rounds[distance] = {to, {make.fetch(on_ring(shape, -distance), 0, to)}};
  }
  for (int index = 1; index < size; ++index) {
    const int bit = index & -index;
    const arrived& from = rounds.at(bit);
    builder::steps after = own_there;
    after.insert(after.end(), from.by.begin(), from.by.end());
    make.copy(blocks(from.where, with_bit(index, bit), 1), blocks({buffer::out, 0, 0}, on_ring(shape, -index), 1),
              std::move(after));
  }
  if (!shape.in_place) make.copy(blocks(own, shape.rank, 1), blocks({buffer::out, 0, 0}, shape.rank, 1));
  return make.take();
}

}  // namespace clique::schedule
