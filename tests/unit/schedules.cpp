// Which calls the algorithms are tried on.
#include "schedules.hpp"

#include "schedule/binomial.hpp"
#include "schedule/bruck.hpp"
#include "schedule/doubling.hpp"
#include "schedule/dyadic.hpp"
#include "schedule/flat.hpp"
#include "schedule/nodes.hpp"
#include "schedule/pull.hpp"
#include "schedule/ring.hpp"
#include "schedule/rules.hpp"
#include "schedule/scatter_allgather.hpp"
#include "schedule/slices.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace test {
namespace {

using clique::schedule::block;
using clique::schedule::edge;

std::size_t at(int rank) {
  return static_cast<std::size_t>(rank);
}

// ---- data movement: the edges are the definition

std::vector<bytes> moved(const std::vector<shape>& shapes, const memory& before) {
  std::vector<bytes> after = before.out;
  for (std::size_t from = 0; from < shapes.size(); ++from) {
    const bytes& source = shapes[from].in_place ? before.out[from] : before.in[from];
    for (std::size_t to = 0; to < shapes.size(); ++to) {
      auto target = shapes[to].receive.begin();
      for (const edge& each : shapes[from].send) {
        if (at(each.peer) != to) continue;
        target = std::find_if(target, shapes[to].receive.end(), [&](const edge& e) { return at(e.peer) == from; });
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(each.where.offset), each.where.bytes,
                    after[to].begin() + static_cast<std::ptrdiff_t>(target++->where.offset));
      }
    }
  }
  return after;
}

problem moving(std::vector<shape> shapes) {
  problem made;
  const auto reach = [](const std::vector<edge>& all) {
    std::size_t end = 0;
    for (const edge& each : all) end = std::max(end, each.where.offset + each.where.bytes);
    return end;
  };
  for (const shape& each : shapes) {
    made.in_bytes.push_back(each.in_place ? 0 : reach(each.send));
    made.out_bytes.push_back(std::max(reach(each.receive), each.in_place ? reach(each.send) : 0));
  }
  made.shapes = shapes;
  made.definition = [shapes = std::move(shapes)](const memory& before, const reduction&) {
    return moved(shapes, before);
  };
  return made;
}

std::vector<shape> plain(const wish& what) {
  std::vector<shape> all(at(what.size));
  for (int rank = 0; rank < what.size; ++rank) {
    shape& mine = all[at(rank)];
    mine.rank = rank;
    mine.size = what.size;
    mine.root = what.root;
    mine.element = what.element;
    mine.nodes = what.nodes.empty() ? std::vector<int>(at(what.size), 0) : what.nodes;
    mine.block_bytes = what.element * what.elements;
  }
  return all;
}

// Blocks with gaps between them: equal ones without, or of random sizes, often empty.
struct layout {
  std::size_t end = 0;
  block next(std::size_t bytes, std::size_t gap) {
    const block made{end + gap, bytes};
    end = made.offset + bytes;
    return made;
  }
};

std::size_t random_bytes(const wish& what, std::mt19937& chance) {
  return chance() % 4 == 0 ? 0 : what.element * (chance() % (2 * what.elements + 1));
}

problem bcast(const wish& what, std::mt19937&) {
  auto all = plain(what);
  const block whole{0, all[0].block_bytes};
  for (int rank = 0; rank < what.size; ++rank) {
    all[at(rank)].in_place = true;
    if (rank == what.root) continue;
    all[at(what.root)].send.push_back({rank, whole});
    all[at(rank)].receive.push_back({what.root, whole});
  }
  return moving(std::move(all));
}

// In place, the root has no block for itself.
problem scatter_of(const wish& what, const std::vector<std::size_t>& sizes, std::size_t gap) {
  auto all = plain(what);
  layout whole;
  for (int rank = 0; rank < what.size; ++rank) {
    const block its = whole.next(sizes[at(rank)], gap);
    if (rank == what.root && what.in_place) continue;
    all[at(what.root)].send.push_back({rank, its});
    all[at(rank)].receive.push_back({what.root, {0, its.bytes}});
  }
  return moving(std::move(all));
}

problem gather_of(const wish& what, const std::vector<std::size_t>& sizes, std::size_t gap) {
  auto all = plain(what);
  all[at(what.root)].in_place = what.in_place;
  layout whole;
  for (int rank = 0; rank < what.size; ++rank) {
    const block its = whole.next(sizes[at(rank)], gap);
    all[at(what.root)].receive.push_back({rank, its});
    all[at(rank)].send.push_back({what.root, rank == what.root && what.in_place ? its : block{0, its.bytes}});
  }
  return moving(std::move(all));
}

