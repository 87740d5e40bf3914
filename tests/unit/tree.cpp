// The tree: ranks that do not all share memory agree, refuse and fail alike, on boards and over messages.
#include "transport/tree.hpp"
#include "core/check.hpp"
#include "engine/verdict.hpp"
#include "transport/loopback.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace clique;
using namespace clique::transport;

namespace {

// Which ranks share a board: by rank the lowest rank of it, or -1.
using layout = std::vector<int>;

layout alone(int size) {
  return layout(static_cast<std::size_t>(size), -1);
}
// Each node the next so many ranks.
layout in_blocks(std::initializer_list<int> nodes) {
  layout result;
  for (const int each : nodes) {
    const int first = static_cast<int>(result.size());
    result.insert(result.end(), static_cast<std::size_t>(each), first);
  }
  return result;
}
layout in_turns(int nodes, int each) {
  layout result;
  for (int rank = 0; rank < nodes * each; ++rank) result.push_back(rank % nodes);
  return result;
}

struct net {
  explicit net(const layout& boards, std::size_t memory = std::size_t{64} << 20)
      : arena(memory), links(static_cast<int>(boards.size()), 0, arena, false) {
    std::map<int, int> sizes, next;
    for (const int each : boards) ++sizes[each];
    for (const auto& [board, size] : sizes) {
      if (board >= 0) nodes[board] = std::make_unique<loopback>(size, 0, arena);
    }
    for (std::size_t rank = 0; rank < boards.size(); ++rank) {
      board* const own = boards[rank] < 0 ? nullptr : &nodes[boards[rank]]->shm(next[boards[rank]]++);
      on_board.push_back(own);
      all.push_back(
          std::make_unique<tree>(links.link(static_cast<int>(rank)), static_cast<int>(rank), boards, own, 64));
    }
  }
  tree& operator[](int rank) { return *all[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] int size() const { return static_cast<int>(all.size()); }
  void progress() {
    for (const auto& each : all) each->progress();
  }
  // Until all say the same thing, of each of `count` operations, or too long.
  bool all_come_to(outcome wanted, std::uint64_t seq, std::uint64_t count = 1) {
    for (int round = 0; round < 100; ++round) {
      progress();
      bool over = true;
      for (const auto& each : all) {
        for (std::uint64_t k = 0; k < count; ++k) over = each->poll(seq + k) == wanted && over;
      }
      if (over) return true;
    }
    return false;
  }
  void leave(std::uint64_t seq) {
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
      all[rank]->leave(seq);
      if (on_board[rank] != nullptr) on_board[rank]->leave(seq);
    }
    progress();
  }
  clique::memory::arena arena;
  loopback links;
  std::map<int, std::unique_ptr<loopback>> nodes;
  std::vector<board*> on_board;
  std::vector<std::unique_ptr<tree>> all;
};

const layout layouts[] = {alone(2),
                          alone(3),
                          alone(4),
                          alone(7),
                          in_blocks({2, 2}),
                          in_blocks({1, 3}),
                          in_blocks({3, 1, 2}),
                          in_turns(2, 2),
                          in_turns(3, 3),
                          in_blocks({4, 3, 2, 1, 1}),
                          {0, -1, 0, -1, 4, 4}};

arrival calls(std::uint64_t count, status code = status::success, const char* text = "") {
  arrival mine;
  mine.signature.collective = 1;
  mine.signature.type = 7;
  mine.signature.count = count;
  mine.signature.status = static_cast<std::int32_t>(code);
  mine.set_text(text);
  return mine;
}

arrival starts(std::uint32_t init, std::uint32_t times) {
  arrival mine = calls(4);
  mine.signature.start = start_of(init, times);
  return mine;
}

}  // namespace

TEST_CASE("in a tree ranks agree when all have arrived, and not before") {
  for (const layout& boards : layouts) {
    net on(boards);
    for (int late = 0; late < on.size(); ++late) {
      const auto seq = static_cast<std::uint64_t>(late + 1);
      for (int rank = 0; rank < on.size(); ++rank) {
        if (rank != late) on[rank].arrive(seq, calls(4), {});
      }
      for (int round = 0; round < 8; ++round) {
        on.progress();
        for (int rank = 0; rank < on.size(); ++rank) {
          if (rank != late) CHECK(on[rank].poll(seq) == outcome::pending);
        }
      }
      on[late].arrive(seq, calls(4), {});
      REQUIRE(on.all_come_to(outcome::agreed, seq));
      for (int rank = 0; rank < on.size(); ++rank) CHECK(on[rank].numbers(seq).empty());
      on.leave(seq);
      CHECK(on.links.stray() == 0);
    }
  }
}

