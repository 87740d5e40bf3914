// The arena: blocks that do not overlap, pages that come and go, and what a peer sees of it.
#include "memory/arena.hpp"
#include "core/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace clique;
using memory::arena;
using memory::page_bytes;
using memory::peer_arena;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

// Bytes of memory that the arena takes from the system now.
std::size_t taken(const arena& of) {
  struct stat facts {};
  REQUIRE(fstat(of.descriptor(), &facts) == 0);
  return static_cast<std::size_t>(facts.st_blocks) * 512;
}

std::size_t whole_pages(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + page_bytes - 1) / page_bytes * page_bytes;
}

}  // namespace

TEST_CASE("blocks are whole pages that are there, and are used again") {
  arena memory(16 * mib);
  CHECK(memory.capacity() == 16 * mib);
  CHECK(taken(memory) == 0);
  std::byte* const first = memory.allocate(1);
  std::byte* const second = memory.allocate(page_bytes + 1);
  std::byte* const nothing = memory.allocate(0);
  CHECK(memory.used() == 4 * page_bytes);
  CHECK(taken(memory) == 4 * page_bytes);
  for (const std::byte* each : {first, second, nothing}) {
    CHECK(reinterpret_cast<std::uintptr_t>(each) % page_bytes == 0);
    CHECK(memory.base() + memory.offset(each) == each);
  }
  CHECK(first != second);
  CHECK(nothing != second);
  memory.release(second);
  CHECK(memory.used() == 2 * page_bytes);
  CHECK(memory.kept() == 2 * page_bytes);
  CHECK(memory.allocate(2 * page_bytes) == second);  // pages that are there come first
  CHECK(memory.kept() == 0);
  CHECK(taken(memory) == 4 * page_bytes);
  memory.release(nullptr);
  CHECK(memory.used() == 4 * page_bytes);
}

TEST_CASE("holds() knows the arena's edges") {
  arena memory(16 * mib);
  CHECK(memory.holds(memory.base(), memory.capacity()));
  CHECK(memory.holds(memory.base() + 5, 0));
  CHECK_FALSE(memory.holds(memory.base(), memory.capacity() + 1));
  CHECK_FALSE(memory.holds(memory.base() + 1, memory.capacity()));
  CHECK_FALSE(memory.holds(memory.base() - 1, 1));
  CHECK_FALSE(memory.holds(memory.base() + memory.capacity(), 0));
  CHECK_FALSE(memory.holds(memory.base() + 1, ~std::size_t{0}));
  CHECK_FALSE(memory.holds(&memory, 1));
}

TEST_CASE("neighbouring holes become one") {
  for (const auto& order : {std::vector<std::size_t>{0, 1, 2}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}}) {
    arena memory(16 * mib);
    std::byte* blocks[] = {memory.allocate(3 * page_bytes), memory.allocate(page_bytes), memory.allocate(page_bytes)};
    std::byte* const behind = memory.allocate(page_bytes);
    for (const std::size_t each : order) memory.release(blocks[each]);
    CHECK(memory.kept() == 5 * page_bytes);
    CHECK(memory.allocate(5 * page_bytes) == blocks[0]);
    CHECK(memory.kept() == 0);
    memory.release(behind);
  }
}

TEST_CASE("pages above 64 MiB of free blocks go back to the system") {
  arena memory(256 * mib);
  std::vector<std::byte*> blocks;
  for (int k = 0; k < 12; ++k) blocks.push_back(memory.allocate(8 * mib));
  CHECK(taken(memory) == 96 * mib);
  for (std::byte* each : blocks) memory.release(each);
  CHECK(memory.used() == 0);
  CHECK(memory.kept() <= 64 * mib);
  CHECK(taken(memory) == memory.kept());
  std::byte* const large = memory.allocate(100 * mib);
  CHECK(taken(memory) >= 100 * mib);
  memory.release(large);
  CHECK(memory.kept() <= 64 * mib);
  CHECK(taken(memory) == memory.kept());
}

TEST_CASE("what does not fit is an error that says so, and changes nothing") {
  arena memory(16 * mib);
  std::byte* const most = memory.allocate(12 * mib);
  for (const std::size_t bytes : {4 * mib + 1, 16 * mib, ~std::size_t{0}, ~std::size_t{0} - page_bytes}) {
    try {
      memory.allocate(bytes);
      FAIL("allocated ", bytes, " bytes");
    } catch (const error& failure) {
      CHECK(failure.code() == status::out_of_memory);
      CHECK(std::string(failure.what()).find(std::to_string(bytes)) != std::string::npos);
    }
  }
  CHECK(memory.used() == 12 * mib);
  CHECK(memory.holds(memory.allocate(4 * mib), 4 * mib));
  memory.release(most);
}

TEST_CASE("free pages that are kept do not stand in the way of a large block") {
  arena memory(16 * mib);
  std::byte* const low = memory.allocate(10 * mib);
  memory.release(low);
  CHECK(memory.kept() == 10 * mib);
  std::byte* const large = memory.allocate(14 * mib);  // more than is kept, and more than was never used
  CHECK(memory.holds(large, 14 * mib));
  CHECK(memory.used() == 14 * mib);
  CHECK(memory.kept() == 0);
  CHECK(taken(memory) == 14 * mib);
}

