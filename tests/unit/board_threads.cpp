// The board between threads that race, as processes do: who gets a block, whose poison holds, and no lost wake-up.
#include "core/check.hpp"
#include "transport/loopback.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace clique;
using namespace clique::transport;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

// Runs `work(rank)` for all ranks at once.
template <class Work>
void together(int size, Work work) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) threads.emplace_back(work, rank);
  for (auto& each : threads) each.join();
}

// A little time, so that the race ends now this way and now that.
void dawdle(std::uint64_t steps) {
  for (std::uint64_t k = 0; k < steps; ++k) std::atomic_signal_fence(std::memory_order_seq_cst);
}

void meet(board& self, std::uint64_t seq) {
  arrival mine;
  mine.signature.collective = 1;
  while (!self.room(seq)) std::this_thread::yield();
  self.arrive(seq, mine, {});
  while (self.poll(seq) == outcome::pending) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a reader that claims and an owner that withdraws never both win, and the data is right") {
  clique::memory::arena memory(16 * mib);
  loopback all(2, 64, memory);
  constexpr std::uint64_t rounds = 4000;
  constexpr std::size_t bytes = 256;
  std::byte* const block = memory.allocate(bytes);
  std::uint64_t withdrawn = 0, wrong = 0;
  together(2, [&](int rank) {
    board& self = all.shm(rank);
    for (std::uint64_t seq = 1; seq <= rounds; ++seq) {
      const auto value = static_cast<std::byte>(seq & 0xff);
      if (rank == 0) {
        while (!self.room(seq)) std::this_thread::yield();
        std::fill_n(block, bytes, value);
        self.offer_linear(seq, 1, 0, block, bytes);
        self.set_ready(seq);
        meet(self, seq);
        dawdle(seq * 37 % 512);
        if (self.withdraw(seq, 1, 0)) {
          std::shared_ptr<std::byte> copy(memory.allocate(bytes), [&](std::byte* each) { memory.release(each); });
          std::memcpy(copy.get(), block, bytes);
          std::fill_n(block, bytes, std::byte{0});  // the user's from now on
          self.offer_moved(seq, 1, 0, std::move(copy));
          ++withdrawn;
        } else {
          while (self.taken(seq, 1, 0) != bytes) std::this_thread::yield();
          std::fill_n(block, bytes, std::byte{0});
        }
      } else {
        meet(self, seq);
        letter_view view;
        while (!self.look(seq, 0, 0, bytes, view)) std::this_thread::yield();
        dawdle(seq * 91 % 512);
        while (!self.claim(seq, 0, 0)) std::this_thread::yield();
        self.look(seq, 0, 0, bytes, view);
        for (std::size_t k = 0; k < bytes; ++k) wrong += view.base[k] != value ? 1 : 0;
        self.take(seq, 0, 0, bytes);
      }
      self.leave(seq);
    }
  });
  CHECK(wrong == 0);
  MESSAGE("withdrawn: ", withdrawn, " of ", rounds);
  CHECK(withdrawn > 0);
  CHECK(withdrawn < rounds);
}

TEST_CASE("of poisons at once all ranks see the same one, whole") {
  constexpr int size = 4;
  for (int round = 0; round < 50; ++round) {
    clique::memory::arena memory(16 * mib);
    loopback all(size, 64, memory);
    std::atomic<int> ready{0};
    std::vector<poison_note> seen(size);
    together(size, [&](int rank) {
      poison_note mine;
      mine.code = rank + 1;
      mine.rank = rank;
      std::memset(mine.text, 'a' + rank, 200);
      ++ready;
      while (ready != size) std::this_thread::yield();
      if (rank != round % size) all.shm(rank).poison(mine);  // one only looks on
      while (!all.shm(rank).poisoned()) std::this_thread::yield();
      seen[static_cast<std::size_t>(rank)] = all.shm(rank).poison_note_of_all();
    });
    for (const auto& each : seen) {
      REQUIRE(each.rank == seen[0].rank);
      REQUIRE(each.rank != round % size);
      REQUIRE(each.code == each.rank + 1);
      REQUIRE(std::string(each.text) == std::string(200, static_cast<char>('a' + each.rank)));
    }
  }
}

TEST_CASE("who sleeps is woken: no wake-up is lost in many rounds") {
  using namespace std::chrono;
  constexpr auto longest = seconds(5);
  constexpr std::uint64_t rounds = 3000;
  clique::memory::arena memory(16 * mib);
  loopback all(2, 64, memory);
  std::byte* const ring = memory.allocate(4096);
  all.shm(0).offer_ring(1, 1, 0, ring, 4096, rounds);
  std::atomic<int> lost{0};
  // Ping-pong by set_available() and take(); each sleeps at once, without a look in between that could hide a loss.
  together(2, [&](int rank) {
    board& self = all.shm(rank);
    const auto wait_for = [&](auto there) {
      while (!there()) {
        const auto since = steady_clock::now();
        self.sleep(duration_cast<microseconds>(longest), [&] { return !there(); });
        if (steady_clock::now() - since >= longest) ++lost;
        if (lost != 0) return;
      }
    };
    for (std::uint64_t k = 1; k <= rounds && lost == 0; ++k) {
      if (rank == 0) {
        self.set_available(1, 1, 0, k);
        wait_for([&] { return self.taken(1, 1, 0) == k; });
      } else {
        wait_for([&] {
          letter_view view;
          return self.look(1, 0, 0, rounds, view) && view.available == k;
        });
        self.take(1, 0, 0, k);
      }
    }
  });
  CHECK(lost == 0);
}

TEST_CASE("arrivals and poison wake all who sleep") {
  using namespace std::chrono;
  constexpr auto longest = seconds(5);
  constexpr int size = 4;
  clique::memory::arena memory(16 * mib);
  loopback all(size, 64, memory);
  std::atomic<int> lost{0};
  together(size, [&](int rank) {
    board& self = all.shm(rank);
    const auto wait_for = [&](auto there) {
      while (!there() && lost == 0) {
        const auto since = steady_clock::now();
        self.sleep(duration_cast<microseconds>(longest), [&] { return !there(); });
        if (steady_clock::now() - since >= longest) ++lost;
      }
    };
    arrival mine;
    mine.signature.collective = 1;
    for (std::uint64_t seq = 1; seq <= 500 && lost == 0; ++seq) {
      while (!self.room(seq) && lost == 0) std::this_thread::yield();
      self.arrive(seq, mine, {});
      wait_for([&] { return self.poll(seq) != outcome::pending; });
      self.leave(seq);
    }
    if (rank == 3) {
      std::this_thread::sleep_for(milliseconds(20));
      self.poison({});
    }
    wait_for([&] { return self.poisoned(); });
  });
  CHECK(lost == 0);
}