problem allgather_of(const wish& what, const std::vector<std::size_t>& sizes, std::size_t gap) {
  auto all = plain(what);
  for (int to = 0; to < what.size; ++to) {
    layout whole;
    all[at(to)].in_place = what.in_place;
    for (int from = 0; from < what.size; ++from) {
      const block its = whole.next(sizes[at(from)], gap);
      all[at(to)].receive.push_back({from, its});
      all[at(from)].send.push_back({to, what.in_place ? its : block{0, its.bytes}});
    }
  }
  return moving(std::move(all));
}

// `sizes[from * size + to]`; in place they are symmetric.
problem alltoall_of(const wish& what, std::vector<std::size_t> sizes, std::size_t gap) {
  auto all = plain(what);
  for (int rank = 0; rank < what.size; ++rank) {
    layout in, out;
    shape& mine = all[at(rank)];
    mine.in_place = mine.overlap = what.in_place;
    for (int peer = 0; peer < what.size; ++peer) {
      if (what.in_place && peer < rank) sizes[at(rank * what.size + peer)] = sizes[at(peer * what.size + rank)];
      mine.send.push_back({peer, in.next(sizes[at(rank * what.size + peer)], gap)});
    }
    for (int peer = 0; peer < what.size; ++peer) {
      const std::size_t its = what.in_place ? sizes[at(rank * what.size + peer)] : sizes[at(peer * what.size + rank)];
      mine.receive.push_back({peer, out.next(its, gap)});
    }
  }
  return moving(std::move(all));
}

template <problem (*of)(const wish&, const std::vector<std::size_t>&, std::size_t)>
problem equal(const wish& what, std::mt19937&) {
  return of(what, std::vector<std::size_t>(at(what.size), what.element * what.elements), 0);
}
template <problem (*of)(const wish&, const std::vector<std::size_t>&, std::size_t)>
problem uneven(const wish& what, std::mt19937& chance) {
  std::vector<std::size_t> sizes(at(what.size));
  for (std::size_t& each : sizes) each = random_bytes(what, chance);
  return of(what, sizes, chance() % 3 * what.element);
}
problem alltoall(const wish& what, std::mt19937&) {
  return alltoall_of(what, std::vector<std::size_t>(at(what.size * what.size), what.element * what.elements), 0);
}
problem alltoallv(const wish& what, std::mt19937& chance) {
  std::vector<std::size_t> sizes(at(what.size * what.size));
  for (std::size_t& each : sizes) each = random_bytes(what, chance);
  return alltoall_of(what, sizes, chance() % 3 * what.element);
}

// In place where what a block overwrites is not the block that goes back to its rank.
problem alltoallw(const wish& what, std::mt19937& chance) {
  problem made = alltoallv(what, chance);
  for (shape& mine : made.shapes) {
    if (!what.in_place) continue;
    layout mixed;
    std::vector<std::size_t> order(mine.receive.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), chance);
    for (const std::size_t k : order) mine.receive[k].where = mixed.next(mine.receive[k].where.bytes, chance() % 3);
  }
  return moving(std::move(made.shapes));
}

// A random graph, with edges to oneself and several between two ranks.
problem neighborhood(const wish& what, std::mt19937& chance) {
  auto all = plain(what);
  std::vector<layout> in(at(what.size)), out(at(what.size));
  const std::size_t edges = chance() % (at(what.size) * 4) + 1;
  for (std::size_t k = 0; k < edges; ++k) {
    const int from = static_cast<int>(chance() % at(what.size)), to = static_cast<int>(chance() % at(what.size));
    const std::size_t its = random_bytes(what, chance);
    all[at(from)].send.push_back({to, in[at(from)].next(its, chance() % 3)});
    all[at(to)].receive.push_back({from, out[at(to)].next(its, chance() % 3)});
  }
  return moving(std::move(all));
}

// ---- reductions

bytes tree(const std::vector<bytes>& inputs, std::size_t lo, std::size_t ranks, const reduction& how) {
  if (ranks == 1) return inputs[lo];
  std::size_t half = 1;
  while (2 * half < ranks) half *= 2;
  bytes result = tree(inputs, lo, half, how);
  const bytes right = tree(inputs, lo + half, ranks - half, how);
  how.combine(result.data(), right.data(), result.data(), result.size());
  return result;
}

