// Work on a device that ranks share: each request is done once, by one rank, in its order; the first rank works for
// all, and nobody depends on it.
#include "ways/copier.hpp"
#include "transport/loopback.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <thread>

using namespace clique;
using transport::copy_request;
using transport::request_state;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

copy_request numbered(std::uint64_t bytes) {
  copy_request what;
  what.bytes = bytes;
  return what;
}

// The device that all ranks share: memory by its owner's key and name. Work is done when it is asked for the second
// time, as a device's is.
struct device {
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::byte>> memory;
  bool fails = false;

  std::byte* at(const staging::exported_place& place) {
    return memory.at({place.owner, place.name}).data() + place.offset;
  }
};

class port final : public staging::port {
 public:
  port(device& of, std::uint64_t key) : device_(of), key_(key) {}
  std::uint64_t exports_as() override { return key_; }
  bool share(const staging::binding&, std::span<const std::uint64_t>) override { return true; }
  staging::ticket work_on(std::span<const staging::exported_work> all) override {
    if (device_.fails) fail(status::opencl_failure, "the device has failed");
    begun.push_back(all.size());
    under_way_.assign(all.begin(), all.end());
    asked_ = 0;
    return 1;
  }
  bool done(staging::ticket& of) override {
    if (of == 0) return true;
    if (++asked_ < 2) return false;
    finish();
    of = 0;
    return true;
  }
  void when_done(staging::ticket, std::function<void(bool)> then) override { later = std::move(then); }
  void finish() {
    for (const staging::exported_work& each : under_way_) {
      if (each.op == 0) {
        std::memmove(device_.at(each.to), device_.at(each.from), each.bytes);
      } else {  // a sum of bytes
        for (std::size_t k = 0; k < each.count; ++k) {
          device_.at(each.to)[k] = static_cast<std::byte>(std::to_integer<int>(device_.at(each.from)[k]) +
                                                          std::to_integer<int>(device_.at(each.right)[k]));
        }
      }
    }
    under_way_.clear();
  }

  staging::ticket map(staging::binding&, bool, staging::ticket) override { return 0; }
  staging::ticket unmap(staging::binding&) override { return 0; }
  staging::ticket read(const staging::binding&, std::size_t, std::size_t, std::byte*) override { return 0; }
  staging::ticket write(const staging::binding&, std::size_t, std::size_t, const std::byte*) override { return 0; }
  staging::ticket copy(const staging::binding&, std::size_t, const staging::binding&, std::size_t,
                       std::size_t) override {
    return 0;
  }
  staging::ticket combine(const staging::combiner&, const staging::binding&, std::size_t, const staging::binding&,
                          std::size_t, const staging::binding&, std::size_t, std::size_t) override {
    return 0;
  }
  void forget(staging::ticket) noexcept override {}

  std::vector<std::size_t> begun;  // how many each command did
  std::function<void(bool)> later;

 private:
  device& device_;
  std::uint64_t key_;
  std::vector<staging::exported_work> under_way_;
  int asked_ = 0;
};

// Ranks that share one device, each with memory 1 of 16 bytes, in which byte k is 16 * rank + k, and memory 2, zero.
struct world {
  explicit world(int size) : all(size, 64, memory) {
    std::vector<ways::copier::member> group;
    for (int rank = 0; rank < size; ++rank) {
      const std::uint64_t key = 100 + static_cast<std::uint64_t>(rank);
      group.push_back({rank, key});
      auto& mine = shared.memory[{key, 1}];
      for (int k = 0; k < 16; ++k) mine.push_back(static_cast<std::byte>(16 * rank + k));
      shared.memory[{key, 2}].resize(16);
      ports.push_back(std::make_unique<port>(shared, key));
    }
    for (int rank = 0; rank < size; ++rank)
      copiers.push_back(
          std::make_unique<ways::copier>(all.shm(rank), *ports[static_cast<std::size_t>(rank)], group, false));
  }
  // Rank `to` wants 4 bytes of `from`'s memory 1, from byte 4 on, at byte 8 of its own memory 2.
  ways::transit& ask(int to, int from) {
    bindings.push_back(std::make_unique<staging::binding>());
    staging::binding& mine = *bindings.back();
    mine.kind = staging::kind::exported;
    mine.exported = 2;
    mine.exported_offset = 8;
    const ways::endpoint end{mine, 0, 4, nullptr, true, true, true, nullptr};
    states.push_back(std::make_unique<ways::transit>());
    REQUIRE(on(to).request({100 + static_cast<std::uint64_t>(from), 1, 4}, end, *states.back()));
    return *states.back();
  }
  ways::copier& on(int rank) { return *copiers[static_cast<std::size_t>(rank)]; }
  port& of(int rank) { return *ports[static_cast<std::size_t>(rank)]; }
  int byte(int rank, std::size_t k) {
    return std::to_integer<int>(shared.memory.at({100 + static_cast<std::uint64_t>(rank), 2})[k]);
  }

