// alltoall(v) against its definition: all ranks of sizes 1..33 in one process, whatever the order in which they arrive
// and get on, the transport, the staging of each buffer, in place or not, with uneven and empty blocks.
#include "ranks.hpp"

#include <clique/collective.hpp>
#include "schedule/pull.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

using namespace test;

namespace {

constexpr std::byte canary{0xa5};
constexpr std::size_t margin = 64;

std::byte content(std::uint64_t seq, std::size_t from, std::size_t to, std::size_t k) {
  return static_cast<std::byte>((seq * 131 + from * 31 + to * 17 + k * 7 + k / 251) & 0xff);
}

schedule::shape shape_of(int rank, int size, bool in_place, const std::vector<schedule::block>& send,
                         const std::vector<schedule::block>& receive) {
  schedule::shape made;
  made.rank = rank;
  made.size = size;
  made.in_place = made.overlap = in_place;
  made.send = schedule::edges(send);
  made.receive = schedule::edges(receive);
  return made;
}

struct buffer {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::vector<std::byte> own;  // where it is not in the arena
};

// One rank's part of one operation.
struct part {
  engine::operation op;
  buffer in, out;
  std::vector<schedule::block> send, receive;
  bool late = false;  // its data is not there yet when it calls
};

struct trial {
  trial(int ranks, path way, bool within, unsigned seed)
      : size(static_cast<std::size_t>(ranks)),
        in_place(within),
        chance(seed),
        arena(std::size_t{64} << 20),
        all(ranks, way, chance() % 2 == 0 ? 0 : 64, 96, arena, chance) {}
  ~trial() {
    for (std::byte* each : blocks) arena.release(each);
  }

  void give_memory(buffer& to, staging::binding& bound, std::size_t bytes) {
    constexpr staging::kind kinds[] = {staging::kind::direct, staging::kind::host, staging::kind::mapped,
                                       staging::kind::slots};
    bound.kind = kinds[chance() % 4];
    to.bytes = bytes;
    if (bound.kind == staging::kind::direct) {
      blocks.push_back(arena.allocate(bytes + 2 * margin));
      to.data = blocks.back();
    } else {
      to.own.resize(bytes + 2 * margin);
      to.data = to.own.data();
    }
    std::fill_n(to.data, bytes + 2 * margin, canary);
    bound.buffer = reinterpret_cast<_cl_mem*>(to.data);
    bound.offset = margin;
    bound.bytes = bytes;
    if (staging::always_addressed(bound.kind)) bound.host = to.data + margin;
  }

  // A random exchange: uneven, often empty, with gaps.
  void prepare(std::uint64_t seq, std::vector<std::unique_ptr<part>>& parts) {
    std::vector<std::size_t> counts(size * size);
    for (std::size_t from = 0; from < size; ++from) {
      for (std::size_t to = 0; to < size; ++to) {
        const std::size_t kind = chance() % 6;
        counts[from * size + to] = kind == 0 ? 0 : kind < 4 ? chance() % 64 + 1 : chance() % 700;
        if (in_place && to < from) counts[from * size + to] = counts[to * size + from];
      }
    }
    for (std::size_t rank = 0; rank < size; ++rank) {
      parts.push_back(std::make_unique<part>());
      part& mine = *parts.back();
      std::size_t in_bytes = 0, out_bytes = 0;
      for (std::size_t peer = 0; peer < size; ++peer) {
        mine.send.push_back({in_bytes + chance() % 3, counts[rank * size + peer]});
        in_bytes = mine.send.back().offset + mine.send.back().bytes;
        mine.receive.push_back({out_bytes + chance() % 3, counts[peer * size + rank]});
        out_bytes = mine.receive.back().offset + mine.receive.back().bytes;
      }
      if (in_place) mine.send = mine.receive;
      mine.op.reset();
      mine.op.seq = seq;
      give_memory(mine.out, mine.op.bound(schedule::buffer::out), out_bytes);
      if (!in_place) give_memory(mine.in, mine.op.bound(schedule::buffer::in), in_bytes);
      std::byte* const data = (in_place ? mine.out.data : mine.in.data) + margin;
      auto plan = std::make_shared<engine::prepared_plan>();
      plan->plan =
          schedule::pull(shape_of(static_cast<int>(rank), static_cast<int>(size), in_place, mine.send, mine.receive));
      plan->count_steps();
      mine.late = chance() % 3 == 0 && !plan->plan.steps.empty();  // without steps there is nothing to wait for
      const auto fill = [&mine, data, seq, rank, this] {
        for (std::size_t to = 0; to < size; ++to) {
          for (std::size_t k = 0; k < mine.send[to].bytes; ++k)
            data[mine.send[to].offset + k] = content(seq, rank, to, k);
        }
      };
      if (mine.late) {
        mine.op.ready = false;
        mine.op.gate = all[rank].device->begin(fill);
      } else {
        fill();
      }
      for (const auto& each : mine.send) plan->sent.push_back(each.bytes);
      for (const auto& each : mine.receive) plan->expected.push_back(each.bytes);
      plan->pairs = transport::pair_sum(rank, {plan->sent, plan->expected});
      mine.op.mine.signature = {};
      mine.op.mine.signature.collective = static_cast<std::uint32_t>(clique::collective::alltoallv);
      mine.op.mine.signature.pairs = plan->pairs;
      if (plan->plan.temporary != 0) {
        blocks.push_back(arena.allocate(plan->plan.temporary));
        staging::binding& temporary = mine.op.bound(schedule::buffer::temporary);
        temporary.kind = staging::kind::direct;
        temporary.bytes = plan->plan.temporary;
        temporary.host = blocks.back();
      }
      mine.op.plan = std::move(plan);
      mine.op.addressed = mine.op.is_addressed();
    }
  }

