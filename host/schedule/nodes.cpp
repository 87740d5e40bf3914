#include "schedule/nodes.hpp"

#include "schedule/builder.hpp"
#include "schedule/slices.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace clique::schedule {
namespace {

using rank_list = std::vector<int>;

// The nodes in the order of their lowest ranks, and where this rank is.
struct node_layout {
  explicit node_layout(const std::vector<int>& nodes, int rank = 0) {
    for (int each = 0; each < static_cast<int>(nodes.size()); ++each) {
      const auto known = std::ranges::find_if(
          all, [&](const rank_list& node) { return nodes[static_cast<std::size_t>(node[0])] == nodes[at(each)]; });
      rank_list& node = known != all.end() ? *known : all.emplace_back();
      if (each == rank) {
        own = static_cast<int>(&node - all.data());
        index = static_cast<int>(node.size());
      }
      node.push_back(each);
    }
  }
  static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }
  [[nodiscard]] int count() const { return static_cast<int>(all.size()); }
  // The node so many further on.
  [[nodiscard]] int on(int distance) const { return (own + distance % count() + count()) % count(); }
  [[nodiscard]] const rank_list& node(int which) const { return all[at(which)]; }
  [[nodiscard]] const rank_list& mine() const { return node(own); }
  [[nodiscard]] int members() const { return static_cast<int>(mine().size()); }
  // The other ranks of the own node in the order of their distance on its ring: after this one, or before it.
  template <class Do>
  void each_after_here(Do&& act) const {
    for (int distance = 1; distance < members(); ++distance) act(mine()[at((index + distance) % members())]);
  }
  template <class Do>
  void each_before_here(Do&& act) const {
    for (int distance = 1; distance < members(); ++distance)
      act(mine()[at((index - distance + members()) % members())]);
  }

  std::vector<rank_list> all;
  int own = 0, index = 0;  // the node of this rank; its place there
};

int pieces_of(std::size_t bytes, std::size_t least) {
  return static_cast<int>(std::clamp<std::size_t>(bytes / least, 1, most_node_pieces));
}

}  // namespace

int count_nodes(const std::vector<int>& nodes) {
  return node_layout(nodes).count();
}

bool nodes_are_subtrees(const std::vector<int>& nodes) {
  const node_layout all(nodes);
  if (all.count() == 1) return true;
  int next = 0;
  for (const rank_list& node : all.all) {
    for (const int each : node) {
      if (each != next++) return false;
    }
  }
  const std::size_t each = all.node(0).size();
  return std::has_single_bit(each) &&
         std::all_of(all.all.begin(), all.all.end() - 1, [&](const rank_list& node) { return node.size() == each; }) &&
         all.all.back().size() <= each;
}

plan bcast_nodes(const shape& shape, std::size_t least) {
  builder make;
  const std::size_t bytes = shape.block_bytes;
  if (bytes == 0 || shape.size == 1) return make.take();
  const node_layout on(shape.nodes, shape.rank);
  const int root_node = node_layout(shape.nodes, shape.root).own;
  const auto stands_for = [&](int node) { return node == root_node ? shape.root : on.node(node)[0]; };
  // Of the node that is so many after the root's.
  const auto at_place = [&](int place) { return stands_for((root_node + place) % on.count()); };
  const int here = stands_for(on.own), place = (on.own - root_node + on.count()) % on.count();
  const int pieces = pieces_of(bytes, least);
  int parent = -1;
  rank_list children;
  if (on.count() <= pieces + 1 || on.count() == 2) {
    if (place > 0) parent = at_place(place - 1);
    if (place + 1 < on.count()) children.push_back(at_place(place + 1));
  } else {
    const int low = place & -place;  // children stand 1, 2, 4... after it, as far as its distance to its parent allows
    if (place > 0) parent = at_place(place - low);
    for (int distance = static_cast<int>(std::bit_ceil(static_cast<unsigned>(on.count()))) / 2; distance > 0;
         distance /= 2) {
      if ((place == 0 || distance < low) && place + distance < on.count())
        children.push_back(at_place(place + distance));
    }
  }
  for (int k = 0; k < pieces; ++k) {
    const range piece = part({buffer::out, 0, 0}, slice_of(bytes, shape.element, k, pieces));
    const auto key = static_cast<std::uint32_t>(k);
    if (piece.bytes == 0) continue;
    if (shape.rank != here) {
      make.fetch(here, key, piece);
      continue;
    }
    builder::steps got;
    if (parent >= 0) got.push_back(make.fetch(parent, key, piece));
    for (const int child : children) make.offer(child, key, piece, got);
    on.each_after_here([&](int peer) { make.offer(peer, key, piece, got); });
  }
  if (shape.rank == shape.root) make.end_prologue();
  return make.take();
}