// What a rank gets, at the start of `out`: of the tree over ranks [0, ranks) that part.
struct share {
  std::size_t ranks = 0;
  block part;
};

problem reducing(const wish& what, std::size_t vector, std::vector<share> shares, bool finished) {
  problem made;
  made.shapes = plain(what);
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    shape& mine = made.shapes[rank];
    mine.block_bytes = 0;
    mine.vector_bytes = vector;
    mine.in_place = what.in_place;
    made.in_bytes.push_back(mine.in_place ? 0 : vector);
    made.out_bytes.push_back(mine.in_place ? vector : shares[rank].part.bytes);
  }
  made.definition = [=, shapes = made.shapes](const memory& before, const reduction& how) {
    std::vector<bytes> inputs, after = before.out;
    for (std::size_t rank = 0; rank < shares.size(); ++rank) {
      inputs.push_back(shapes[rank].in_place ? before.out[rank] : before.in[rank]);
    }
    bytes whole;
    for (std::size_t rank = 0; rank < shares.size(); ++rank) {
      if (shares[rank].ranks == 0) continue;
      if (rank == 0 || shares[rank].ranks != shares[rank - 1].ranks) {
        whole = tree(inputs, 0, shares[rank].ranks, how);
        if (finished && shares[rank].ranks > 1 && how.finish) how.finish(whole.data(), whole.size());
      }
      const auto first = whole.begin() + static_cast<std::ptrdiff_t>(shares[rank].part.offset);
      std::copy_n(first, shares[rank].part.bytes, after[rank].begin());
    }
    return after;
  };
  return made;
}

std::size_t vector_of(const wish& what) {
  return what.element * what.elements;
}

problem allreduce(const wish& what, std::mt19937&) {
  return reducing(what, vector_of(what), std::vector<share>(at(what.size), {at(what.size), {0, vector_of(what)}}),
                  true);
}

// In place is the root's alone.
problem reduce(const wish& what, std::mt19937&) {
  std::vector<share> shares(at(what.size), {at(what.size), {}});
  shares[at(what.root)].part.bytes = vector_of(what);
  wish apart = what;
  apart.in_place = false;
  problem made = reducing(apart, vector_of(what), shares, true);
  if (!what.in_place) return made;
  made.shapes[at(what.root)].in_place = true;
  made.in_bytes[at(what.root)] = 0;
  made.definition = [root = at(what.root), whole = made.definition](const memory& before, const reduction& how) {
    memory moved = before;
    moved.in[root] = before.out[root];
    return whole(moved, how);
  };
  return made;
}

template <std::size_t shift>
problem scan(const wish& what, std::mt19937&) {
  std::vector<share> shares;
  for (std::size_t rank = 0; rank < at(what.size); ++rank) {
    shares.push_back({rank + 1 - shift, {0, rank + 1 == shift ? 0 : vector_of(what)}});
  }
  return reducing(what, vector_of(what), std::move(shares), false);
}

problem reduce_scatter_of(const wish& what, const std::vector<std::size_t>& parts) {
  std::vector<share> shares;
  std::size_t end = 0;
  for (const std::size_t bytes : parts) {
    shares.push_back({at(what.size), {end, bytes}});
    end += bytes;
  }
  problem made = reducing(what, end, std::move(shares), true);
  for (shape& each : made.shapes) {
    each.vector_bytes = 0;
    each.parts = parts;
  }
  return made;
}
problem reduce_scatter_block(const wish& what, std::mt19937&) {
  return reduce_scatter_of(what, std::vector<std::size_t>(at(what.size), vector_of(what)));
}
problem reduce_scatter(const wish& what, std::mt19937& chance) {
  std::vector<std::size_t> parts(at(what.size));
  for (std::size_t& each : parts) each = random_bytes(what, chance);
  return reduce_scatter_of(what, parts);
}

constexpr auto scatter = equal<scatter_of>, scatterv = uneven<scatter_of>;
constexpr auto gather = equal<gather_of>, gatherv = uneven<gather_of>;
constexpr auto allgather = equal<allgather_of>, allgatherv = uneven<allgather_of>;

}  // namespace

clique::schedule::plan schedule_case::plan_of(const problem& call, std::size_t rank) const {
  const shape& mine = call.shapes[rank];
  return clique::schedule::settled(build(mine), mine, {call.in_bytes[rank], call.out_bytes[rank]},
                                   std::string(collective) + ":" + algorithm);
}

