// How to add a way, followed once (host/DESIGN.md): a class and a row. Blocks lie on a desk that all ranks see, and go
// by it between ranks of which one is even and the other odd; else by the ways there are.
#include "exchange.hpp"
#include "messages.hpp"

#include "core/copy.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <tuple>

using namespace test;

namespace {

struct parcel {
  std::vector<std::byte> content;
  bool there = false;
};
// By owner, reader, address and key.
std::map<std::tuple<int, int, std::uint64_t, std::uint32_t>, parcel> desk;
std::size_t parcels = 0;

class by_desk final : public ways::way {
 public:
  explicit by_desk(const ways::means& of) : rank_(of.rank), device_(*of.device) {}

  bool offer(const ways::block& which, const ways::endpoint& from, ways::transit& state) override {
    if (!from.ready) return false;
    const std::tuple name(rank_, which.peer, which.address, which.key);
    if (!state.begun) {
      parcel& made = desk[name];
      made.content.resize(from.bytes);
      ways::flight& only = state.push(from.bytes);
      if (from.host != nullptr) {
        core::copy(made.content.data(), from.host, from.bytes);
      } else {
        only.ticket = device_.read(from.memory, from.offset, from.bytes, made.content.data());
      }
      return state.begun = true;
    }
    if (!device_.done(state.at(0).ticket)) return false;
    ++parcels;
    desk.at(name).there = true;
    state.pop();
    return state.done = true;
  }

  bool fetch(const ways::block& which, const ways::endpoint& to, ways::transit& state) override {
    const auto found = desk.find({which.peer, rank_, which.address, which.key});
    if (!to.ready || found == desk.end() || !found->second.there) return false;
    std::vector<std::byte>& content = found->second.content;
    if (!state.begun) {
      ways::flight& only = state.push(to.bytes);
      if (to.host != nullptr) {
        core::copy(to.host, content.data(), to.bytes);
      } else {
        only.ticket = device_.write(to.memory, to.offset, to.bytes, content.data());
      }
      return state.begun = true;
    }
    if (!device_.done(state.at(0).ticket)) return false;
    state.pop();
    desk.erase(found);
    return state.done = true;
  }

 private:
  int rank_;
  staging::port& device_;
};

const std::vector<ways::row>& rows() {
  static const std::vector<ways::row> all = [] {
    std::vector<ways::row> made(ways::table().begin(), ways::table().end());
    made.insert(made.begin() + 1,
                {"desk", "over a desk that all see",
                 [](const ways::profile& mine, const ways::profile& theirs) -> ways::connection {
                   if ((mine.rank + theirs.rank) % 2 == 0) return {false, "both are even, or odd"};
                   return {true};
                 },
                 [](const ways::means& of) -> std::unique_ptr<ways::way> { return std::make_unique<by_desk>(of); }});
    return made;
  }();
  return all;
}

}  // namespace

TEST_CASE("a way of one's own is a class and a row: collectives go by it") {
  std::mt19937 chance(21);
  for (const path other : {path::board, path::messages, path::mixed}) {
    CAPTURE(static_cast<int>(other));
    constexpr std::size_t size = 5, block = 300;
    memory::arena memory(std::size_t{64} << 20);
    ranks all(size, other, 64, 96, memory, chance, rows());
    exchanges parts = one_each(all, block, memory);
    parcels = 0;
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
      for (auto& each : parts) {
        constexpr staging::kind kinds[] = {staging::kind::direct, staging::kind::host, staging::kind::mapped,
                                           staging::kind::slots};
        each->begin(seq, seq % 2 == 0 ? block : 8, kinds[chance() % 4], kinds[chance() % 4], chance() % 2 == 0,
                    seq % 3 == 0 ? 5 : 1);
      }
      REQUIRE(finish(all, parts, chance));
      for (auto& each : parts) REQUIRE(each->wrong() == 0);
    }
    CHECK(parcels == 8 * 12 + 4 * 12 * 5);  // between 3 even and 2 odd ranks, both ways, in one piece or five
    CHECK(desk.empty());
  }
}

TEST_CASE("a way of one's own is a class and a row: messages go by it") {
  messages_world world(3, path::board, 5, rows());
  parcels = 0;
  for (int k = 0; k < 20; ++k) {
    world.on(0).send(1, k, 500, 100 + k, staging::kind::slots).start();
    world.on(1).recv(0, k, 500, staging::kind::mapped).start();
    world.on(2).send(0, k, 700, 200 + k, staging::kind::slots).start();
    world.on(0).recv(2, k, 700).start();
  }
  REQUIRE(world.finish());
  for (std::size_t k = 0; k < 20; ++k) {
    CHECK(world.calls[4 * k + 1]->wrong(0, 100 + k) == 0);
    CHECK(world.calls[4 * k + 3]->wrong(0, 200 + k) == 0);
  }
  CHECK(parcels == 20);
  CHECK(desk.empty());
}

TEST_CASE("ways are chosen alike by both ranks of a pair, and say why") {
  std::vector<ways::profile> all;
  for (int rank = 0; rank < 6; ++rank) all.push_back({rank, static_cast<std::uint64_t>(rank / 4), rank < 3 ? 0 : -1});
  all[3].alone = "rank 3 does not share the memory of rank 0: no descriptors";
  for (const ways::profile& mine : all) {
    for (const ways::profile& theirs : all) {
      for (const auto& among : {ways::table(), std::span<const ways::row>(rows())}) {
        const auto there = ways::choose(mine, theirs, among), back = ways::choose(theirs, mine, among);
        CHECK(there.way == back.way);
        CHECK(there.why == back.why);
        CHECK((std::string(there.way->name) == "self") == (mine.rank == theirs.rank));
      }
    }
  }
  CHECK(std::string(ways::choose(all[0], all[2]).way->name) == "shm");
  CHECK(ways::choose(all[1], all[3]).why == "in messages of a segment each; not shm: " + all[3].alone);
  CHECK(ways::choose(all[0], all[5]).why == "in messages of a segment each; not shm: they are on different nodes");
}

TEST_CASE("boards hold ranks that all map each other: one that cannot map a peer leaves the others alone") {
  const auto boards = [](const std::vector<std::uint64_t>& nodes, const std::vector<std::pair<int, int>>& unmapped) {
    return ways::boards_of(nodes, [&](std::size_t i, std::size_t j) {
      return std::find(unmapped.begin(), unmapped.end(), std::pair(static_cast<int>(i), static_cast<int>(j))) ==
             unmapped.end();
    });
  };
  using list = std::vector<int>;
  CHECK(boards({7, 7, 7, 7}, {}) == list{0, 0, 0, 0});
  CHECK(boards({7, 8, 7, 8}, {}) == list{0, 1, 0, 1});
  CHECK(boards({7, 8, 9}, {}) == list{-1, -1, -1});
  CHECK(boards({7, 7, 7, 7}, {{2, 0}}) == list{0, 0, -1, 0});
  CHECK(boards({7, 7, 7, 7}, {{0, 2}, {3, 0}, {1, 3}, {1, 2}}) == list{0, 0, 2, 2});
  CHECK(boards({7}, {}) == list{-1});
}