plan allgather_nodes(const shape& shape) {
  builder make;
  const std::size_t bytes = shape.block_bytes;
  const auto block_of = [&](int rank) { return range{buffer::out, static_cast<std::size_t>(rank) * bytes, bytes}; };
  if (bytes == 0) return make.take();
  const node_layout on(shape.nodes, shape.rank);
  const range own = block_of(shape.rank), from = shape.in_place ? own : range{buffer::in, 0, bytes};
  // Who takes in the block of the rank at `index` of its node, on that node.
  const auto taker = [](const rank_list& node, int index) {
    return node[static_cast<std::size_t>(index) % node.size()];
  };
  // The ranks whose blocks that rank of this node takes in, in the order in which it does.
  const auto taken_by = [&](int rank) {
    rank_list result;
    for (int distance = 1; distance < on.count(); ++distance) {
      const rank_list& other = on.node(on.on(-distance));
      for (int index = 0; index < static_cast<int>(other.size()); ++index) {
        if (taker(on.mine(), index) == rank) result.push_back(other[node_layout::at(index)]);
      }
    }
    return result;
  };
  on.each_after_here([&](int peer) { make.offer(peer, 0, from); });
  for (int distance = 1; distance < on.count(); ++distance)
    make.offer(taker(on.node(on.on(distance)), on.index), 0, from);
  make.end_prologue();
  if (!shape.in_place) make.copy(from, own);
  on.each_before_here([&](int peer) { make.fetch(peer, 0, block_of(peer)); });

  const rank_list mine = taken_by(shape.rank);
  builder::steps got;
  for (const int rank : mine) got.push_back(make.fetch(rank, 0, block_of(rank)));
  std::vector<rank_list> theirs;  // by distance on the ring of the node
  std::size_t most = mine.size();
  on.each_before_here([&](int peer) {
    theirs.push_back(taken_by(peer));
    most = std::max(most, theirs.back().size());
  });
  for (std::size_t k = 0; k < most; ++k) {
    const auto key = static_cast<std::uint32_t>(k + 1);
    if (k < mine.size()) on.each_after_here([&](int peer) { make.offer(peer, key, block_of(mine[k]), {got[k]}); });
    std::size_t next = 0;
    on.each_before_here([&](int peer) {
      const rank_list& taken = theirs[next++];
      if (k < taken.size()) make.fetch(peer, key, block_of(taken[k]));
    });
  }
  return make.take();
}

namespace {

// What allreduce and reduce have in common.
class by_slices {
 public:
  by_slices(const shape& of, std::size_t least)
      : shape(of), on(of.nodes, of.rank), source(schedule::source(of, of.vector_bytes)) {
    slices = static_cast<int>(
        std::ranges::min_element(on.all, {}, [](const rank_list& node) { return node.size(); })->size());
    pieces = pieces_of(of.vector_bytes, least * static_cast<std::size_t>(slices));
    inputs.resize(static_cast<std::size_t>(pieces * slices), no_step);
    for (int piece = 0; piece < pieces; ++piece) {
      each_owner(true, [&](int owner, int slice) {
        if (const block which = cut(piece, slice); which.bytes != 0)
          inputs[place(piece, slice)] = make.offer(owner, input_key(piece), part(source, which));
      });
    }
    make.end_prologue();
  }

  [[nodiscard]] block cut(int piece, int slice) const {
    return slice_of(shape.vector_bytes, shape.element, piece * slices + slice, pieces * slices);
  }
  // Part `which` of those of a block for each node.
  [[nodiscard]] block sub(const block& of, int which) const {
    const block part = slice_of(of.bytes, shape.element, which, on.count());
    return {of.offset + part.offset, part.bytes};
  }
  [[nodiscard]] static range result(const block& which) { return part({buffer::out, 0, 0}, which); }
  [[nodiscard]] bool owns() const { return on.index < slices; }
  [[nodiscard]] int counterpart(int node) const { return on.node(node)[node_layout::at(on.index)]; }
  // Of what is combined, and of results: a letter each.
  static std::uint32_t input_key(int piece) { return static_cast<std::uint32_t>(2 * piece); }
  static std::uint32_t result_key(int piece) { return static_cast<std::uint32_t>(2 * piece + 1); }
  [[nodiscard]] std::size_t place(int piece, int slice) const {
    return static_cast<std::size_t>(piece * slices + slice);
  }
  // The offer of this rank's input that must be over before it is overwritten.
  [[nodiscard]] builder::steps before(int piece, int slice) const {
    const std::uint32_t input = inputs[place(piece, slice)];
    return shape.in_place && input != no_step ? builder::steps{input} : builder::steps{};
  }
  // The other owners of slices on this node, after or before this rank.
  template <class Do>
  void each_owner(bool after, Do&& act) const {
    const auto check = [&](int peer) {
      const int slice = static_cast<int>(std::ranges::find(on.mine(), peer) - on.mine().begin());
      if (slice < slices) act(peer, slice);
    };
    if (after) {
      on.each_after_here(check);
    } else {
      on.each_before_here(check);
    }
  }

