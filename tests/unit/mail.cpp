// Mail between ranks: in order, nothing lost, whether the ring is full or not; over shared memory and over messages.
#include "transport/loopback.hpp"
#include "transport/tree.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <thread>

using namespace clique::transport;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

mail record(std::uint64_t number, std::size_t inlined = 0) {
  mail what;
  what.number = number;
  what.tag = static_cast<std::int32_t>(number % 7);
  what.count = number * 3;
  what.place = inlined;
  what.data = mail::form::inlined;
  for (std::size_t k = 0; k < inlined; ++k) what.inlined[k] = static_cast<std::byte>(number * 31 + k);
  return what;
}

bool same(const mail& a, const mail& b) {
  return a.size() == b.size() && std::memcmp(&a, &b, a.size()) == 0;
}

}  // namespace

TEST_CASE("mail comes in the order of its sending, each pair by itself, also to oneself") {
  clique::memory::arena memory(64 * mib);
  loopback all(3, 64, memory);
  mail got;
  CHECK_FALSE(all.shm(1).get(0, got));
  REQUIRE(all.shm(0).put(1, record(1, 8)));
  REQUIRE(all.shm(0).put(2, record(2)));
  REQUIRE(all.shm(0).put(1, record(3, mail::most_inlined)));
  REQUIRE(all.shm(2).put(1, record(4)));
  REQUIRE(all.shm(1).put(1, record(5, 1)));
  REQUIRE(all.shm(1).get(0, got));
  CHECK(same(got, record(1, 8)));
  REQUIRE(all.shm(1).get(0, got));
  CHECK(same(got, record(3, mail::most_inlined)));
  CHECK_FALSE(all.shm(1).get(0, got));
  REQUIRE(all.shm(1).get(2, got));
  CHECK(same(got, record(4)));
  REQUIRE(all.shm(2).get(0, got));
  CHECK(same(got, record(2)));
  REQUIRE(all.shm(1).get(1, got));
  CHECK(same(got, record(5, 1)));
}

TEST_CASE("a full ring takes no more until its reader has read, on any number of ranks") {
  for (const int size : {1, 2, 5, 40, 200}) {
    CAPTURE(size);
    clique::memory::arena memory(std::size_t{1} << 30);
    loopback all(size, 64, memory);
    const int to = size - 1;
    std::uint64_t written = 0, read = 0;
    for (int round = 0; round < 5; ++round) {
      while (all.shm(0).put(to, record(written + 1, written % 100))) ++written;
      const std::uint64_t room = written - read;
      CHECK(room >= 16);
      CHECK(room <= 128);
      mail got;
      for (std::uint64_t k = 0; k < room - static_cast<std::uint64_t>(round); ++k) {
        REQUIRE(all.shm(to).get(0, got));
        CHECK(same(got, record(read + 1, read % 100)));
        ++read;
      }
    }
  }
}

TEST_CASE("mail between two threads: nothing is lost, torn or out of order") {
  constexpr std::uint64_t many = 30000;
  clique::memory::arena memory(64 * mib);
  loopback all(2, 64, memory);
  std::thread writer([&] {
    for (std::uint64_t k = 1; k <= many; ++k) {
      while (!all.shm(0).put(1, record(k, k % mail::most_inlined))) std::this_thread::yield();
    }
  });
  std::uint64_t wrong = 0;
  mail got;
  for (std::uint64_t k = 1; k <= many; ++k) {
    while (!all.shm(1).get(0, got)) std::this_thread::yield();
    wrong += same(got, record(k, k % mail::most_inlined)) ? 0 : 1;
  }
  writer.join();
  CHECK(wrong == 0);
}

TEST_CASE("over messages mail comes in order, whatever else is sent") {
  clique::memory::arena memory(64 * mib);
  loopback links(2, 0, memory);
  const std::vector<int> alone = {-1, -1};
  tree from(links.link(0), 0, alone, nullptr, 64), to(links.link(1), 1, alone, nullptr, 64);
  for (std::uint64_t k = 1; k <= 300; ++k) {
    from.put(1, record(k, k % mail::most_inlined));
    if (k % 50 == 0) from.arrive(k / 50, {}, {});
  }
  mail got;
  CHECK_FALSE(to.get(0, got));
  to.progress();
  for (std::uint64_t k = 1; k <= 300; ++k) {
    REQUIRE(to.get(0, got));
    CHECK(same(got, record(k, k % mail::most_inlined)));
  }
  CHECK_FALSE(to.get(0, got));
  std::uint64_t last = 0;
  to.arrive(6, {}, {});
  CHECK(to.missing(6, last) == -1);
  from.progress();
  CHECK(links.stray() == 0);
}
