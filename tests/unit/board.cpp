// The board alone, without an engine: how ranks arrive and agree, and the letters by which they hand over blocks.
#include "core/check.hpp"
#include "transport/loopback.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

using namespace clique;
using namespace clique::transport;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

arrival calls(std::uint64_t count, status code = status::success, const char* text = "") {
  arrival mine;
  mine.signature.collective = 1;
  mine.signature.count = count;
  mine.signature.status = static_cast<std::int32_t>(code);
  mine.set_text(text);
  return mine;
}

struct node {
  explicit node(int ranks, std::size_t inline_bytes = 256) : size(ranks), all(ranks, inline_bytes, arena) {}
  board& operator[](int rank) { return all.shm(rank); }
  void arrive_all(std::uint64_t seq) {
    for (int rank = 0; rank < size; ++rank) all.shm(rank).arrive(seq, calls(7), {});
  }
  int size;
  clique::memory::arena arena{16 * mib};
  loopback all;
};

std::optional<letter_view> look(board& reader, std::uint64_t seq, int owner, std::size_t bytes, std::uint32_t key = 0) {
  letter_view view;
  if (!reader.look(seq, owner, key, bytes, view)) return std::nullopt;
  return view;
}

}  // namespace

TEST_CASE("ranks agree when all have arrived with the same call, and not before") {
  node on(3);
  std::uint64_t last = 99;
  CHECK(on[0].missing(1, last) == 0);
  on[0].arrive(1, calls(7), {});
  CHECK(on[0].poll(1) == outcome::pending);
  CHECK(on[0].missing(1, last) == 1);
  CHECK(last == 0);
  on[2].arrive(1, calls(7), {});
  CHECK(on[0].poll(1) == outcome::pending);
  on[1].arrive(1, calls(7), {});
  for (int rank = 0; rank < 3; ++rank) {
    CHECK(on[rank].poll(1) == outcome::agreed);
    CHECK(on[rank].missing(1, last) == -1);
  }
  CHECK(on[0].missing(2, last) == 0);
  CHECK(last == 1);
}

TEST_CASE("one rank that differs, in whatever, is seen by all") {
  const auto differs = [](auto change) {
    node on(3);
    for (int rank = 0; rank < 3; ++rank) {
      arrival mine = calls(7);
      if (rank == 1) change(mine.signature);
      on[rank].arrive(1, mine, {});
    }
    for (int rank = 0; rank < 3; ++rank) CHECK(on[rank].poll(1) == outcome::refused);
  };
  differs([](signature& of) { of.collective = 2; });
  differs([](signature& of) { of.type = 1; });
  differs([](signature& of) { of.count = 8; });
  differs([](signature& of) { of.op = 1; });
  differs([](signature& of) { of.root = 0; });
  differs([](signature& of) { of.status = static_cast<std::int32_t>(status::unsupported); });
  differs([](signature& of) { of.pairs = 1; });
}

TEST_CASE("the minutes of a refusal hold what each rank brought, the same on every rank") {
  node on(3);
  on[0].arrive(1, calls(7), {});
  on[1].arrive(1, calls(7, status::build_failure, "line 3"), {});
  on[2].arrive(1, calls(9), {});
  for (int rank = 0; rank < 3; ++rank) {
    REQUIRE(on[rank].poll(1) == outcome::refused);
    const minutes seen = on[rank].read(1);
    REQUIRE(seen.arrivals.size() == 3);
    CHECK(seen.arrivals[0].signature.count == 7);
    CHECK(std::string(seen.arrivals[0].text).empty());
    CHECK(seen.arrivals[1].signature.status == static_cast<std::int32_t>(status::build_failure));
    CHECK(std::string(seen.arrivals[1].text) == "line 3");
    CHECK(seen.arrivals[2].signature.count == 9);
    CHECK(seen.odd.empty());
  }
  // The text of an old failure does not come back with the slot.
  for (std::uint64_t seq = 1; seq <= board::slot_count; ++seq) {
    for (int rank = 0; rank < 3; ++rank) on[rank].leave(seq);
  }
  const std::uint64_t again = 1 + board::slot_count;
  for (int rank = 0; rank < 3; ++rank) REQUIRE(on[rank].room(again));
  for (int rank = 0; rank < 3; ++rank) on[rank].arrive(again, calls(rank == 2 ? 1 : 7), {});
  REQUIRE(on[0].poll(again) == outcome::refused);
  CHECK(std::string(on[0].read(again).arrivals[1].text).empty());
}