  std::size_t wrong(std::uint64_t seq, const std::vector<std::unique_ptr<part>>& parts) const {
    std::size_t count = 0;
    for (std::size_t rank = 0; rank < size; ++rank) {
      const part& mine = *parts[rank];
      std::vector<std::byte> expected(mine.out.bytes + 2 * margin, canary);
      for (std::size_t from = 0; from < size; ++from) {
        for (std::size_t k = 0; k < mine.receive[from].bytes; ++k) {
          expected[margin + mine.receive[from].offset + k] = content(seq, from, rank, k);
        }
      }
      for (std::size_t k = 0; k < expected.size(); ++k) count += expected[k] != mine.out.data[k] ? 1 : 0;
    }
    return count;
  }

  // Runs `rounds` operations after each other, up to `ahead` of a rank's in flight at once; ranks run in random order.
  std::size_t run(std::uint64_t rounds, std::uint64_t ahead) {
    std::vector<std::vector<std::unique_ptr<part>>> operations(rounds);
    for (std::uint64_t seq = 1; seq <= rounds; ++seq) prepare(seq, operations[seq - 1]);
    std::vector<std::uint64_t> first(size, 0);  // the oldest operation of each rank that is not done
    std::size_t open = size;
    std::size_t looks = 0;
    while (open != 0) {
      if (++looks > 200 * (size + 20) * size * rounds) {
        std::string who;
        for (std::size_t each = 0; each < size; ++each) {
          if (first[each] != rounds) who += "\n  " + all[each].executor->waits_for(operations[first[each]][each]->op);
        }
        FAIL("the ranks wait for each other:", who);
      }
      const std::size_t rank = chance() % size;
      if (first[rank] == rounds) continue;
      std::uint64_t left = 0;
      bool all_before = true;
      for (std::uint64_t k = first[rank]; k < std::min(rounds, first[rank] + ahead); ++k) {
        engine::operation& op = operations[k][rank]->op;
        if (op.finished()) continue;
        op.may_lease = k == first[rank];
        all.look(rank, op);
        if (op.phase == engine::phase::queued) break;
      }
      for (std::uint64_t k = 0; k < rounds && all_before; ++k) {
        all_before = operations[k][rank]->op.fetched;
        if (all_before) left = k + 1;
      }
      while (first[rank] < rounds && operations[first[rank]][rank]->op.finished()) ++first[rank];
      if (left != 0) all.leave(rank, left, first[rank]);
      if (first[rank] == rounds) --open;
    }
    std::size_t errors = 0;
    for (std::uint64_t seq = 1; seq <= rounds; ++seq) {
      errors += wrong(seq, operations[seq - 1]);
      for (const auto& each : operations[seq - 1]) errors += each->op.failure ? 1 : 0;
    }
    for (std::size_t rank = 0; rank < size; ++rank) errors += all[rank].device->under_way();
    return errors;
  }

  std::size_t size;
  bool in_place;
  std::mt19937 chance;
  memory::arena arena;
  ranks all;
  std::vector<std::byte*> blocks;
};

}  // namespace

TEST_CASE("alltoallv on 1..33 ranks equals its definition") {
  for (const path way : {path::board, path::messages, path::mixed}) {
    for (const bool in_place : {false, true}) {
      for (int size = 1; size <= 33; ++size) {
        CAPTURE(size);
        CAPTURE(static_cast<int>(way));
        CAPTURE(in_place);
        if (size == 1 && way != path::board) continue;  // no peer, no transport
        trial one(size, way, in_place, static_cast<unsigned>(size * 8 + static_cast<int>(way) * 2 + in_place));
        CHECK(one.run(2, 2) == 0);
      }
    }
  }
}

TEST_CASE("ranks that run ahead reuse no slot too early") {
  for (const path way : {path::board, path::messages, path::mixed}) {
    for (const int size : {2, 3, 5}) {
      CAPTURE(size);
      CAPTURE(static_cast<int>(way));
      trial one(size, way, false, 77);
      CHECK(one.run(40, 20) == 0);  // five times the slots of a board
    }
  }
}

TEST_CASE("the plan of alltoall offers and fetches each block once, in ring order") {
  const int size = 5;
  const std::vector<schedule::block> blocks(5, {0, 8});
  for (int rank = 0; rank < size; ++rank) {
    const auto plan = schedule::pull(shape_of(rank, size, false, blocks, blocks));
    REQUIRE(plan.steps.size() == 9);
    CHECK(plan.prologue == 4);
    CHECK(plan.temporary == 0);
    for (int k = 0; k < 4; ++k) {
      CHECK(plan.steps[static_cast<std::size_t>(k)].what == schedule::verb::offer);
      CHECK(plan.steps[static_cast<std::size_t>(k)].peer == (rank + 1 + k) % size);
      CHECK(plan.steps[static_cast<std::size_t>(4 + k)].what == schedule::verb::fetch);
      CHECK(plan.steps[static_cast<std::size_t>(4 + k)].peer == (rank + size - 1 - k) % size);
    }
    CHECK(plan.steps[8].what == schedule::verb::copy);
  }
  const std::vector<schedule::block> none(5);
  CHECK(schedule::pull(shape_of(0, size, false, none, none)).steps.empty());
}