std::vector<int> some_nodes(int size, bool subtrees, std::mt19937& chance) {
  std::vector<int> result;
  const int each = subtrees ? 1 << chance() % 4 : 1 + static_cast<int>(chance() % 6);
  const int how = subtrees ? 0 : static_cast<int>(chance() % 3);
  for (int rank = 0; rank < size; ++rank) {
    // Blocks of ranks, the last one shorter; in turns; or anyhow.
    const int before = how == 0   ? rank / each * each
                       : how == 1 ? rank % each
                                  : static_cast<int>(chance() % 1000) % (rank + 1);
    result.push_back(how == 2 && before < rank ? result[at(before)] : before);
  }
  return result;
}

const std::vector<schedule_case>& schedule_cases() {
  using namespace clique::schedule;
  // In pieces of a few elements, since the vectors of the tests are short.
  constexpr algorithm short_chain = [](const shape& shape) { return bcast_chain(shape, 48); };
  constexpr algorithm short_nodes = [](const shape& shape) { return bcast_nodes(shape, 48); };
  constexpr algorithm short_allreduce = [](const shape& shape) { return allreduce_nodes(shape, 48); };
  constexpr algorithm short_reduce = [](const shape& shape) { return reduce_nodes(shape, 48); };
  constexpr auto any = schedule_case::sizes::any, powers = schedule_case::sizes::powers_of_two;
  static const std::vector<schedule_case> all{
      {"bcast", "pull", pull, bcast, any, true, false},
      {"bcast", "binomial", bcast_binomial, bcast, any, true, false},
      {"bcast", "scatter_allgather", bcast_scatter_allgather, bcast, any, true, false},
      {"bcast", "chain", bcast_chain, bcast, any, true, false},
      {"bcast", "chain in short pieces", short_chain, bcast, any, true, false},
      {"bcast", "nodes", bcast_nodes, bcast, any, true, false},
      {"bcast", "nodes in short pieces", short_nodes, bcast, any, true, false},
      {"scatter", "pull", pull, scatter, any, true},
      {"scatter", "binomial", scatter_binomial, scatter, any, true},
      {"scatterv", "pull", pull, scatterv, any, true},
      {"gather", "pull", pull, gather, any, true},
      {"gather", "binomial", gather_binomial, gather, any, true},
      {"gatherv", "pull", pull, gatherv, any, true},
      {"allgather", "pull", pull, allgather},
      {"allgather", "doubling", allgather_doubling, allgather, powers},
      {"allgather", "bruck", allgather_bruck, allgather},
      {"allgather", "ring", allgather_ring, allgather},
      {"allgather", "nodes", allgather_nodes, allgather},
      {"allgatherv", "pull", pull, allgatherv},
      {"alltoall", "pull", pull, alltoall},
      {"alltoall", "bruck", alltoall_bruck, alltoall},
      {"alltoallv", "pull", pull, alltoallv},
      {"alltoallw", "pull", pull, alltoallw},
      {"neighbor_alltoallw", "pull", pull, neighborhood, any, false, false},
      {"reduce", "flat", reduce_flat, reduce, any, true},
      {"reduce", "slices", reduce_slices, reduce, any, true},
      {"reduce", "binomial", reduce_binomial, reduce, any, true},
      {"reduce", "nodes", reduce_nodes, reduce, any, true, true, true},
      {"reduce", "nodes in short pieces", short_reduce, reduce, any, true, true, true},
      {"allreduce", "flat", allreduce_flat, allreduce},
      {"allreduce", "slices", allreduce_slices, allreduce},
      {"allreduce", "binomial", allreduce_binomial, allreduce},
      {"allreduce", "doubling", allreduce_doubling, allreduce, powers},
      {"allreduce", "nodes", allreduce_nodes, allreduce, any, false, true, true},
      {"allreduce", "nodes in short pieces", short_allreduce, allreduce, any, false, true, true},
      {"reduce_scatter", "flat", reduce_scatter_flat, test::reduce_scatter},
      {"reduce_scatter_block", "flat", reduce_scatter_flat, reduce_scatter_block},
      {"scan", "flat", scan_flat, scan<0>},
      {"scan", "slices", scan_slices, scan<0>},
      {"scan", "dyadic", scan_dyadic, scan<0>},
      {"exscan", "flat", exscan_flat, scan<1>},
      {"exscan", "slices", exscan_slices, scan<1>},
      {"exscan", "dyadic", exscan_dyadic, scan<1>},
  };
  return all;
}

}  // namespace test
