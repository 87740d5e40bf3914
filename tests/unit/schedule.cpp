// Plans at their edges: one rank, empty blocks, an exchange in place; and what the engine relies on in all of them.
#include "core/check.hpp"
#include "schedule/by_mpi.hpp"
#include "schedule/doubling.hpp"
#include "schedule/pull.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace clique;
using schedule::block;
using schedule::buffer;
using schedule::plan;
using schedule::verb;

namespace {

plan pull(int rank, int size, bool in_place, const std::vector<block>& send, const std::vector<block>& receive) {
  schedule::shape made;
  made.rank = rank;
  made.size = size;
  made.in_place = made.overlap = in_place;
  made.send = schedule::edges(send);
  made.receive = schedule::edges(receive);
  return schedule::pull(made);
}

std::size_t count(const plan& of, verb what) {
  std::size_t result = 0;
  for (const auto& each : of.steps) result += each.what == what ? 1 : 0;
  return result;
}

}  // namespace

TEST_CASE("a rank alone copies its block, or, in place, does nothing") {
  const plan apart = pull(0, 1, false, {{4, 10}}, {{8, 10}});
  REQUIRE(apart.steps.size() == 1);
  CHECK(apart.prologue == 0);
  CHECK(apart.steps[0].what == verb::copy);
  CHECK(apart.steps[0].from.offset == 4);
  CHECK(apart.steps[0].to.offset == 8);
  CHECK(apart.steps[0].to.bytes == 10);
  CHECK(pull(0, 1, true, {{0, 10}}, {{0, 10}}).steps.empty());
}

TEST_CASE("empty blocks have no steps, one by one") {
  const plan sends = pull(1, 3, false, {{0, 5}, {5, 0}, {5, 0}}, {{0, 0}, {0, 0}, {0, 0}});
  CHECK(sends.steps.size() == 1);
  CHECK(count(sends, verb::offer) == 1);
  const plan receives = pull(1, 3, false, {{0, 0}, {0, 0}, {0, 0}}, {{0, 0}, {0, 0}, {0, 9}});
  CHECK(receives.steps.size() == 1);
  CHECK(receives.prologue == 0);
  CHECK(count(receives, verb::fetch) == 1);
}

TEST_CASE("in place every block is saved before it is overwritten, and offered from the copy") {
  const std::vector<block> blocks{{0, 3}, {3, 0}, {3, 7}, {10, 4}, {14, 1}};
  const plan made = pull(3, 5, true, blocks, blocks);
  CHECK(made.temporary == 32 + 7);  // 1, 3 and 7, each aligned to 16
  CHECK(made.prologue == 6);
  CHECK(made.steps.size() == 9);
  for (std::size_t k = 0; k < made.steps.size(); ++k) {
    const auto& step = made.steps[k];
    if (step.what == verb::copy) {
      CHECK(step.from.where == buffer::out);
      CHECK(step.to.where == buffer::temporary);
      continue;
    }
    REQUIRE(step.after.size() == 1);
    const auto& saved = made.steps[step.after[0]];
    CHECK(saved.what == verb::copy);
    const block its = blocks[static_cast<std::size_t>(step.peer)];
    CHECK(saved.from.offset == its.offset);
    if (step.what == verb::offer) {
      CHECK(step.from.where == buffer::temporary);
      CHECK(step.from.offset == saved.to.offset);
      CHECK(step.from.bytes == its.bytes);
    } else {
      CHECK(step.to.where == buffer::out);
      CHECK(step.to.offset == its.offset);
    }
  }
}