TEST_CASE("in a tree all ranks find out who is missing, by asking") {
  for (const layout& boards : layouts) {
    net on(boards);
    for (int late = 0; late < on.size(); ++late) {
      CAPTURE(late);
      const auto seq = static_cast<std::uint64_t>(late + 1);
      for (int rank = 0; rank < on.size(); ++rank) {
        if (rank != late) on[rank].arrive(seq, calls(4), {});
      }
      // It answers, since it is in a call, or it does not.
      for (const bool answers : {true, false}) {
        CAPTURE(answers);
        const auto look = [&] {
          for (int rank = 0; rank < on.size(); ++rank) {
            if (rank == late && !answers) continue;
            on[rank].progress();
            if (rank != late) CHECK(on[rank].poll(seq) == outcome::pending);
          }
        };
        for (int round = 0; round < 8; ++round) look();
        for (int rank = 0; rank < on.size(); ++rank) {
          if (rank != late) on[rank].inquire(seq);
        }
        for (int round = 0; round < 20; ++round) look();
        for (int rank = 0; rank < on.size(); ++rank) {
          if (rank == late) continue;
          std::uint64_t last = 99;
          CAPTURE(rank);
          CHECK(on[rank].missing(seq, last) == late);
          if (answers) CHECK(last == seq - 1);
        }
      }
      on[late].arrive(seq, calls(4), {});
      REQUIRE(on.all_come_to(outcome::agreed, seq));
      on.leave(seq);
      on.progress();
      CHECK(on.links.stray() == 0);
    }
  }
}

TEST_CASE("in a tree a refusal has the same details on all ranks") {
  for (const layout& boards : layouts) {
    net on(boards);
    const int bad = on.size() - 1, odd = on.size() / 2;
    for (int rank = 0; rank < on.size(); ++rank) {
      on[rank].arrive(1, rank == bad ? calls(4, status::no_device, "there is none") : calls(rank == odd ? 5 : 4), {});
    }
    REQUIRE(on.all_come_to(outcome::refused, 1));
    for (int rank = 0; rank < on.size(); ++rank) {
      const minutes seen = on[rank].read(1);
      REQUIRE(seen.arrivals.size() == boards.size());
      CHECK(std::string(seen.arrivals[static_cast<std::size_t>(bad)].text) == "there is none");
      CHECK(seen.arrivals[static_cast<std::size_t>(bad)].signature.status ==
            static_cast<std::int32_t>(status::no_device));
      if (odd != bad) CHECK(seen.arrivals[static_cast<std::size_t>(odd)].signature.count == 5);
      CHECK(std::string(seen.arrivals[0].text).empty());
    }
    on.leave(1);
    CHECK(on.links.stray() == 0);
    for (int rank = 0; rank < on.size(); ++rank) on[rank].arrive(2, calls(4), {});
    CHECK(on.all_come_to(outcome::agreed, 2));
  }
}

TEST_CASE("in a tree pairs that do not match are found by all, and those that match by none") {
  for (const layout& boards : layouts) {
    const std::size_t size = boards.size();
    net on(boards);
    std::mt19937 chance(static_cast<unsigned>(size));
    std::vector<std::vector<std::size_t>> sent(size, std::vector<std::size_t>(size)), expected = sent;
    for (std::size_t from = 0; from < size; ++from) {
      for (std::size_t to = 0; to < size; ++to) sent[from][to] = expected[to][from] = 8 * (chance() % 5);
    }
    const auto arrive = [&](std::uint64_t seq) {
      for (std::size_t rank = 0; rank < size; ++rank) {
        arrival mine = calls(0);
        const pair_bytes bytes{sent[rank], expected[rank]};
        mine.signature.pairs = pair_sum(rank, bytes);
        on[static_cast<int>(rank)].arrive(seq, mine, bytes);
      }
    };
    arrive(1);
    REQUIRE(on.all_come_to(outcome::agreed, 1));
    on.leave(1);

    const std::size_t to = size - 1, from = size / 2;
    expected[to][from] += 16;
    expected[0][0] += 24;  // of its own block
    arrive(2);
    REQUIRE(on.all_come_to(outcome::refused, 2));
    for (int rank = 0; rank < on.size(); ++rank) {
      const minutes seen = on[rank].read(2);
      REQUIRE(seen.odd.size() == 2);
      CHECK(seen.odd[0].from == 0);
      CHECK(seen.odd[0].to == 0);
      CHECK(seen.odd[0].expected == expected[0][0]);
      CHECK(seen.odd[1].from == static_cast<int>(from));
      CHECK(seen.odd[1].to == static_cast<int>(to));
      CHECK(seen.odd[1].sent == sent[from][to]);
      CHECK(seen.odd[1].expected == expected[to][from]);
      CHECK(std::string(engine::verdict(seen).what()) == engine::verdict(on[0].read(2)).what());
    }
    on.leave(2);
    CHECK(on.links.stray() == 0);
  }
}

