// A call that one rank spoils: all ranks get the same failure, nothing has changed, and the next call works. With every
// staging and transport, so with rings filled and ranges mapped by the time the ranks refuse.
#include "exchange.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace test;

namespace {

constexpr std::size_t ranks_count = 4, bad = 2, block = 300, inline_bytes = 64, segment = 96;

struct spoiled {
  const char* name;
  std::function<void(ranks&, exchange&)> spoil;  // of rank `bad`
  status code;
  const char* text;
  int rank;
};

const spoiled cases[] = {
    {"an argument that is wrong",
     [](ranks&, exchange& its) {
       its.op.plan = std::make_shared<const engine::prepared_plan>();
       its.op.mine.signature = {};
       its.op.mine.signature.status = static_cast<std::int32_t>(status::invalid_argument);
       its.op.mine.set_text("the count is wrong");
     },
     status::invalid_argument, "rank 2: the count is wrong", bad},
    {"another count", [](ranks&, exchange& its) { its.op.mine.signature.count = 17; }, status::mismatch,
     "rank 2 calls alltoall of int8, 17 for each rank, but rank 0 calls", bad},
    {"another collective",
     [](ranks&, exchange& its) {
       its.call_v(std::vector<std::size_t>(ranks_count, block), std::vector<std::size_t>(ranks_count, block));
     },
     status::mismatch, "rank 2 calls alltoallv of int8, but rank 0 calls alltoall", bad},
    {"a device that cannot begin",
     [](ranks& all, exchange&) { all[bad].device->refuses = error(status::opencl_failure, "the device is gone"); },
     status::opencl_failure, "rank 2: the device is gone", bad},
};

void check_refused(ranks& all, const exchanges& parts, const spoiled& how) {
  for (std::size_t rank = 0; rank < ranks_count; ++rank) {
    const auto& failure = parts[rank]->op.failure;
    CAPTURE(rank);
    REQUIRE(failure.has_value());
    CHECK(failure->code() == how.code);
    CHECK(std::string(failure->what()).starts_with(how.text));
    CHECK(failure->rank() == how.rank);
    CHECK(std::string(failure->what()) == parts[0]->op.failure->what());
    CHECK(parts[rank]->untouched());
    CHECK(all[rank].device->under_way() == 0);
  }
}

}  // namespace

TEST_CASE("a call that one rank spoils fails alike on all, changes nothing, and the next one works") {
  for (const path way : {path::board, path::messages, path::mixed}) {
    for (const staging::kind kind :
         {staging::kind::direct, staging::kind::host, staging::kind::mapped, staging::kind::slots}) {
      std::mt19937 chance(static_cast<unsigned>(way) * 8 + static_cast<unsigned>(kind));
      memory::arena memory(std::size_t{64} << 20);
      ranks all(ranks_count, way, inline_bytes, segment, memory, chance);
      exchanges parts = one_each(all, block, memory);
      std::uint64_t seq = 0;
      for (const spoiled& how : cases) {
        // Only what calls the device before the ranks agree can fail there.
        const bool early = kind == staging::kind::mapped || (kind == staging::kind::slots && way != path::messages);
        if (how.code == status::opencl_failure && !early) continue;
        for (int round = 0; round < 6; ++round) {
          CAPTURE(how.name);
          CAPTURE(static_cast<int>(way));
          CAPTURE(static_cast<int>(kind));
          CAPTURE(round);
          ++seq;
          for (std::size_t rank = 0; rank < ranks_count; ++rank) {
            parts[rank]->begin(seq, block, kind, kind, rank != bad && chance() % 3 == 0);
          }
          how.spoil(all, *parts[bad]);
          REQUIRE(finish(all, parts, chance));
          check_refused(all, parts, how);

          ++seq;
          for (auto& each : parts) each->begin(seq, block, kind, kind, chance() % 3 == 0);
          REQUIRE(finish(all, parts, chance));
          for (auto& each : parts) {
            CHECK_FALSE(each->op.failure.has_value());
            CHECK(each->wrong() == 0);
          }
          CHECK(all.stray_messages() == 0);
        }
      }
    }
  }
}

TEST_CASE("pairs that do not match fail alike on all ranks") {
  for (const path way : {path::board, path::messages, path::mixed}) {
    CAPTURE(static_cast<int>(way));
    std::mt19937 chance(9);
    memory::arena memory(std::size_t{64} << 20);
    ranks all(ranks_count, way, inline_bytes, segment, memory, chance);
    exchanges parts = one_each(all, block, memory);
    const std::vector<std::size_t> even(ranks_count, block);
    std::vector<std::size_t> odd = even;
    odd[0] = block + 4;
    for (std::size_t rank = 0; rank < ranks_count; ++rank) {
      parts[rank]->begin(1, block, staging::kind::slots, staging::kind::slots);
      parts[rank]->call_v(even, rank == 3 ? odd : even);
    }
    REQUIRE(finish(all, parts, chance));
    check_refused(all, parts,
                  {"", {}, status::mismatch, "rank 0 sends 300 elements to rank 3, which expects 304 from it", 0});
    for (auto& each : parts) {
      each->begin(2, block, staging::kind::slots, staging::kind::slots);
      each->call_v(even, even);
    }
    REQUIRE(finish(all, parts, chance));
    for (auto& each : parts) CHECK(each->wrong() == 0);
  }
}

TEST_CASE("a rank alone is told of its own mistakes") {
  std::mt19937 chance(1);
  memory::arena memory(std::size_t{64} << 20);
  ranks all(1, path::board, inline_bytes, segment, memory, chance);
  all[0].links.meeting = nullptr;
  all[0].links.board = nullptr;
  exchanges parts = one_each(all, block, memory);
  parts[0]->begin(1, block, staging::kind::direct, staging::kind::slots);
  parts[0]->call_v({block}, {block + 1});
  REQUIRE(finish(all, parts, chance));
  REQUIRE(parts[0]->op.failure.has_value());
  CHECK(parts[0]->op.failure->code() == status::mismatch);
  CHECK(parts[0]->untouched());
  parts[0]->begin(2, block, staging::kind::direct, staging::kind::slots);
  REQUIRE(finish(all, parts, chance));
  CHECK(parts[0]->wrong() == 0);
}