TEST_CASE("pairs that do not match are found, and those that match are not") {
  constexpr std::size_t size = 4;
  for (const bool good : {true, false}) {
    node on(size);
    std::vector<std::vector<std::size_t>> sent(size), expected(size);
    for (std::size_t rank = 0; rank < size; ++rank) {
      for (std::size_t peer = 0; peer < size; ++peer) {
        sent[rank].push_back(rank * 10 + peer);
        expected[rank].push_back(peer * 10 + rank);
      }
    }
    if (!good) {
      expected[3][1] = 99;  // of the 13 bytes that rank 1 sends
      sent[2][0] += 1;
    }
    for (std::size_t rank = 0; rank < size; ++rank) {
      arrival mine = calls(0);
      const pair_bytes bytes{sent[rank], expected[rank]};
      mine.signature.pairs = pair_sum(rank, bytes);
      on[static_cast<int>(rank)].arrive(1, mine, bytes);
    }
    for (int rank = 0; rank < static_cast<int>(size); ++rank) {
      REQUIRE(on[rank].poll(1) == (good ? outcome::agreed : outcome::refused));
      if (good) continue;
      const minutes seen = on[rank].read(1);
      REQUIRE(seen.odd.size() == 2);
      CHECK(seen.odd[0].from == 1);
      CHECK(seen.odd[0].to == 3);
      CHECK(seen.odd[0].sent == 13);
      CHECK(seen.odd[0].expected == 99);
      CHECK(seen.odd[1].from == 2);
      CHECK(seen.odd[1].to == 0);
    }
  }
}

TEST_CASE("a slot is free again when all others have left it") {
  node on(3);
  constexpr std::uint64_t slots = board::slot_count;
  for (std::uint64_t seq = 1; seq <= slots; ++seq) CHECK(on[0].room(seq));
  CHECK_FALSE(on[0].room(slots + 1));
  on[1].leave(2);
  CHECK_FALSE(on[0].room(slots + 1));
  on[2].leave(1);
  CHECK(on[0].room(slots + 1));
  CHECK_FALSE(on[0].room(slots + 2));
  on[2].leave(5);
  CHECK(on[0].room(slots + 2));
  CHECK_FALSE(on[0].room(slots + 3));  // rank 1
  node alone(1);
  CHECK(alone[0].room(1000));
}

TEST_CASE("an inlined block lies in the slot, for its reader and key alone") {
  for (const std::size_t bytes : {1u, 8u, 16u, 32u, 100u}) {
    CAPTURE(bytes);
    node on(3, 100);
    CHECK(on[0].inline_bytes(1) == 100);
    const auto content = [&](int owner, std::uint32_t key, int reader) {
      return std::vector<std::byte>(bytes, static_cast<std::byte>(100 * owner + 10 * static_cast<int>(key) + reader));
    };
    const auto for_each = [](auto what) {
      for (const int owner : {0, 1, 2}) {
        for (const std::uint32_t key : {0u, 1u}) {
          for (const int reader : {0, 1, 2}) {
            if (reader != owner) what(owner, key, reader);
          }
        }
      }
    };
    CHECK_FALSE(look(on[1], 1, 0, bytes));
    for_each([&](int owner, std::uint32_t key, int reader) {
      std::memcpy(on[owner].inline_place(1, reader, key, bytes), content(owner, key, reader).data(), bytes);
      on[owner].offer_inlined(1, reader, key, bytes, false);
    });
    for_each([&](int owner, std::uint32_t key, int reader) {
      const auto seen = look(on[reader], 1, owner, bytes, key);
      REQUIRE(seen.has_value());
      CHECK(seen->kind == letter_kind::inlined);
      CHECK(seen->bytes == bytes);
      CHECK(seen->available == bytes);
      CHECK(std::memcmp(seen->base, content(owner, key, reader).data(), bytes) == 0);
    });
    CHECK_FALSE(look(on[1], 2, 0, bytes));                      // another operation
    CHECK_FALSE(look(on[1], 1 + board::slot_count, 0, bytes));  // the next in the same slot
  }
}