TEST_CASE("in a tree starts of persistent calls meet by name, in whatever order ranks begin them") {
  for (const layout& boards : layouts) {
    net on(boards);
    const auto size = static_cast<std::uint64_t>(on.size());
    std::uint64_t seq = 0;
    for (std::uint32_t times = 1; times <= 4; ++times) {
      // Three calls, begun by each rank from another one on; rank 0's numbers are what all know.
      for (std::uint64_t k = 0; k < 3; ++k) {
        for (std::uint64_t rank = 0; rank < size; ++rank)
          on[static_cast<int>(rank)].arrive(seq + 1 + k, starts(1 + static_cast<std::uint32_t>((k + rank) % 3), times),
                                            {});
      }
      REQUIRE(on.all_come_to(outcome::agreed, seq + 1, 3));
      for (std::uint64_t rank = 0; rank < size; ++rank) {
        for (std::uint64_t k = 0; k < 3; ++k) {
          const std::uint64_t call = (k + rank) % 3;  // that rank 0 has begun as its number `call`
          const auto numbers = on[static_cast<int>(rank)].numbers(seq + 1 + k);
          CHECK(on[static_cast<int>(rank)].number_of(seq + 1 + k) == seq + 1 + call);
          for (std::uint64_t peer = 0; peer < size && !numbers.empty(); ++peer) {
            const bool together = boards[rank] >= 0 && boards[rank] == boards[peer];
            CHECK(numbers[peer] == seq + 1 + (together ? (call + 3 - peer % 3) % 3 : k));
          }
        }
      }
      seq += 3;
      on.leave(seq);
      CHECK(on.links.stray() == 0);
    }
  }
}

TEST_CASE("in a tree a start and another call under its number do not agree, and all learn it") {
  for (const layout& boards : layouts) {
    net on(boards);
    for (int odd = 0; odd < on.size(); ++odd) {
      const auto seq = static_cast<std::uint64_t>(odd + 1);
      for (int rank = 0; rank < on.size(); ++rank)
        on[rank].arrive(seq, rank == odd ? calls(9) : starts(1, static_cast<std::uint32_t>(seq)), {});
      REQUIRE(on.all_come_to(outcome::refused, seq));
      CHECK(on[0].read(seq).arrivals[static_cast<std::size_t>(odd)].signature.count == 9);
      on.leave(seq);
      CHECK(on.links.stray() == 0);
    }
  }
}

TEST_CASE("in a tree small blocks go with the arrival, and are there when the ranks agree") {
  for (const layout& boards : layouts) {
    net on(boards);
    const auto element = [](int from, int to, std::uint64_t seq) {
      return static_cast<std::uint64_t>(from) << 40 | static_cast<std::uint64_t>(to) << 20 | seq;
    };
    std::uint64_t seq = 0;
    for (const bool start : {false, true}) {
      for (std::uint32_t times = 1; times <= 3; ++times) {
        // Of starts, two at once, that ranks begin in opposite orders.
        const int count = start ? 2 : 1;
        for (int k = 0; k < count; ++k) {
          for (int rank = 0; rank < on.size(); ++rank) {
            const auto which = static_cast<std::uint32_t>((k + rank) % count);
            const arrival mine = start ? starts(1 + which, times) : calls(4);
            const std::uint64_t own = seq + 1 + static_cast<std::uint64_t>(k);
            if (start) on[rank].name_start(own, mine.signature.start);
            for (int peer = 0; peer < on.size(); ++peer) {
              const std::uint64_t what = element(rank, peer, which);
              if (peer != rank) on[rank].put(own, peer, 5, reinterpret_cast<const std::byte*>(&what), sizeof what);
            }
            on[rank].arrive(own, mine, {});
          }
        }
        REQUIRE(on.all_come_to(outcome::agreed, seq + 1, static_cast<std::uint64_t>(count)));
        on.progress();
        for (int k = 0; k < count; ++k) {
          for (int rank = 0; rank < on.size(); ++rank) {
            const auto which = static_cast<std::uint32_t>((k + rank) % count);
            for (int peer = 0; peer < on.size(); ++peer) {
              if (peer == rank) continue;
              std::uint64_t got = 0;
              auto* const to = reinterpret_cast<std::byte*>(&got);
              const std::uint64_t own = seq + 1 + static_cast<std::uint64_t>(k);
              CHECK_FALSE(on[rank].get(own, peer, 4, to, sizeof got));
              REQUIRE(on[rank].get(own, peer, 5, to, sizeof got));
              CHECK(got == element(peer, rank, which));
              CHECK_FALSE(on[rank].get(own, peer, 5, to, sizeof got));
            }
          }
        }
        seq += static_cast<std::uint64_t>(count);
        on.leave(seq);
        CHECK(on.links.stray() == 0);
      }
    }
  }
}

