// The wire: ranks that share no memory agree, refuse and fail alike, over messages.
#include "transport/wire.hpp"
#include "core/check.hpp"
#include "engine/verdict.hpp"
#include "transport/loopback.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace clique;
using namespace clique::transport;

namespace {

struct net {
  explicit net(int size) : links(size, 0, arena) {
    for (int rank = 0; rank < size; ++rank) all.push_back(std::make_unique<wire>(links.link(rank), rank, size));
  }
  wire& operator[](int rank) { return *all[static_cast<std::size_t>(rank)]; }
  void progress() {
    for (int round = 0; round < 2; ++round) {
      for (const auto& each : all) each->progress();
    }
  }
  clique::memory::arena arena{std::size_t{16} << 20};
  loopback links;
  std::vector<std::unique_ptr<wire>> all;
};

arrival calls(std::uint64_t count, status code = status::success, const char* text = "") {
  arrival mine;
  mine.signature.collective = 1;
  mine.signature.type = 7;
  mine.signature.count = count;
  mine.signature.status = static_cast<std::int32_t>(code);
  mine.set_text(text);
  return mine;
}

}  // namespace

TEST_CASE("over messages ranks agree when all have arrived, and not before") {
  net on(3);
  std::uint64_t last = 99;
  on[0].arrive(1, calls(4), {});
  on[2].arrive(1, calls(4), {});
  on.progress();
  CHECK(on[0].poll(1) == outcome::pending);
  CHECK(on[0].missing(1, last) == 1);
  CHECK(last == 0);
  on[1].arrive(1, calls(4), {});
  CHECK(on[0].poll(1) == outcome::pending);  // it has not looked
  on.progress();
  for (int rank = 0; rank < 3; ++rank) {
    CHECK(on[rank].poll(1) == outcome::agreed);
    CHECK(on[rank].missing(1, last) == -1);
    on[rank].leave(1);
  }
  CHECK(on.links.stray() == 0);
}

TEST_CASE("over messages a refusal has the same details on all ranks") {
  net on(4);
  for (int rank = 0; rank < 4; ++rank) {
    on[rank].arrive(1, rank == 2 ? calls(4, status::no_device, "there is none") : calls(rank == 1 ? 5 : 4), {});
  }
  on.progress();
  for (int rank = 0; rank < 4; ++rank) CHECK(on[rank].poll(1) == outcome::pending);  // the details are under way
  on.progress();
  for (int rank = 0; rank < 4; ++rank) {
    REQUIRE(on[rank].poll(1) == outcome::refused);
    const minutes seen = on[rank].read(1);
    REQUIRE(seen.arrivals.size() == 4);
    CHECK(std::string(seen.arrivals[2].text) == "there is none");
    CHECK(seen.arrivals[2].signature.status == static_cast<std::int32_t>(status::no_device));
    CHECK(seen.arrivals[1].signature.count == 5);
    CHECK(std::string(seen.arrivals[0].text).empty());
    on[rank].leave(1);
  }
  on.progress();
  CHECK(on.links.stray() == 0);
  for (int rank = 0; rank < 4; ++rank) on[rank].arrive(2, calls(4), {});
  on.progress();
  for (int rank = 0; rank < 4; ++rank) CHECK(on[rank].poll(2) == outcome::agreed);
}

TEST_CASE("over messages pairs that do not match are found by all") {
  constexpr std::size_t size = 3;
  net on(size);
  std::vector<std::vector<std::size_t>> sent(size, std::vector<std::size_t>(size, 8)), expected = sent;
  expected[1][2] = 16;
  expected[0][0] = 24;  // of its own block
  for (std::size_t rank = 0; rank < size; ++rank) {
    arrival mine = calls(0);
    const pair_bytes bytes{sent[rank], expected[rank]};
    mine.signature.pairs = pair_sum(rank, bytes);
    on[static_cast<int>(rank)].arrive(1, mine, bytes);
  }
  for (int round = 0; round < 2; ++round) {
    on.progress();
    for (int rank = 0; rank < 3; ++rank) on[rank].poll(1);
  }
  for (int rank = 0; rank < 3; ++rank) {
    REQUIRE(on[rank].poll(1) == outcome::refused);
    const minutes seen = on[rank].read(1);
    REQUIRE(seen.odd.size() == 2);
    CHECK(seen.odd[0].from == 0);
    CHECK(seen.odd[0].to == 0);
    CHECK(seen.odd[0].expected == 24);
    CHECK(seen.odd[1].from == 2);
    CHECK(seen.odd[1].to == 1);
    CHECK(seen.odd[1].sent == 8);
    CHECK(seen.odd[1].expected == 16);
    CHECK(std::string(engine::verdict(seen).what()) == engine::verdict(on[0].read(1)).what());
  }
}

TEST_CASE("over messages a rank may run ahead, but not for ever") {
  net on(2);
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

TEST_CASE("over messages the first poison that a rank hears of holds, and reaches all") {
  net on(3);
  poison_note why;
  why.code = static_cast<std::int32_t>(status::timeout);
  why.rank = 1;
  std::strncpy(why.text, "too late", sizeof why.text - 1);
  on[1].poison(why);
  std::strncpy(why.text, "another", sizeof why.text - 1);
  on[1].poison(why);
  CHECK_FALSE(on[0].poisoned());
  on.progress();
  for (int rank = 0; rank < 3; ++rank) {
    REQUIRE(on[rank].poisoned());
    CHECK(on[rank].poisoned()->rank == 1);
    CHECK(std::string(on[rank].poisoned()->text) == "too late");
  }
  CHECK(on.links.stray() == 0);
}
