#include "schedule/pull.hpp"

#include "schedule/builder.hpp"

#include <algorithm>
#include <span>

namespace clique::schedule {
namespace {

// The blocks of `all` that are not empty, by the ring distance of their peers (those of one peer in their order), which
// is `sign` * (peer - rank).
std::vector<edge> in_ring_order(const std::vector<edge>& all, const shape& of, int sign) {
  const auto distance = [&](const edge& each) { return (sign * (each.peer - of.rank) + of.size) % of.size; };
  std::vector<edge> result;
  result.reserve(all.size());
  for (const edge& each : all) {
    if (each.where.bytes != 0) result.push_back(each);
  }
  std::stable_sort(result.begin(), result.end(),
                   [&](const edge& a, const edge& b) { return distance(a) < distance(b); });
  return result;
}

// Calls do(first, last) for the edges of each peer.
template <class Do>
void for_each_peer(const std::vector<edge>& all, Do&& act) {
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::find_if(first, all.end(), [&](const edge& each) { return each.peer != first->peer; });
    act(std::span<const edge>(first, last));
    first = last;
  }
}

std::size_t total(std::span<const edge> of) {
  std::size_t bytes = 0;
  for (const edge& each : of) bytes += each.where.bytes;
  return bytes;
}

// The blocks of `out` that have been copied, by where they are.
class saved_blocks {
 public:
  void add(const block& which, std::uint32_t by) { all_.push_back({which.offset, which.offset + which.bytes, by}); }
  void sort() {
    std::sort(all_.begin(), all_.end(), [](const entry& a, const entry& b) { return a.begin < b.begin; });
    for (std::size_t k = 1; k < all_.size(); ++k) reach_.push_back(std::max(reach_.back(), all_[k - 1].end));
  }
  // The copies of all that `target` overwrites.
  [[nodiscard]] builder::steps within(const block& target) const {
    builder::steps result;
    auto each = std::lower_bound(all_.begin(), all_.end(), target.offset + target.bytes,
                                 [](const entry& a, std::size_t end) { return a.begin < end; });
    while (each != all_.begin()) {
      --each;
      if (each->end > target.offset) result.push_back(each->by);
      if (reach_[static_cast<std::size_t>(each - all_.begin())] <= target.offset) break;
    }
    return result;
  }

 private:
  struct entry {
    std::size_t begin, end;
    std::uint32_t by;
  };
  std::vector<entry> all_;
  std::vector<std::size_t> reach_{0};  // where the last of those before each entry ends
};

}  // namespace

plan pull(const shape& shape) {
  builder make;
  const buffer source = shape.in_place ? buffer::out : buffer::in;
  const auto range_of = [](buffer where, const block& which) { return range{where, which.offset, which.bytes}; };
  const auto send = in_ring_order(shape.send, shape, 1), receive = in_ring_order(shape.receive, shape, -1);

  saved_blocks saved;
  // A copy of blocks, one behind the other.
  const auto copy_of = [&](std::span<const edge> blocks, builder::steps& by) {
    const range packed = make.allocate(total(blocks));
    std::size_t offset = 0;
    for (const edge& each : blocks) {
      by.push_back(make.copy(range_of(source, each.where), part(packed, offset, each.where.bytes)));
      if (shape.overlap) saved.add(each.where, by.back());
      offset += each.where.bytes;
    }
    return packed;
  };

  // Blocks that stay: from where, to where. The k-th sent is the k-th received.
  struct staying {
    range from, to;
    builder::steps after;
  };
  std::vector<staying> stay;
  auto mine = receive.begin();
  for_each_peer(send, [&](std::span<const edge> blocks) {
    const int peer = blocks.front().peer;
    if (peer == shape.rank) {
      for (const edge& each : blocks) {
        if (mine == receive.end() || mine->peer != shape.rank) break;
        staying next{range_of(source, each.where), range_of(buffer::out, (mine++)->where), {}};
        if (next.from == next.to) continue;
        if (shape.overlap) next.from = copy_of({&each, 1}, next.after);
        stay.push_back(std::move(next));
      }
      return;
    }
    builder::steps after;
    range from = range_of(source, blocks.front().where);
    if (shape.overlap || blocks.size() > 1) from = copy_of(blocks, after);
    make.offer(peer, 0, from, std::move(after));
  });
  make.end_prologue();
  saved.sort();

  for_each_peer(receive, [&](std::span<const edge> blocks) {
    const int peer = blocks.front().peer;
    if (peer == shape.rank) return;
    if (blocks.size() == 1) {
      make.fetch(peer, 0, range_of(buffer::out, blocks.front().where), saved.within(blocks.front().where));
      return;
    }
    const range packed = make.allocate(total(blocks));
    const auto fetched = make.fetch(peer, 0, packed);
    std::size_t offset = 0;
    for (const edge& each : blocks) {
      auto after = saved.within(each.where);
      after.push_back(fetched);
      make.copy(part(packed, offset, each.where.bytes), range_of(buffer::out, each.where), std::move(after));
      offset += each.where.bytes;
    }
  });
  for (staying& each : stay) {
    for (const auto step : saved.within({each.to.offset, each.to.bytes})) each.after.push_back(step);
    make.copy(each.from, each.to, std::move(each.after));
  }
  return make.take();
}

}  // namespace clique::schedule