TEST_CASE("two ranks alone on their nodes send one message each for a small call") {
  net on(alone(2));
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    for (int rank = 0; rank < 2; ++rank) {
      const std::uint64_t what = seq;
      on[rank].put(seq, 1 - rank, 0, reinterpret_cast<const std::byte*>(&what), sizeof what);
      on[rank].arrive(seq, calls(1), {});
    }
    REQUIRE(on.all_come_to(outcome::agreed, seq));
    on.leave(seq);
  }
  CHECK(on.links.sent_by(0).messages == 10);
  CHECK(on.links.sent_by(1).messages == 10);
}

TEST_CASE("in a tree a rank may run ahead, but not for ever") {
  net on(alone(2));
  std::uint64_t seq = 1;
  for (; on[0].room(seq); ++seq) on[0].arrive(seq, calls(seq), {});
  const std::uint64_t ahead = seq - 1;
  CHECK(ahead >= board::slot_count);
  CHECK(ahead < 1000);
  for (std::uint64_t k = 1; k <= ahead; ++k) {
    on.progress();
    REQUIRE(on[1].room(k));
    on[1].arrive(k, calls(k), {});
    on.progress();
    CHECK(on[0].poll(k) == outcome::agreed);
    CHECK(on[1].poll(k) == outcome::agreed);
    on[1].leave(k);
  }
  CHECK_FALSE(on[0].room(seq));
  on[0].leave(1);
  CHECK(on[0].room(seq));
}

TEST_CASE("in a tree the first poison that a rank hears of holds, and reaches all") {
  for (const layout& boards : layouts) {
    net on(boards);
    poison_note why;
    why.code = static_cast<std::int32_t>(status::timeout);
    why.rank = 1;
    std::strncpy(why.text, "too late", sizeof why.text - 1);
    on[1].poison(why);
    std::strncpy(why.text, "another", sizeof why.text - 1);
    on[1].poison(why);
    CHECK_FALSE(on[0].poisoned());
    on.progress();
    for (int rank = 0; rank < on.size(); ++rank) {
      REQUIRE(on[rank].poisoned());
      CHECK(on[rank].poisoned()->rank == 1);
      CHECK(std::string(on[rank].poisoned()->text) == "too late");
    }
    on.progress();
    CHECK(on.links.stray() == 0);
  }
}

TEST_CASE("in a tree poison that came by the board goes on by its leader alone") {
  net on(in_blocks({2, 3, 2}));
  poison_note why;
  why.rank = 3;
  on[4].poison(why, true);
  CHECK(on.links.stray() == 0);
  on[2].poison(why, true);
  CHECK(on.links.stray() == 2);
  on.progress();
  CHECK(on[0].poisoned());
  CHECK_FALSE(on[1].poisoned());  // its leader puts it on their board
  CHECK(on[5].poisoned());
}

TEST_CASE("a meeting of thousands of ranks takes few messages, short ones, in few rounds") {
  struct shape {
    int nodes, each;
  };
  for (const auto& [nodes, each] : {shape{64, 64}, shape{1000, 1}, shape{33, 5}}) {
    CAPTURE(nodes);
    layout boards;
    for (int rank = 0; rank < nodes * each; ++rank) boards.push_back(each == 1 ? -1 : rank / each * each);
    net on(boards, std::size_t{4} << 30);
    const auto rounds = static_cast<std::uint32_t>(std::bit_width(static_cast<unsigned>(nodes - 1)));
    CHECK(on[0].rounds() == rounds);
    for (int rank = on.size() - 1; rank >= 0; --rank) on[rank].arrive(1, calls(4), {});
    // A look at all ranks, one after the other, from the last on, brings a record no more than one round further.
    std::uint32_t looks = 0;
    for (bool over = false; !over && looks < 100; ++looks) {
      over = true;
      for (int rank = 0; rank < on.size(); ++rank) {
        on[rank].progress();
        over = on[rank].poll(1) == outcome::agreed && over;
      }
    }
    CHECK(looks <= rounds + 2);
    for (int rank = 0; rank < on.size(); ++rank) {
      const auto& sent = on.links.sent_by(rank);
      CHECK(sent.messages == (rank % each == 0 ? rounds : 0));
      CHECK(sent.longest <= tree::most_record_bytes);
    }
    on.leave(1);
    CHECK(on.links.stray() == 0);
  }
}
