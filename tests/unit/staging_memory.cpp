// Staging memory: its bound, what goes beyond it, its high-water mark, and pieces that are used again.
#include "memory/staging_memory.hpp"

#include <doctest/doctest.h>

using namespace clique;

namespace {
constexpr std::size_t kib = 1024;
}

TEST_CASE("staging memory is bounded, but for what a call must have") {
  memory::arena arena(std::size_t{1} << 24);
  memory::staging_memory staging(arena, 100 * kib);
  std::byte* const first = staging.take(64 * kib, false);
  REQUIRE(first != nullptr);
  CHECK(staging.take(64 * kib, false) == nullptr);
  CHECK(staging.take(40 * kib, false) == nullptr);
  std::byte* const second = staging.take(32 * kib, false);
  REQUIRE(second != nullptr);
  std::byte* const beyond = staging.take(64 * kib, true);
  REQUIRE(beyond != nullptr);
  CHECK(beyond != first);
  CHECK(staging.use().used == 160 * kib);
  CHECK(staging.take(4 * kib, false) == nullptr);  // more than the limit is used already
  staging.give_back(beyond, 64 * kib);
  staging.give_back(first, 64 * kib);
  CHECK(staging.use().used == 32 * kib);
  CHECK(staging.use().peak == 160 * kib);
  CHECK(staging.use().limit == 100 * kib);
  CHECK(staging.use().held == 160 * kib);
}

TEST_CASE("staging memory keeps its pieces until it goes") {
  memory::arena arena(std::size_t{1} << 24);
  {
    memory::staging_memory staging(arena, ~std::size_t{0});
    std::byte* const first = staging.take(64 * kib, false);
    std::byte* const other = staging.take(4 * kib, false);
    staging.give_back(first, 64 * kib);
    CHECK(arena.used() == 68 * kib);
    CHECK(staging.take(64 * kib, false) == first);
    CHECK(arena.used() == 68 * kib);
    staging.give_back(first, 64 * kib);
    staging.give_back(other, 4 * kib);
  }
  CHECK(arena.used() == 0);
}

TEST_CASE("staging memory that is lost counts no more, and is not given out again") {
  memory::arena arena(std::size_t{1} << 24);
  memory::staging_memory staging(arena, 64 * kib);
  std::byte* const lost = staging.take(64 * kib, false);
  staging.lose(64 * kib);
  CHECK(staging.use().used == 0);
  std::byte* const next = staging.take(64 * kib, false);
  CHECK(next != nullptr);
  CHECK(next != lost);
}
