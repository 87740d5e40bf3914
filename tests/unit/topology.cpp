// Grids and graphs of ranks, against the definitions.
#include "communicator/topology.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

using namespace clique;

namespace {

// All non-increasing sequences of k numbers with product n, by trying all.
void factorings(int n, std::size_t k, int most, std::vector<int>& begun, std::vector<std::vector<int>>& all) {
  if (begun.size() == k) {
    if (n == 1) all.push_back(begun);
    return;
  }
  for (int factor = 1; factor <= most; ++factor) {
    if (n % factor != 0) continue;
    begun.push_back(factor);
    factorings(n / factor, k, factor, begun, all);
    begun.pop_back();
  }
}

std::vector<int> evenest(int n, std::size_t k) {
  std::vector<std::vector<int>> all;
  std::vector<int> begun;
  factorings(n, k, n, begun, all);
  return *std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::pair(a.front() - a.back(), a) < std::pair(b.front() - b.back(), b);
  });
}

status thrown_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const error& caught) {
    return caught.code();
  }
  return status::success;
}

// All grids with up to three dimensions of 1, 2, 3 and 5 ranks, each a ring or not.
std::vector<cartesian> grids() {
  std::vector<cartesian> all{cartesian({}, {})};
  for (std::size_t from = 0, count = 1; count < 4; ++count) {
    for (const std::size_t to = all.size(); from < to; ++from) {
      for (const int extent : {1, 2, 3, 5}) {
        for (const int period : {0, 1}) {
          std::vector<int> dims = all[from].dims(), periods = all[from].periods();
          dims.push_back(extent);
          periods.push_back(period);
          all.emplace_back(dims, periods);
        }
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("dims_create: as even as by trying all") {
  for (int n = 1; n <= 360; ++n) {
    for (std::size_t k = 1; k <= 4; ++k) {
      CAPTURE(n);
      CHECK(dims_create(n, std::vector<int>(k)) == evenest(n, k));
    }
  }
  CHECK(dims_create(6, {0, 0}) == std::vector<int>{3, 2});
  CHECK(dims_create(7, {0, 0, 0}) == std::vector<int>{7, 1, 1});
  CHECK(dims_create(1024, {0, 0, 0}) == std::vector<int>{16, 8, 8});
}

TEST_CASE("dims_create: given dimensions stay") {
  CHECK(dims_create(6, {0, 3, 0}) == std::vector<int>{2, 3, 1});
  CHECK(dims_create(60, {5, 0, 0}) == std::vector<int>{5, 4, 3});
  CHECK(dims_create(6, {2, 3}) == std::vector<int>{2, 3});
  CHECK(dims_create(1, {}).empty());
  CHECK(thrown_by([] { dims_create(7, {0, 3, 0}); }) == status::invalid_argument);
  CHECK(thrown_by([] { dims_create(12, {2, 3}); }) == status::invalid_argument);
  CHECK(thrown_by([] { dims_create(6, {0, -1}); }) == status::invalid_argument);
  CHECK(thrown_by([] { dims_create(0, {0}); }) == status::invalid_argument);
  CHECK(thrown_by([] { dims_create(2, {}); }) == status::invalid_argument);
}

TEST_CASE("dims_create: large numbers, many dimensions") {
  for (const auto& [ranks, count] : {std::pair{2147483647, 3}, {1 << 30, 10}, {2095133040, 6}, {46340 * 46339, 2}}) {
    const auto dims = dims_create(ranks, std::vector<int>(static_cast<std::size_t>(count)));
    CHECK(std::is_sorted(dims.rbegin(), dims.rend()));
    long long product = 1;
    for (const int each : dims) product *= each;
    CHECK(product == ranks);
  }
  CHECK(dims_create(1 << 30, std::vector<int>(10)) == std::vector<int>(10, 8));
  CHECK(dims_create(46340 * 46339, {0, 0}) == std::vector<int>{46340, 46339});
}

TEST_CASE("a grid: coordinates and ranks, each from the other, the last one fastest") {
  for (const cartesian& grid : grids()) {
    std::vector<int> before;
    for (int rank = 0; rank < grid.size(); ++rank) {
      const auto at = grid.coords(rank);
      CHECK(grid.rank_of(at) == rank);
      if (rank != 0) CHECK(std::lexicographical_compare(before.begin(), before.end(), at.begin(), at.end()));
      before = at;
      for (std::size_t d = 0; d < at.size(); ++d) {
        CHECK(at[d] >= 0);
        CHECK(at[d] < grid.dims()[d]);
        for (const int turns : {-3, -1, 1, 2}) {
          auto beyond = at;
          beyond[d] += turns * grid.dims()[d];
          if (grid.periods()[d] != 0)
            CHECK(grid.rank_of(beyond) == rank);
          else
            CHECK(thrown_by([&] { (void)grid.rank_of(beyond); }) == status::invalid_argument);
        }
      }
    }
  }
  CHECK(cartesian({2, 3}, {0, 0}).coords(4) == std::vector<int>{1, 1});
}

TEST_CASE("a grid: what a shift brings from one rank to another") {
  for (const cartesian& grid : grids()) {
    for (int rank = 0; rank < grid.size(); ++rank) {
      for (int d = 0; d < static_cast<int>(grid.dims().size()); ++d) {
        for (const int by : {-7, -2, -1, 0, 1, 2, 3, 100}) {
          auto at = grid.coords(rank);
          at[static_cast<std::size_t>(d)] += by;
          int wanted = -1;
          try {
            wanted = grid.rank_of(at);
          } catch (const error&) {}
          CHECK(grid.shift(rank, d, by).destination == wanted);
          CHECK(grid.shift(rank, d, -by).source == wanted);
          if (wanted >= 0) CHECK(grid.shift(wanted, d, by).source == rank);
        }
      }
    }
  }
  const cartesian ring(std::vector<int>{3}, std::vector<int>{1});
  constexpr int least = std::numeric_limits<int>::min();  // -2^31 is 1 modulo 3
  CHECK(ring.shift(0, 0, least).destination == 1);
  CHECK(ring.shift(0, 0, least).source == 2);
}

TEST_CASE("a grid: what is wrong is said") {
  const auto make = [](std::vector<int> dims, std::vector<int> periods) {
    return thrown_by([&] { const cartesian grid(dims, periods); });
  };
  CHECK(make({2, 3}, {0, 1}) == status::success);
  CHECK(make({2, 3}, {0}) == status::invalid_argument);
  CHECK(make({2, 0}, {0, 0}) == status::invalid_argument);
  CHECK(make({-1}, {0}) == status::invalid_argument);
  CHECK(make({65536, 65536}, {0, 0}) == status::invalid_argument);
  CHECK(make(std::vector<int>(65, 1), std::vector<int>(65)) == status::invalid_argument);
  const cartesian grid(std::vector<int>{2, 3}, std::vector<int>{0, 1});
  for (const auto& call : std::initializer_list<std::function<void()>>{
           [&] { (void)grid.coords(6); }, [&] { (void)grid.coords(-1); }, [&] { (void)grid.shift(0, 2, 1); },
           [&] { (void)grid.shift(0, -1, 1); }, [&] { (void)grid.shift(6, 0, 1); },
           [&] { (void)grid.rank_of(std::vector<int>{1}); }, [&] { engine::part_of(grid, 0, std::vector<int>{1}); }}) {
    CHECK(thrown_by(call) == status::invalid_argument);
  }
}

// MPI 4.0, 8.6: what is sent to the lower neighbour of a dimension arrives as the block of the upper one, and the
// other way round. Brute force: the k-th block that i sends to j, against the k-th that j receives from i.
TEST_CASE("a grid: neighbours, and which block meets which") {
  for (const cartesian& grid : grids()) {
    std::vector<neighborhood> all;
    for (int rank = 0; rank < grid.size(); ++rank) all.push_back(engine::grid_topology(grid, rank).around);
    std::map<std::pair<int, int>, std::vector<int>> sent, received;  // positions, by (from, to)
    std::size_t in = 0, out = 0;
    for (int rank = 0; rank < grid.size(); ++rank) {
      const neighborhood& mine = all[static_cast<std::size_t>(rank)];
      REQUIRE(mine.sources.size() == 2 * grid.dims().size());
      REQUIRE(mine.destinations == mine.sources);
      REQUIRE(std::is_permutation(mine.order.begin(), mine.order.end(),
                                  engine::graph_topology(mine.order, {}, 1000).around.order.begin()));
      for (int k = 0; k < static_cast<int>(mine.sources.size()); ++k) {
        const auto expected = grid.shift(rank, k / 2, k % 2 == 0 ? -1 : 1).destination;
        CHECK(mine.destinations[static_cast<std::size_t>(k)] == expected);
        if (expected < 0) continue;
        sent[{rank, expected}].push_back(k);
        ++out;
      }
      for (const int k : mine.order) {
        const int source = mine.sources[static_cast<std::size_t>(k)];
        if (source < 0) continue;
        received[{source, rank}].push_back(k);
        ++in;
      }
    }
    CHECK(in == out);
    for (const auto& [pair, blocks] : sent) {
      const auto& matched = received[pair];
      REQUIRE(matched.size() == blocks.size());
      for (std::size_t k = 0; k < blocks.size(); ++k) CHECK(matched[k] == (blocks[k] ^ 1));
    }
  }
}

TEST_CASE("a grid without some of its dimensions") {
  for (const cartesian& grid : grids()) {
    const std::size_t count = grid.dims().size();
    for (unsigned kept = 0; kept < 1u << count; ++kept) {
      std::vector<int> remains(count);
      for (std::size_t d = 0; d < count; ++d) remains[d] = static_cast<int>(kept >> d & 1);
      std::map<int, std::map<int, int>> parts;  // number -> place -> rank
      for (int rank = 0; rank < grid.size(); ++rank) {
        const auto part = engine::part_of(grid, rank, remains);
        CHECK(parts[part.number].emplace(part.place, rank).second);
        // The coordinates that are left.
        std::vector<int> wanted;
        const auto at = grid.coords(rank);
        for (std::size_t d = 0; d < count; ++d) {
          if (remains[d] != 0) wanted.push_back(at[d]);
        }
        CHECK(part.grid.coords(part.place) == wanted);
      }
      for (const auto& [number, places] : parts) {
        CHECK(places.begin()->first == 0);
        CHECK(places.rbegin()->first == static_cast<int>(places.size()) - 1);
      }
    }
  }
}

TEST_CASE("a graph: neighbours as given, or said which is wrong") {
  const std::vector<int> sources{2, 0, 2, 1}, destinations{1, 1};
  const auto made = engine::graph_topology(sources, destinations, 3);
  CHECK_FALSE(made.grid.has_value());
  CHECK(made.around.sources == sources);
  CHECK(made.around.destinations == destinations);
  CHECK(made.around.order == std::vector<int>{0, 1, 2, 3});
  CHECK(thrown_by([&] { engine::graph_topology(sources, destinations, 2); }) == status::invalid_argument);
  CHECK(thrown_by([&] { engine::graph_topology(destinations, std::vector<int>{-1}, 2); }) == status::invalid_argument);
}
