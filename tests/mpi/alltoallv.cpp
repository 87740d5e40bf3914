// alltoallv: counts of every kind, gaps and permuted displacements, in place and not, blocking and not.
#include "support.hpp"

#include <algorithm>

namespace {

using namespace test;

std::size_t chance(int from, int to, std::size_t below) {
  return (static_cast<std::size_t>(from) * 2654435761u + static_cast<std::size_t>(to) * 40503u + 12345u) / 7 % below;
}

struct pattern {
  const char* name;
  counting counts;
};

// The counts of one exchange; `large` is above every threshold of the configuration.
std::vector<pattern> patterns(std::size_t inlined, std::size_t large) {
  const int last = world().size() - 1;
  return {
      {"nothing", [](int, int) { return 0; }},
      {"one each", [](int, int) { return 1; }},
      {"odd", [](int from, int to) { return static_cast<std::size_t>((3 * from + 5 * to) % 17 * 2 + 1); }},
      {"some nothing",
       [](int from, int to) { return chance(from, to, 3) == 0 ? 0 : chance(from, to, std::size_t{1999}); }},
      {"only to itself", [](int from, int to) { return std::size_t{from == to ? 77u : 0u}; }},
      {"only from rank 0 to the last",
       [=](int from, int to) { return std::size_t{from == 0 && to == last ? 500u : 0u}; }},
      {"around the inlined size",
       [=](int from, int to) {
         return std::max<std::size_t>(inlined, 1) - 1 + static_cast<std::size_t>(from + 2 * to) % 3;
       }},
      {"small and large side by side",
       [=](int from, int to) { return (from + to) % 2 == 0 ? 5 : large + chance(from, to, 100); }},
  };
}

template <class T>
void run_all() {
  const thresholds at = thresholds_of(world());
  const std::size_t above = at.segment <= 65536 ? 3 * at.ring : wide() || world().size() <= 2 ? at.ring : 65536;
  int turn = 0;
  for (const pattern& each : patterns(at.inlined / sizeof(T), above / sizeof(T))) {
    for (const bool in_place : {false, true}) {
      for (const bool blocking : {true, false}) {
        for (const bool permuted : {false, true}) {
          // Of the three, two decide the third where the table is not wide.
          if (!wide() && permuted != (in_place != blocking)) continue;
          CAPTURE(each.name);
          CAPTURE(clique::name(clique::datatype_of<T>));
          CAPTURE(in_place);
          CAPTURE(blocking);
          CAPTURE(permuted);
          const std::size_t gap = static_cast<std::size_t>(turn) % 3 * 5;
          shape of = lists(world(), each.counts, gap, permuted, in_place);
          of.send_offset = static_cast<std::size_t>(turn) % 4;
          of.receive_offset = static_cast<std::size_t>(turn) % 5;
          ++turn;
          trial<T> one(world(), of);
          blocking ? one.run_and_check() : one.start_and_check();
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("alltoallv: counts of every kind") {
  run_all<std::uint8_t>();
  if (!wide() && world().size() > 4) return;
  run_all<float>();
  if (!wide()) return;
  for_types<std::tuple<std::int16_t, clique::half, double, std::complex<float>, std::complex<double>>>(
      [](auto value) { run_all<decltype(value)>(); });
}

TEST_CASE("alltoallv: each type") {
  for_types<all_types>([](auto value) {
    trial<decltype(value)>(
        world(),
        lists(
            world(), [](int from, int to) { return static_cast<std::size_t>((from * 7 + to * 3) % 11); }, 2, true))
        .run_and_check();
  });
}

TEST_CASE("alltoallv: the same elements go to all") {
  for (const std::size_t count : {9, 3000, 40000}) {
    shape of = lists(world(), [=](int, int) { return count; });
    of.one_for_all = true;
    of.send_displacements.assign(of.send_displacements.size(), 2);
    of.send_count = count + 2;
    trial<std::int32_t>(world(), of).run_and_check();
  }
}

TEST_CASE("alltoallv: other counts in each call, and the first ones again") {
  for (const int round : {0, 1, 2, 3, 0, 1, 2, 3}) {
    trial<std::int64_t>(world(), lists(world(),
                                       [=](int from, int to) {
                                         return static_cast<std::size_t>((from * 5 + to * 3 + round * 11) % 40);
                                       }))
        .run_and_check();
  }
}
