// How far a rank is done with its peers' operations, where some have other numbers there.
#include "communicator/leaving.hpp"

#include <doctest/doctest.h>

using clique::engine::leaving;

TEST_CASE("as long as all number alike, a rank is done as far as with its own") {
  leaving one;
  for (const std::uint64_t seq : {1, 2, 7}) CHECK(one.up_to(seq) == seq);
}

TEST_CASE("two that are swapped: with the first alone the rank is not done with either") {
  leaving one;
  CHECK(one.up_to(6) == 6);
  one.displaced(7, {7, 8});
  CHECK(one.up_to(7) == 6);
  one.displaced(8, {8, 7});
  CHECK(one.up_to(8) == 8);
  CHECK(one.up_to(9) == 9);
}

TEST_CASE("what a peer began before is what counts, even if this rank has done much since") {
  leaving one;
  one.displaced(1, {1, 1, 3});  // 1 2 3 here are 3 1 2 on rank 2, and 1 3 2 on rank 1
  CHECK(one.up_to(1) == 0);
  one.displaced(2, {2, 3, 1});
  CHECK(one.up_to(2) == 1);
  one.displaced(3, {3, 2, 2});
  CHECK(one.up_to(3) == 3);
  one.displaced(5, {5, 6, 5});
  one.displaced(6, {6, 5, 6});
  CHECK(one.up_to(5) == 4);
  CHECK(one.up_to(6) == 6);
}

TEST_CASE("several at once") {
  leaving one;
  one.displaced(2, {3, 2});
  one.displaced(3, {2, 3});
  CHECK(one.up_to(3) == 3);
  one.displaced(4, {5, 4});
  CHECK(one.up_to(4) == 3);
}