  memory::arena memory{64 * mib};
  transport::loopback all;
  device shared;
  std::vector<std::unique_ptr<port>> ports;
  std::vector<std::unique_ptr<ways::copier>> copiers;
  std::vector<std::unique_ptr<staging::binding>> bindings;
  std::vector<std::unique_ptr<ways::transit>> states;
};

}  // namespace

TEST_CASE("requests come in their order, and their places are used again") {
  memory::arena memory(64 * mib);
  transport::loopback all(2, 64, memory);
  transport::copy_requests &mine = all.shm(0).copies(), &other = all.shm(1).copies();
  std::uint64_t number = 0, last = 0;
  copy_request what;
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t k = 0; k < transport::copy_requests::capacity; ++k) {
      CHECK(mine.room(1));
      last = mine.post(numbered(1000 * round + k));
      REQUIRE(last != 0);
    }
    CHECK(mine.post(numbered(1)) == 0);
    CHECK_FALSE(mine.room(1));
    CHECK_FALSE(other.claim(0, what, number));  // not published
    CHECK(mine.publish());
    CHECK_FALSE(mine.publish());
    for (std::uint64_t k = 0; k < transport::copy_requests::capacity; ++k) {
      CHECK(mine.waits());
      REQUIRE(other.claim(0, what, number));
      CHECK(what.bytes == 1000 * round + k);
      CHECK(mine.state_of(number) == request_state::claimed);
      other.finish(0, number, k % 2 == 0);
      CHECK(mine.state_of(number) == (k % 2 == 0 ? request_state::made : request_state::failed));
    }
    CHECK_FALSE(mine.waits());
    CHECK_FALSE(other.waits(0));
    CHECK_FALSE(mine.claim(0, what, number));  // it sees that they are gone, too
  }
}

TEST_CASE("a chain of requests goes to one rank as a whole") {
  memory::arena memory(64 * mib);
  transport::loopback all(3, 64, memory);
  auto& mine = all.shm(0).copies();
  mine.post(numbered(1));
  mine.post(numbered(2), request_state::chained);
  mine.post(numbered(3), request_state::chained);
  mine.post(numbered(4));
  mine.publish();
  std::uint64_t number = 0;
  copy_request what;
  REQUIRE(all.shm(1).copies().claim(0, what, number));
  CHECK(what.bytes == 1);
  REQUIRE(all.shm(2).copies().claim(0, what, number));
  CHECK(what.bytes == 4);
  CHECK_FALSE(mine.claim(0, what, number));
  REQUIRE(all.shm(1).copies().claim(0, what, number));
  CHECK(what.bytes == 2);
  REQUIRE(all.shm(1).copies().claim(0, what, number));
  CHECK(what.bytes == 3);
  CHECK_FALSE(all.shm(1).copies().claim(0, what, number));
}

TEST_CASE("ranks that claim at once claim each request once") {
  memory::arena memory(64 * mib);
  constexpr int size = 4;
  constexpr std::uint64_t each = 3000;
  transport::loopback all(size, 64, memory);
  std::array<std::vector<std::atomic<int>>, size> made;
  for (auto& of : made) of = std::vector<std::atomic<int>>(each + 1);
  std::atomic<int> left{size};
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < size; ++rank) {
    ranks.emplace_back([&, rank] {
      auto& mine = all.shm(rank).copies();
      std::uint64_t posted = 0, finished = 0, number = 0;
      copy_request what;
      while (finished < each || left.load() != 0) {
        while (posted < each && mine.post(numbered(posted + 1)) != 0) ++posted;
        mine.publish();
        for (int peer = 0; peer < size; ++peer) {
          if (!mine.claim(peer, what, number)) continue;
          made[static_cast<std::size_t>(peer)][what.bytes].fetch_add(1);
          mine.finish(peer, number, true);
        }
        const std::uint64_t before = finished;
        while (finished < posted && mine.state_of(finished + 1) == request_state::made) ++finished;
        if (finished == each && before != each) --left;
      }
    });
  }
  for (auto& rank : ranks) rank.join();
  for (const auto& of : made) {
    for (std::uint64_t k = 1; k <= each; ++k) CHECK(of[k].load() == 1);
  }
}

