// What the algorithms cost, counted from their plans, against the formulas of those who found them; and, on demand, the
// table for many ranks: clique_unit_tests --no-skip -tc="the costs of all algorithms*".
#include "schedule/binomial.hpp"
#include "schedule/bruck.hpp"
#include "schedule/cost.hpp"
#include "schedule/doubling.hpp"
#include "schedule/dyadic.hpp"
#include "schedule/flat.hpp"
#include "schedule/pull.hpp"
#include "schedule/ring.hpp"
#include "schedule/scatter_allgather.hpp"
#include "schedule/slices.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <string_view>

using namespace clique::schedule;

namespace {

enum class kind { bcast, scatter, gather, allgather, alltoall, reduction, reduce_scatter };

// One rank's shape: blocks, the vector or the parts have `bytes`; the root is rank 0.
shape shape_of(kind what, int rank, int size, std::size_t bytes) {
  shape mine;
  mine.rank = rank;
  mine.size = size;
  mine.element = 8;
  mine.block_bytes = mine.vector_bytes = bytes;
  const auto own = [&](int peer) { return block{static_cast<std::size_t>(peer) * bytes, bytes}; };
  const auto all = [&](std::vector<edge>& of, bool apart) {
    for (int peer = 0; peer < size; ++peer) of.push_back({peer, apart ? own(peer) : block{0, bytes}});
  };
  switch (what) {
    case kind::bcast:
      mine.in_place = true;
      if (rank == 0) all(mine.send, false);
      mine.receive = {{0, {0, bytes}}};
      break;
    case kind::scatter:
      if (rank == 0) all(mine.send, true);
      mine.receive = {{0, {0, bytes}}};
      break;
    case kind::gather:
      mine.send = {{0, {0, bytes}}};
      if (rank == 0) all(mine.receive, true);
      break;
    case kind::allgather:
      all(mine.send, false);
      all(mine.receive, true);
      break;
    case kind::alltoall:
      all(mine.send, true);
      all(mine.receive, true);
      break;
    case kind::reduction: break;
    case kind::reduce_scatter: mine.parts.assign(static_cast<std::size_t>(size), bytes); break;
  }
  return mine;
}

cost of(algorithm build, kind what, int size, std::size_t bytes) {
  return cost_of(size, [&](int rank) { return build(shape_of(what, rank, size, bytes)); });
}

std::size_t log2_up(int size) {
  return static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(size - 1)));
}
std::size_t log2_down(int size) {
  return static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(size)) - 1);
}

struct entry {
  const char *collective, *name;
  algorithm build;
  kind what;
};

constexpr entry entries[] = {
    {"bcast", "pull", pull, kind::bcast},
    {"bcast", "binomial", bcast_binomial, kind::bcast},
    {"bcast", "scatter_allgather", bcast_scatter_allgather, kind::bcast},
    {"bcast", "chain", bcast_chain, kind::bcast},
    {"scatter", "pull", pull, kind::scatter},
    {"scatter", "binomial", scatter_binomial, kind::scatter},
    {"gather", "pull", pull, kind::gather},
    {"gather", "binomial", gather_binomial, kind::gather},
    {"allgather", "pull", pull, kind::allgather},
    {"allgather", "doubling", allgather_doubling, kind::allgather},
    {"allgather", "bruck", allgather_bruck, kind::allgather},
    {"allgather", "ring", allgather_ring, kind::allgather},
    {"alltoall", "pull", pull, kind::alltoall},
    {"alltoall", "bruck", alltoall_bruck, kind::alltoall},
    {"reduce", "flat", reduce_flat, kind::reduction},
    {"reduce", "slices", reduce_slices, kind::reduction},
    {"reduce", "binomial", reduce_binomial, kind::reduction},
    {"allreduce", "flat", allreduce_flat, kind::reduction},
    {"allreduce", "slices", allreduce_slices, kind::reduction},
    {"allreduce", "binomial", allreduce_binomial, kind::reduction},
    {"allreduce", "doubling", allreduce_doubling, kind::reduction},
    {"reduce_scatter", "flat", reduce_scatter_flat, kind::reduce_scatter},
    {"scan", "flat", scan_flat, kind::reduction},
    {"scan", "slices", scan_slices, kind::reduction},
    {"scan", "dyadic", scan_dyadic, kind::reduction},
    {"exscan", "flat", exscan_flat, kind::reduction},
    {"exscan", "slices", exscan_slices, kind::reduction},
    {"exscan", "dyadic", exscan_dyadic, kind::reduction},
};

}  // namespace

