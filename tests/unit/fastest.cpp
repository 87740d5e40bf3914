#include "ways/fastest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>

using race = clique::ways::fastest<3>;

namespace {

// How often each of `manners` is taken in so many turns, where each takes so long.
std::array<int, 3> taken(race& of, std::size_t manners, const std::array<double, 3>& times, int turns) {
  std::array<int, 3> result{};
  for (int k = 0; k < turns; ++k) {
    const std::size_t manner = of.next(manners);
    REQUIRE(manner < manners);
    ++result[manner];
    of.took(manner, times[manner]);
  }
  return result;
}

}  // namespace

TEST_CASE("fastest: each is tried, then the best one is taken but for a few turns") {
  for (const std::size_t manners : {2, 3}) {
    for (std::size_t best = 0; best < manners; ++best) {
      CAPTURE(manners);
      CAPTURE(best);
      std::array<double, 3> times{3, 3, 3};
      times[best] = 1;
      race one;
      const int first = static_cast<int>(race::rounds * manners);
      for (std::size_t k = 0; k < manners; ++k) {
        race other;
        CHECK(taken(other, manners, times, first)[k] == static_cast<int>(race::rounds));
      }
      taken(one, manners, times, first);
      const auto later = taken(one, manners, times, 640);
      CHECK(later[best] >= 640 - 640 / static_cast<int>(race::again) - 1);
    }
  }
}

TEST_CASE("fastest: a long first time, and a rank that comes late now and then, decide nothing") {
  race one;
  for (std::size_t k = 0; k < 3 * race::rounds; ++k) {
    const std::size_t manner = one.next(3);
    one.took(manner, k < 3 ? 1000 : manner == 1 ? 1 : 2);
  }
  int best = 0;
  for (int k = 0; k < 1000; ++k) {
    const std::size_t manner = one.next(3);
    best += manner == 1 ? 1 : 0;
    one.took(manner, k % 10 == 0 ? 1e6 : manner == 1 ? 1 : 2);
  }
  CHECK(best > 700);
}

TEST_CASE("fastest: when another one has become the best, it is found out") {
  race one;
  taken(one, 3, {1, 2, 3}, 500);
  taken(one, 3, {3, 2, 1}, 2000);
  CHECK(taken(one, 3, {3, 2, 1}, 640)[2] > 600);
}
