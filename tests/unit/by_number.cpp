#include "messages/by_number.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>

using clique::engine::by_number;

TEST_CASE("by number: what was put is taken once, in any order, whatever lies between") {
  std::mt19937 chance(7);
  by_number<int> all;
  std::deque<int> things;
  std::vector<std::pair<std::uint64_t, int*>> there;
  std::uint64_t number = 0;
  for (int k = 0; k < 20000; ++k) {
    if (there.size() < chance() % 100) {
      number += 1 + (chance() % 10 == 0 ? chance() % 50 : 0);
      all.put(number, &things.emplace_back(k));
      there.emplace_back(number, &things.back());
    } else if (!there.empty()) {
      const auto at = there.begin() + static_cast<std::ptrdiff_t>(chance() % there.size());
      CHECK(all.take(at->first) == at->second);
      CHECK(all.take(at->first) == nullptr);
      there.erase(at);
    }
  }
  CHECK(all.take(number + 1) == nullptr);
  for (const auto& [at, what] : there) CHECK(all.take(at) == what);
  CHECK(all.take(number) == nullptr);
}