TEST_CASE("random allocations equal a model: nothing overlaps, nothing is lost") {
  arena memory(32 * mib);
  std::mt19937 chance(11);
  struct block {
    std::size_t bytes;
    std::byte mark;
  };
  std::map<std::byte*, block> model;
  std::size_t used = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    if (model.empty() || chance() % 5 < 3) {
      const std::size_t bytes = chance() % 8 == 0 ? chance() % (6 * mib) : chance() % (200 * 1024);
      std::byte* at = nullptr;
      try {
        at = memory.allocate(bytes);
      } catch (const error&) {
        ++refused;
        continue;
      }
      REQUIRE(memory.holds(at, bytes));
      const auto after = model.lower_bound(at);
      REQUIRE((after == model.end() || at + whole_pages(bytes) <= after->first));
      REQUIRE((after == model.begin() || std::prev(after)->first + whole_pages(std::prev(after)->second.bytes) <= at));
      const auto mark = static_cast<std::byte>(chance() & 0xff);
      if (bytes != 0) at[0] = at[bytes / 2] = at[bytes - 1] = mark;
      model[at] = {bytes, mark};
      used += whole_pages(bytes);
    } else {
      const auto gone = std::next(model.begin(), static_cast<std::ptrdiff_t>(chance() % model.size()));
      const auto [bytes, mark] = gone->second;
      if (bytes != 0) {
        REQUIRE(gone->first[0] == mark);
        REQUIRE(gone->first[bytes / 2] == mark);
        REQUIRE(gone->first[bytes - 1] == mark);
      }
      memory.release(gone->first);
      used -= whole_pages(bytes);
      model.erase(gone);
    }
    REQUIRE(memory.used() == used);
    if (round % 64 == 0) REQUIRE(taken(memory) == used + memory.kept());
  }
  CHECK(refused > 0);  // it was full at times
  for (const auto& [at, each] : model) memory.release(at);
  CHECK(memory.used() == 0);
  CHECK(memory.holds(memory.allocate(32 * mib), 32 * mib));  // all of it is in one piece again
}

TEST_CASE("threads share an arena") {
  arena memory(32 * mib);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (unsigned self = 0; self < 4; ++self) {
    threads.emplace_back([&, self] {
      std::mt19937 chance(self);
      for (int round = 0; round < 300; ++round) {
        const std::size_t bytes = chance() % (64 * 1024) + 1;
        std::byte* const mine = memory.allocate(bytes);
        std::memset(mine, static_cast<int>(self + 1), bytes);
        std::this_thread::yield();
        wrong += static_cast<int>(std::count_if(
            mine, mine + bytes, [&](std::byte each) { return each != static_cast<std::byte>(self + 1); }));
        memory.release(mine);
      }
    });
  }
  for (auto& each : threads) each.join();
  CHECK(wrong == 0);
  CHECK(memory.used() == 0);
}

TEST_CASE("a peer's view sees every write, and cannot write but where it may") {
  arena memory(16 * mib);
  std::byte* const block = memory.allocate(3 * page_bytes);
  const auto view = peer_arena::open(memory);
  REQUIRE(view->base() != memory.base());
  const std::byte* const seen = view->base() + memory.offset(block);
  block[5] = std::byte{1};
  CHECK(seen[5] == std::byte{1});
  block[5] = std::byte{2};
  CHECK(seen[5] == std::byte{2});

  // The system itself says whether a page may be written: read(2) into one that may not fails.
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto can_write = [&](const std::byte* at) {
    REQUIRE(write(ends[1], "x", 1) == 1);
    if (read(ends[0], const_cast<std::byte*>(at), 1) == 1) return true;
    char drained = 0;
    REQUIRE(read(ends[0], &drained, 1) == 1);
    return false;
  };
  for (std::size_t page = 0; page < 3; ++page) CHECK_FALSE(can_write(seen + page * page_bytes));
  std::byte* const mine = view->writable(memory.offset(block) + page_bytes + 8, 16);
  CHECK(mine == seen + page_bytes + 8);
  *mine = std::byte{9};
  CHECK(block[page_bytes + 8] == std::byte{9});
  CHECK_FALSE(can_write(seen));
  CHECK(can_write(seen + page_bytes));
  CHECK_FALSE(can_write(seen + 2 * page_bytes));
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a peer is known by its nonce") {
  arena memory(16 * mib);
  std::byte* const block = memory.allocate(page_bytes);
  const std::uint64_t nonce = 0x0123456789abcdef;
  std::memcpy(block + 24, &nonce, sizeof nonce);
  const std::size_t at = memory.offset(block) + 24;
  const pid_t self = getpid();
  std::string why;
  const auto peer = peer_arena::open(self, memory.descriptor(), memory.capacity(), at, nonce, why);
  REQUIRE(peer != nullptr);
  block[100] = std::byte{3};
  CHECK(peer->base()[memory.offset(block) + 100] == std::byte{3});
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity(), at, nonce, why) == peer);  // mapped once
  const std::uint64_t later = ~nonce;
  std::memcpy(block + 48, &later, sizeof later);
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity(), at + 24, later, why) == peer);
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity(), at, nonce + 1, why) == nullptr);
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity(), at + 8, nonce, why) == nullptr);
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity() - page_bytes, at, nonce, why) == nullptr);
  CHECK(peer_arena::open(self, memory.descriptor(), memory.capacity(), memory.capacity(), nonce, why) == nullptr);
  CHECK(peer_arena::open(self, 0x7fff, memory.capacity(), at, nonce, why) == nullptr);             // no such descriptor
  CHECK(peer_arena::open(-1, memory.descriptor(), memory.capacity(), at, nonce, why) == nullptr);  // no such process
}