TEST_CASE("what the engine relies on holds in random plans") {
  std::mt19937 chance(3);
  for (int round = 0; round < 300; ++round) {
    const int size = static_cast<int>(chance() % 12) + 1;
    const int rank = static_cast<int>(chance() % 1000) % size;
    const bool in_place = chance() % 2 == 0;
    std::vector<block> send, receive;
    std::size_t sent = 0, received = 0;
    for (int peer = 0; peer < size; ++peer) {
      const std::size_t give = chance() % 3 == 0 ? 0 : chance() % 100, take = peer == rank ? give : chance() % 100;
      send.push_back({sent, give});
      receive.push_back({received, take});
      sent += give;
      received += take;
    }
    if (in_place) send = receive;
    const plan made = pull(rank, size, in_place, send, receive);
    std::set<int> offered, fetched;
    for (std::uint32_t k = 0; k < made.steps.size(); ++k) {
      const auto& step = made.steps[k];
      for (const std::uint32_t each : step.after) REQUIRE(each < k);  // no circle
      const bool early = k < made.prologue;
      if (step.what == verb::offer) {
        REQUIRE(early);
        REQUIRE(step.peer != rank);
        REQUIRE(offered.insert(step.peer).second);
        REQUIRE(step.from.bytes == send[static_cast<std::size_t>(step.peer)].bytes);
      } else if (step.what == verb::fetch) {
        REQUIRE_FALSE(early);
        REQUIRE(fetched.insert(step.peer).second);
        REQUIRE(step.to.bytes == receive[static_cast<std::size_t>(step.peer)].bytes);
      } else {
        REQUIRE(step.from.bytes == step.to.bytes);
        // Before the ranks agree nothing of the user's is written.
        if (early) REQUIRE(step.to.where == buffer::temporary);
      }
      if (step.to.where == buffer::temporary) REQUIRE(step.to.offset + step.to.bytes <= made.temporary);
      if (step.from.where == buffer::temporary) REQUIRE(step.from.offset + step.from.bytes <= made.temporary);
    }
    for (int peer = 0; peer < size; ++peer) {
      const auto at = static_cast<std::size_t>(peer);
      REQUIRE(offered.count(peer) == (peer != rank && send[at].bytes != 0 ? 1 : 0));
      REQUIRE(fetched.count(peer) == (peer != rank && receive[at].bytes != 0 ? 1 : 0));
    }
  }
}

TEST_CASE("several blocks for one peer travel as one, and are dealt out in their order") {
  schedule::shape mine;
  mine.rank = 0;
  mine.size = 2;
  mine.send = {{1, {0, 8}}, {0, {8, 8}}, {1, {16, 4}}, {1, {20, 0}}};
  mine.receive = {{0, {32, 8}}, {1, {0, 5}}, {1, {10, 6}}};
  const plan made = schedule::pull(mine);
  CHECK(made.prologue == 3);
  REQUIRE(made.steps.size() == 7);
  CHECK(made.steps[2].what == verb::offer);
  CHECK(made.steps[2].from.where == buffer::temporary);
  CHECK(made.steps[2].from.bytes == 12);
  CHECK(made.steps[2].after == std::vector<std::uint32_t>{0, 1});
  CHECK(made.steps[3].what == verb::fetch);
  CHECK(made.steps[3].to.bytes == 11);
  CHECK(made.steps[4].to == schedule::range{buffer::out, 0, 5});
  CHECK(made.steps[5].to == schedule::range{buffer::out, 10, 6});
  CHECK(made.steps[5].from.offset == made.steps[3].to.offset + 5);
  CHECK(made.steps[6].from == schedule::range{buffer::in, 8, 8});
  CHECK(made.steps[6].to == schedule::range{buffer::out, 32, 8});
}

TEST_CASE("MPI's own collective is one step, also where nothing moves; doubling is for powers of two") {
  const plan made = schedule::by_mpi({});
  REQUIRE(made.steps.size() == 1);
  CHECK(made.steps[0].what == verb::mpi);
  CHECK(made.prologue == 0);
  schedule::shape three;
  three.size = 3;
  CHECK_THROWS_AS(schedule::allgather_doubling(three), error);
  CHECK_THROWS_AS(schedule::allreduce_doubling(three), error);
  for (int size = 1; size <= 64; ++size) {
    CHECK(schedule::is_power_of_two(size) == ((size & (size - 1)) == 0));
  }
}
