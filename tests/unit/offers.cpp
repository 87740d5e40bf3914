// Blocks whose readers are late: an operation can do without them, and a slot is not used again before they are seen to
// be gone.
#include "exchange.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

using namespace test;

namespace {

constexpr std::size_t block = 300;
constexpr auto direct = staging::kind::direct;

struct two {
  explicit two(unsigned seed = 4)
      : chance(seed), all(2, path::board, 64, 96, arena, chance), parts(one_each(all, block, arena)) {}
  exchange& operator[](std::size_t rank) { return *parts[rank]; }
  void look(std::size_t rank) {
    all.look(rank, parts[rank]->op);
    if (parts[rank]->op.fetched) all.leave(rank, parts[rank]->op.seq);
  }
  // Rank 0 has all that it needs; rank 1 has arrived, and does not come back.
  void leave_alone(std::uint64_t seq, staging::kind out_of_reader = direct) {
    parts[0]->begin(seq, block, direct, direct);
    parts[1]->begin(seq, block, direct, out_of_reader);
    look(1);
    look(0);
    look(0);
    REQUIRE(parts[0]->op.fetched);
    REQUIRE_FALSE(parts[0]->op.finished());
  }
  std::mt19937 chance;
  memory::arena arena{std::size_t{64} << 20};
  ranks all;
  exchanges parts;
};

}  // namespace

TEST_CASE("an operation can do without a reader that does not come, who gets the right data later") {
  two on;
  const std::size_t before = on.arena.used();
  on.leave_alone(1);
  CHECK(on.all[0].executor->waits_for(on[0].op) ==
        "rank 0 waits in alltoall (operation 1) for rank 1 to take its block");
  CHECK(on.all[0].executor->withdraw(on[0].op));
  CHECK_FALSE(on.all[0].executor->withdraw(on[0].op));
  on.look(0);
  REQUIRE(on[0].op.finished());
  CHECK(on[0].wrong() == 0);
  on[0].spoil();  // the user's again
  CHECK(on.arena.used() > before);
  while (!on[1].op.finished()) on.look(1);
  CHECK(on[1].wrong() == 0);

  // The copy lives until its slot is used again.
  for (std::uint64_t seq = 2; seq <= 1 + transport::board::slot_count; ++seq) {
    for (std::size_t rank : {0u, 1u}) on[rank].begin(seq, block, direct, direct);
    REQUIRE(finish(on.all, on.parts, on.chance));
    CHECK(on[0].wrong() + on[1].wrong() == 0);
  }
  CHECK(on.arena.used() == before);
}

TEST_CASE("a block that its reader has begun with is not taken back") {
  two on;
  on.leave_alone(1, staging::kind::slots);
  on.look(1);  // agreed: a copy to the device begins, and takes some looks
  if (!on[1].op.finished()) {
    CHECK_FALSE(on.all[0].executor->withdraw(on[0].op));
    CHECK_FALSE(on[0].op.finished());
  }
  REQUIRE(finish(on.all, on.parts, on.chance));
  CHECK(on[0].wrong() + on[1].wrong() == 0);
}

TEST_CASE("nothing is withdrawn before the ranks agree, or before the data is there") {
  two on;
  on[0].begin(1, block, direct, direct);
  on.look(0);
  CHECK_FALSE(on.all[0].executor->withdraw(on[0].op));
  CHECK(on.all[0].executor->waits_for(on[0].op) ==
        "rank 0 waits in alltoall (operation 1) for rank 1, which has not arrived: its last operation is 0");
  on[1].begin(1, block, direct, direct, true);
  REQUIRE(finish(on.all, on.parts, on.chance));
  CHECK(on[0].wrong() + on[1].wrong() == 0);
}

TEST_CASE("a slot is not used again while this rank has not seen that its block was taken") {
  std::mt19937 chance(4);
  memory::arena memory(std::size_t{64} << 20);
  ranks all(2, path::board, 64, 96, memory, chance);
  constexpr std::uint64_t slots = transport::board::slot_count;
  std::vector<exchanges> operations;
  for (std::uint64_t seq = 1; seq <= slots + 1; ++seq) {
    operations.push_back(one_each(all, block, memory));
    for (auto& each : operations.back()) each->begin(seq, block, direct, direct);
  }
  const auto op = [&](std::size_t rank, std::uint64_t seq) -> engine::operation& {
    return operations[seq - 1][rank]->op;
  };
  for (std::uint64_t seq = 1; seq <= slots; ++seq) all.look(0, op(0, seq));
  for (std::uint64_t seq = 1; seq <= slots; ++seq) {
    all.look(1, op(1, seq));
    all.look(1, op(1, seq));
    REQUIRE(op(1, seq).fetched);
  }
  all.leave(1, slots);
  // Rank 0 looks at its latest operation right after rank 1 has left all others.
  all.look(0, op(0, slots + 1));
  CHECK(op(0, slots + 1).phase == engine::phase::queued);
  for (int round = 0; round < 20; ++round) {
    for (std::uint64_t seq = 1; seq <= slots; ++seq) {
      for (std::size_t rank : {0u, 1u}) {
        if (!op(rank, seq).finished()) all.look(rank, op(rank, seq));
      }
    }
  }
  for (std::uint64_t seq = 1; seq <= slots; ++seq) {
    CAPTURE(seq);
    CHECK(op(0, seq).finished());
    CHECK(op(1, seq).finished());
  }
  all.leave(0, slots);
  REQUIRE(finish(all, operations.back(), chance));
  for (const auto& each : operations) CHECK(each[0]->wrong() + each[1]->wrong() == 0);
}

TEST_CASE("a reader that sleeps is woken for a block that comes after the arrival") {
  using namespace std::chrono;
  constexpr auto longest = seconds(5);
  constexpr std::size_t little = 32;  // inlined, once the range is mapped
  int tried = 0;
  for (int round = 1; round <= 20; ++round) {
    two on(static_cast<unsigned>(round));
    on[0].begin(1, little, staging::kind::mapped, direct);
    on[1].begin(1, little, direct, direct);
    on.look(0);
    on.look(1);
    on.look(1);
    // As it is most times: both have arrived, and rank 0's range is not mapped yet.
    if (on[0].op.prologue_left == 0 || on[1].op.finished()) continue;
    ++tried;
    std::atomic<bool> asleep{false};
    std::thread reader([&] { on.all[1].links.board->sleep(longest, [&] { return asleep = true; }); });
    while (!asleep) std::this_thread::yield();
    const auto since = steady_clock::now();
    while (on[0].op.prologue_left != 0) on.look(0);
    reader.join();
    CHECK(steady_clock::now() - since < longest);
    REQUIRE(finish(on.all, on.parts, on.chance));
    CHECK(on[0].wrong() + on[1].wrong() == 0);
  }
  CHECK(tried > 0);
}