TEST_CASE("costs are what the papers say") {
  for (const int size : {2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 64}) {
    CAPTURE(size);
    const auto n = static_cast<std::size_t>(size);
    const std::size_t rounds = log2_up(size), depth = log2_down(size), bytes = 1024, vector = n * bytes;
    // Thakur, Rabenseifner and Gropp, 2005; Chan et al., 2007: trees. The root sends in every round; the farthest
    // rank is as many hops away as its number has bits.
    const cost bcast = of(bcast_binomial, kind::bcast, size, vector);
    CHECK(bcast.depth == depth);
    CHECK(bcast.messages == rounds);
    CHECK(bcast.sent == rounds * vector);
    const cost scatter = of(scatter_binomial, kind::scatter, size, bytes);
    CHECK(scatter.depth == depth);
    CHECK(scatter.messages == rounds);
    CHECK(scatter.sent == (n - 1) * bytes);
    const cost gather = of(gather_binomial, kind::gather, size, bytes);
    CHECK(gather.depth == depth);
    CHECK(gather.messages == 1);
    CHECK(gather.received == (n - 1) * bytes);
    const cost reduce = of(reduce_binomial, kind::reduction, size, vector);
    CHECK(reduce.depth == depth);
    CHECK(reduce.sent == vector);
    CHECK(reduce.combined == rounds * vector);
    CHECK(of(allreduce_binomial, kind::reduction, size, vector).depth == 2 * depth);
    // Van de Geijn, 1994: the root sends 2 (n - 1) / n of the message.
    const cost scattered = of(bcast_scatter_allgather, kind::bcast, size, vector);
    CHECK(scattered.depth == (size == 2 ? 1 : 2));
    CHECK(scattered.sent == 2 * (n - 1) * bytes);
    // Watts and van de Geijn, 1995: no rank sends more than the message, and the pieces follow each other at once.
    const std::size_t long_vector = 10 * least_piece;
    const cost chain = of(bcast_chain, kind::bcast, size, long_vector);
    CHECK(chain.messages == 10);
    CHECK(chain.sent == long_vector);
    CHECK(chain.depth == n - 1);  // of each piece; a rank's own messages follow each other
    const cost ring = of(allgather_ring, kind::allgather, size, bytes);
    CHECK(ring.depth == n - 1);
    CHECK(ring.messages == n - 1);
    CHECK(ring.sent == (n - 1) * bytes);
    CHECK(ring.received == (n - 1) * bytes);
    // Rabenseifner, 2004: 2 (n - 1) / n of the vector sent, (n - 1) / n combined.
    const cost slices = of(allreduce_slices, kind::reduction, size, vector);
    CHECK(slices.depth == 2);
    CHECK(slices.sent == 2 * (n - 1) * bytes);
    CHECK(slices.received == 2 * (n - 1) * bytes);
    CHECK(slices.combined == (n - 1) * bytes);
    CHECK(of(reduce_slices, kind::reduction, size, vector).sent == vector);
    const cost parts = of(reduce_scatter_flat, kind::reduce_scatter, size, bytes);
    CHECK(parts.depth == 1);
    CHECK(parts.sent == (n - 1) * bytes);
    CHECK(parts.combined == (n - 1) * bytes);
    // Bruck et al., 1997.
    const cost gathered = of(allgather_bruck, kind::allgather, size, bytes);
    CHECK(gathered.depth == rounds);
    CHECK(gathered.sent == (n - 1) * bytes);
    CHECK(gathered.messages <= 2 * rounds);
    const cost exchanged = of(alltoall_bruck, kind::alltoall, size, bytes);
    CHECK(exchanged.depth >= depth);
    CHECK(exchanged.depth <= rounds);
    CHECK(exchanged.messages == rounds);
    CHECK(exchanged.sent <= (n + 1) / 2 * rounds * bytes);
    // Everyone to everyone at once.
    const cost direct = of(pull, kind::alltoall, size, bytes);
    CHECK(direct.depth == 1);
    CHECK(direct.messages == n - 1);
    CHECK(direct.sent == (n - 1) * bytes);
    CHECK(direct.temporary == 0);
    const cost flat = of(allreduce_flat, kind::reduction, size, vector);
    CHECK(flat.depth == 1);
    CHECK(flat.combined == (n - 1) * vector);
    // Blelloch, 1990: the up-sweep; then all prefixes at once.
    const cost dyadic = of(scan_dyadic, kind::reduction, size, vector);
    CHECK(dyadic.depth == depth + 1);
    CHECK(dyadic.combined <= 2 * rounds * vector);
    CHECK(of(scan_slices, kind::reduction, size, vector).depth == 2);
    if (!is_power_of_two(size)) continue;
    const cost doubled = of(allgather_doubling, kind::allgather, size, bytes);
    CHECK(doubled.depth == rounds);
    CHECK(doubled.messages == rounds);
    CHECK(doubled.sent == (n - 1) * bytes);
    const cost halved = of(allreduce_doubling, kind::reduction, size, vector);
    CHECK(halved.depth == rounds);
    CHECK(halved.sent == rounds * vector);
    CHECK(exchanged.sent == n / 2 * rounds * bytes);
  }
}

// Bytes in units of the block (of alltoall, allgather, gather, scatter; of reduce_scatter the part) or of the vector.
TEST_CASE("the costs of all algorithms on many ranks" * doctest::skip()) {
  constexpr int sizes[] = {16, 256, 4096};
  constexpr std::size_t bytes = 4096 * 64;  // a slice for each rank, however many
  std::string table =
      "\n| 16, 256, 4096 ranks | depth | messages | sent | received | combined | temporary | steps |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const entry& each : entries) {
    std::string cells[7];
    for (const int size : sizes) {
      const cost its = of(each.build, each.what, size, bytes);
      const std::size_t counts[] = {its.depth,    its.messages,  its.sent, its.received,
                                    its.combined, its.temporary, its.steps};
      for (std::size_t k = 0; k < 7; ++k) {
        const bool in_units = k >= 2 && k <= 5;
        const double figure = static_cast<double>(counts[k]) / (in_units ? static_cast<double>(bytes) : 1.0);
        if (size != sizes[0]) cells[k] += ", ";
        cells[k] += in_units ? fmt::format("{:.{}f}", figure, figure < 10 && figure != std::floor(figure) ? 2 : 0)
                             : std::to_string(counts[k]);
      }
    }
    table += fmt::format("| {} {} | {} |\n", each.collective, each.name, fmt::join(cells, " | "));
  }
  MESSAGE(table);
}