TEST_CASE("the first rank copies for all, in one command, once all have looked") {
  world here(3);
  ways::transit& one = here.ask(1, 2);
  ways::transit& two = here.ask(2, 0);
  ways::transit& three = here.ask(0, 1);
  for (const int rank : {1, 0}) here.on(rank).advance(7, true);
  CHECK(here.of(0).begun.empty());  // rank 2 has not looked
  here.on(2).advance(7, true);
  here.on(0).advance(7, true);
  CHECK(here.of(0).begun == std::vector<std::size_t>{3});
  CHECK(here.on(0).busy());
  here.on(0).advance(7, true);
  CHECK_FALSE(here.on(0).busy());
  CHECK(here.on(1).done(one));
  CHECK(here.on(2).done(two));
  CHECK(here.on(0).done(three));
  CHECK(here.byte(1, 8) == 16 * 2 + 4);
  CHECK(here.byte(1, 11) == 16 * 2 + 7);
  CHECK(here.byte(2, 8) == 4);
  CHECK(here.byte(0, 9) == 16 * 1 + 5);
  CHECK(here.byte(0, 12) == 0);
  CHECK(here.of(1).begun.empty());
  CHECK(here.of(2).begun.empty());
}

TEST_CASE("a rank that never looks holds nobody up") {
  world here(3);
  ways::transit& one = here.ask(1, 2);
  here.on(1).advance(7, true);
  while (!here.on(1).done(one)) here.on(0).advance(7, true);  // rank 2 does not look
  CHECK(here.of(0).begun == std::vector<std::size_t>{1});

  ways::transit& two = here.ask(2, 0);
  const auto begin = std::chrono::steady_clock::now();
  while (!here.on(2).done(two)) here.on(2).advance(8, true);  // and now rank 0 does not
  CHECK(std::chrono::steady_clock::now() - begin > std::chrono::microseconds(900));
  CHECK(here.of(2).begun == std::vector<std::size_t>{1});
  CHECK(here.byte(2, 8) == 4);
  ways::transit& three = here.ask(2, 1);
  here.on(2).advance(9, true);  // at once, since it still does not
  CHECK(here.of(2).begun.size() == 2);
  while (!here.on(2).done(three)) here.on(2).advance(9, true);
  here.on(0).advance(9, true);
  ways::transit& four = here.ask(2, 0);
  here.on(2).advance(10, true);
  CHECK(here.of(2).begun.size() == 2);  // it is there again
  for (const int rank : {1, 0, 0, 0}) here.on(rank).advance(10, true);
  CHECK(here.on(2).done(four));
}

TEST_CASE("who does not wait has the driver tell the others") {
  world here(2);
  ways::transit& one = here.ask(1, 0);
  here.on(1).advance(3, true);
  here.on(0).advance(3, false);
  CHECK_FALSE(here.on(0).busy());
  REQUIRE(here.of(0).later != nullptr);
  CHECK_FALSE(here.on(1).done(one));
  here.of(0).finish();
  here.of(0).later(false);
  CHECK(here.on(1).done(one));
  CHECK(here.byte(1, 8) == 4);
  CHECK(here.all.shm(0).callbacks == 0);
}

TEST_CASE("work that fails is an error for all who wanted it") {
  world here(2);
  ways::transit& one = here.ask(1, 0);
  ways::transit& two = here.ask(0, 1);
  here.on(1).advance(3, true);
  here.shared.fails = true;
  CHECK_THROWS_WITH_AS(here.on(0).advance(3, true), "the device has failed", error);
  CHECK_THROWS_AS(here.on(1).done(one), error);
  CHECK_THROWS_AS(here.on(0).done(two), error);
}

TEST_CASE("combinations are made in their order, after each other") {
  world here(2);
  ways::transit state;
  const auto place = [](std::uint64_t name, std::size_t offset) { return staging::exported_place{101, name, offset}; };
  // (a + b) + c, where a, b and c are bytes 0, 1 and 2 of its memory.
  CHECK(here.on(1).request({place(1, 0), place(2, 0), 1, 1, 0, place(1, 1), 1}, true, 2, state));
  CHECK(here.on(1).request({place(2, 0), place(2, 1), 1, 1, 0, place(1, 2), 1}, false, 2, state));
  here.on(1).advance(3, true);
  for (int k = 0; k < 3; ++k) here.on(0).advance(3, true);
  CHECK(here.on(1).done(state));
  CHECK(here.byte(1, 1) == 16 + 17 + 18);
  CHECK(here.of(0).begun == std::vector<std::size_t>{2});
  const std::size_t most = transport::copy_requests::capacity;
  CHECK_FALSE(here.on(1).request({place(1, 0), place(2, 0), 1, 1, 0, place(1, 1), 1}, true, most + 1, state));
}