  // What this node makes of a slice: where it is, and the step that makes it.
  struct made_here {
    range where;
    builder::steps by;
  };
  made_here combine_here(int piece) {
    const block which = cut(piece, on.index);
    if (on.members() == 1 && !shape.in_place) return {part(source, which), {}};
    if (on.members() == 1) {  // the result comes there, and would wait for those who read it, as theirs for this rank
      const range to = make.allocate(which.bytes);
      return {to, {make.copy(part(source, which), to)}};
    }
    std::vector<operand> operands(on.mine().size());
    operands[node_layout::at(on.index)] = {part(source, which), no_step, 1};
    on.each_before_here([&](int peer) {
      const auto at = std::ranges::find(on.mine(), peer) - on.mine().begin();
      operands[static_cast<std::size_t>(at)] = make.view(peer, input_key(piece), which.bytes);
    });
    const range to = make.allocate(which.bytes);
    const auto made = make.reduce(std::move(operands), to);
    return {to, {made}};
  }
  // The results of all nodes, those of others viewed, of `which` of a slice; own: where this node's is.
  std::uint32_t combine_all(int piece, const range& own, range to, builder::steps after) {
    std::vector<operand> operands(on.all.size());
    operands[node_layout::at(on.own)] = {own, no_step, static_cast<std::uint32_t>(on.members())};
    for (int distance = 1; distance < on.count(); ++distance) {
      const int node = on.on(-distance);
      operands[node_layout::at(node)] =
          make.view(counterpart(node), input_key(piece), own.bytes, static_cast<std::uint32_t>(on.node(node).size()));
    }
    return make.reduce(std::move(operands), to, std::move(after), true);
  }

  const schedule::shape& shape;
  node_layout on;
  range source;
  int slices = 1, pieces = 1;
  builder make;

 private:
  builder::steps inputs;
};

}  // namespace

plan allreduce_nodes(const shape& shape, std::size_t least) {
  if (node_layout(shape.nodes).count() == 1) return allreduce_slices(shape);
  by_slices work(shape, least);
  builder& make = work.make;
  const node_layout& on = work.on;
  for (int piece = 0; piece < work.pieces; ++piece) {
    const block own = work.owns() ? work.cut(piece, on.index) : block{};
    if (own.bytes != 0) {
      const auto here = work.combine_here(piece);
      builder::steps made;
      // Each node combines all of it, where there are two, or a part of its own.
      const bool whole = on.count() == 2;
      const block mine = whole ? own : work.sub(own, on.own);
      for (int distance = 1; distance < on.count(); ++distance) {
        const int node = on.on(distance);
        const block theirs = whole ? own : work.sub(own, node);
        if (theirs.bytes == 0) continue;
        make.offer(work.counterpart(node), work.input_key(piece),
                   part(here.where, theirs.offset - own.offset, theirs.bytes), here.by);
      }
      if (mine.bytes != 0) {
        made.push_back(work.combine_all(piece, part(here.where, mine.offset - own.offset, mine.bytes),
                                        work.result(mine), here.by));
        for (int distance = 1; distance < on.count() && !whole; ++distance)
          make.offer(work.counterpart(on.on(-distance)), work.result_key(piece), work.result(mine), {made[0]});
      }
      for (int distance = 1; distance < on.count() && !whole; ++distance) {
        const int node = on.on(distance);
        if (const block theirs = work.sub(own, node); theirs.bytes != 0)
          made.push_back(make.fetch(work.counterpart(node), work.result_key(piece), work.result(theirs), here.by));
      }
      on.each_before_here([&](int peer) { make.offer(peer, work.result_key(piece), work.result(own), made); });
    }
    work.each_owner(true, [&](int owner, int slice) {
      if (const block which = work.cut(piece, slice); which.bytes != 0)
        make.fetch(owner, work.result_key(piece), work.result(which), work.before(piece, slice));
    });
  }
  return make.take();
}

plan reduce_nodes(const shape& shape, std::size_t least) {
  if (node_layout(shape.nodes).count() == 1) return reduce_slices(shape);
  by_slices work(shape, least);
  builder& make = work.make;
  const node_layout& on = work.on;
  const int root_node = node_layout(shape.nodes, shape.root).own;
  const bool root = shape.rank == shape.root;
  for (int piece = 0; piece < work.pieces; ++piece) {
    const block own = work.owns() ? work.cut(piece, on.index) : block{};
    if (own.bytes != 0) {
      const auto here = work.combine_here(piece);
      if (on.own != root_node) {
        make.offer(work.counterpart(root_node), work.input_key(piece), here.where, here.by);
      } else {
        const range to = root ? work.result(own) : make.allocate(own.bytes);
        const auto made = work.combine_all(piece, here.where, to, here.by);
        if (!root) make.offer(shape.root, work.result_key(piece), to, {made});
      }
    }
    if (!root) continue;
    work.each_owner(true, [&](int owner, int slice) {
      if (const block which = work.cut(piece, slice); which.bytes != 0)
        make.fetch(owner, work.result_key(piece), work.result(which), work.before(piece, slice));
    });
  }
  return make.take();
}

}  // namespace clique::schedule