TEST_CASE("an arrival that says so has all its blocks inlined") {
  node on(2);
  std::memset(on[0].inline_place(3, 1, 0, 8), 0x21, 8);
  on[0].set_all_inlined(3, true);
  CHECK_FALSE(look(on[1], 3, 0, 8));  // not before the arrival
  on[0].arrive(3, calls(7), {});
  const auto seen = look(on[1], 3, 0, 8);
  REQUIRE(seen.has_value());
  CHECK(seen->kind == letter_kind::inlined);
  CHECK(seen->bytes == 8);
  CHECK(seen->base[7] == std::byte{0x21});
}

TEST_CASE("inlined blocks of many ranks stay in proportion") {
  CHECK(board_shape::of(2, 4096).inline_bytes == 4096);
  CHECK(board_shape::of(16, 4096).inline_bytes == 4096);
  CHECK(board_shape::of(64, 4096).inline_bytes == 1024);
  CHECK(board_shape::of(5000, 4096).inline_bytes == 64);
  CHECK(board_shape::of(5000, 0).inline_bytes == 0);
  CHECK(board_shape::of(256, 4096).control_bytes() < 4 * mib);
}

TEST_CASE("a linear block is read where it lies, once its owner's device is done") {
  node on(2);
  std::byte* const block = on.arena.allocate(5000);
  std::memset(block, 0x33, 5000);
  on[0].offer_linear(1, 1, 0, block + 8, 4000);
  CHECK_FALSE(look(on[1], 1, 0, 4000));
  CHECK_FALSE(on[0].ready(1));
  on[0].set_ready(1);
  CHECK(on[0].ready(1));
  CHECK(on[1].failed(1) == -1);
  const auto seen = look(on[1], 1, 0, 4000);
  REQUIRE(seen.has_value());
  CHECK(seen->kind == letter_kind::linear);
  CHECK(seen->base == block + 8);
  CHECK(seen->bytes == 4000);
  CHECK(seen->available == 4000);
  CHECK(on[1].claim(1, 0, 0));
  CHECK_FALSE(on[0].withdraw(1, 1, 0));  // its reader is at it
  CHECK(on[0].taken(1, 1, 0) == 0);
  on[1].take(1, 0, 0, 4000);
  CHECK(on[0].taken(1, 1, 0) == 4000);
}

TEST_CASE("a block in its owner's process has its address there, until it is withdrawn") {
  node on(2);
  const std::vector<std::byte> own(5000, std::byte{7});
  on[0].offer_in_process(1, 1, 0, own.data(), 4000);
  CHECK_FALSE(look(on[1], 1, 0, 4000));
  on[0].set_ready(1);
  const auto seen = look(on[1], 1, 0, 4000);
  REQUIRE(seen.has_value());
  CHECK(seen->kind == letter_kind::process);
  CHECK(seen->address == reinterpret_cast<std::uintptr_t>(own.data()));
  CHECK(seen->available == 4000);
  CHECK(on[0].withdraw(1, 1, 0));
  CHECK_FALSE(on[1].claim(1, 0, 0));
  std::shared_ptr<std::byte> copy(on.arena.allocate(4000), [&](std::byte* each) { on.arena.release(each); });
  std::byte* const moved = copy.get();
  on[0].offer_moved(1, 1, 0, std::move(copy));
  CHECK(on[1].claim(1, 0, 0));
  const auto again = look(on[1], 1, 0, 4000);
  REQUIRE(again.has_value());
  CHECK(again->kind == letter_kind::linear);
  CHECK(again->base == moved);
}

TEST_CASE("device work that failed makes nothing readable, and is told") {
  node on(3);
  std::byte* const block = on.arena.allocate(100);
  on[1].offer_linear(1, 0, 0, block, 100);
  on[1].set_ready_late(1, true);
  CHECK_FALSE(look(on[0], 1, 1, 100));
  for (int rank = 0; rank < 3; ++rank) CHECK(on[rank].failed(1) == 1);
  CHECK(on[0].failed(2) == -1);
}

TEST_CASE("a block that is withdrawn is found again where it was moved") {
  node on(2);
  std::byte* const block = on.arena.allocate(4096);
  std::memset(block, 1, 4096);
  on[0].offer_linear(1, 1, 0, block, 4096);
  on[0].set_ready(1);
  CHECK(on[0].withdraw(1, 1, 0));
  CHECK_FALSE(on[0].withdraw(1, 1, 0));
  CHECK_FALSE(on[1].claim(1, 0, 0));  // between two places
  const std::size_t before = on.arena.used();
  std::shared_ptr<std::byte> copy(on.arena.allocate(4096), [&](std::byte* each) { on.arena.release(each); });
  std::memcpy(copy.get(), block, 4096);
  std::byte* const moved = copy.get();
  on[0].offer_moved(1, 1, 0, std::move(copy));
  std::memset(block, 2, 4096);
  CHECK(on[1].claim(1, 0, 0));
  const auto seen = look(on[1], 1, 0, 4096);
  REQUIRE(seen.has_value());
  CHECK(seen->base == moved);
  CHECK(seen->base[4095] == std::byte{1});
  CHECK(on.arena.used() == before + 4096);
  on[1].leave(1);
  CHECK(on[0].room(1 + board::slot_count));
  CHECK(on.arena.used() == before);  // with the slot goes the copy
}

TEST_CASE("a ring says what is there, and what has been taken") {
  node on(2);
  std::byte* const ring = on.arena.allocate(1024);
  on[0].offer_ring(1, 1, 1, ring, 1024, 3000);
  auto seen = look(on[1], 1, 0, 3000, 1);
  REQUIRE(seen.has_value());
  CHECK(seen->kind == letter_kind::ring);
  CHECK(seen->base == ring);
  CHECK(seen->ring == 1024);
  CHECK(seen->bytes == 3000);
  CHECK(seen->available == 0);
  on[0].set_available(1, 1, 1, 1024);
  CHECK(look(on[1], 1, 0, 3000, 1)->available == 1024);
  on[1].take(1, 0, 1, 512);
  CHECK(on[0].taken(1, 1, 1) == 512);
  // In the next operation of the slot both begin anew.
  on[0].offer_ring(1 + board::slot_count, 1, 1, ring, 1024, 10);
  CHECK(on[0].taken(1 + board::slot_count, 1, 1) == 0);
  CHECK(look(on[1], 1 + board::slot_count, 0, 10, 1)->available == 0);
}

TEST_CASE("the first poison holds on all ranks, for good") {
  node on(3);
  const auto why = [](int rank, const char* text) {
    poison_note verdict;
    verdict.code = static_cast<std::int32_t>(status::timeout);
    verdict.rank = rank;
    std::strncpy(verdict.text, text, sizeof verdict.text - 1);
    return verdict;
  };
  CHECK_FALSE(on[0].poisoned());
  CHECK(on[0].poison_note_of_all().code == 0);
  on[2].poison(why(2, "the first"));
  on[1].poison(why(1, "the second"));
  on[2].poison(why(2, "the same rank, later"));
  for (int rank = 0; rank < 3; ++rank) {
    CHECK(on[rank].poisoned());
    CHECK(on[rank].poison_note_of_all().rank == 2);
    CHECK(std::string(on[rank].poison_note_of_all().text) == "the first");
    CHECK(on[rank].poison_note_of_all().code == static_cast<std::int32_t>(status::timeout));
  }
}

TEST_CASE("control blocks are kept until all have closed theirs, and no callback is to come") {
  node on(2);
  on[0].close();
  CHECK_FALSE(on[0].all_closed());
  on[1].close();
  CHECK(on[0].all_closed());
  on[0].callbacks = 1;
  CHECK_FALSE(on[0].all_closed());
  on[0].callbacks = 0;
  CHECK(on[0].all_closed());
}
