// Messages of every size, staging and path arrive whole, and no order of posting makes ranks wait for each other.
#include "messages.hpp"

#include <doctest/doctest.h>

#include <map>
#include <tuple>

using namespace test;

TEST_CASE("a message of every size, between every two kinds of memory, on every path, late or not") {
  for (const path way : all_paths) {
    for (const auto from : all_kinds) {
      for (const auto to : all_kinds) {
        messages_world world(3, way);
        std::uint64_t id = 0;
        std::vector<std::pair<posting*, std::uint64_t>> received;
        for (const std::size_t bytes : message_sizes) {
          for (const int target : {0, 1, 2}) {  // 0: to itself
            for (int late = 0; late < 4; ++late) {
              auto& receive = world.on(target).recv(0, 3, bytes, to);
              auto& send = world.on(0).send(target, 3, bytes, ++id, from);
              if ((late & 1) != 0) receive.late();
              if ((late & 2) != 0) send.late();
              if (late % 3 == 0) {
                receive.start();
                send.start();
              } else {
                send.start();
                world.look_some(3);
                receive.start();
              }
              received.emplace_back(&receive, id);
            }
          }
        }
        REQUIRE(world.finish());
        for (const auto& [each, of] : received) {
          CHECK(each->wrong(0, of) == 0);
          CHECK(each->call->received(0).source == 0);
          CHECK(each->call->received(0).tag == 3);
        }
        world.look_some(30);
        CHECK(world.idle());
      }
    }
  }
}

TEST_CASE("a storm of messages: several tags and sizes, posted in any order, late or not") {
  for (const path way : all_paths) {
    for (const int size : {1, 2, 5}) {
      CAPTURE(size);
      messages_world world(size, way, static_cast<unsigned>(size) + 20);
      auto& chance = world.chance;
      // The k-th message of a pair and tag is taken by the k-th receive of it.
      std::map<std::tuple<int, int, int>, std::deque<std::size_t>> sizes_sent, sizes_received;
      std::map<std::tuple<int, int, int>, std::uint64_t> sent, received;
      const auto id = [](int from, int to, int tag, std::uint64_t k) {
        return static_cast<std::uint64_t>(((from * 8 + to) * 8 + tag) * 1000) + k;
      };
      std::vector<std::tuple<bool, int, int, int>> open;  // sends?, from, to, tag
      for (int k = 0; k < 120 * size; ++k) {
        const auto any = [&] { return static_cast<int>(chance() % static_cast<unsigned>(size)); };
        const int from = any(), to = any(), tag = static_cast<int>(chance() % 3);
        const std::size_t bytes = message_sizes[chance() % std::size(message_sizes)];
        sizes_sent[{from, to, tag}].push_back(bytes);
        sizes_received[{from, to, tag}].push_back(bytes);
        open.emplace_back(true, from, to, tag);
        open.emplace_back(false, from, to, tag);
      }
      std::shuffle(open.begin(), open.end(), chance);
      std::vector<std::pair<posting*, std::uint64_t>> expected;
      for (const auto& [sends, from, to, tag] : open) {
        auto& sizes = (sends ? sizes_sent : sizes_received)[{from, to, tag}];
        const std::uint64_t what = id(from, to, tag, (sends ? sent : received)[{from, to, tag}]++);
        auto& each = world.on(sends ? from : to);
        if (sends) {
          each.send(to, tag, sizes.front(), what, world.any_kind());
        } else {
          each.recv(from, tag, sizes.front(), world.any_kind());
          expected.emplace_back(&each, what);
        }
        sizes.pop_front();
        if (chance() % 3 == 0) each.late();
        each.start();
        world.look_some(static_cast<int>(chance() % 3));
      }
      REQUIRE(world.finish());
      for (const auto& [each, what] : expected) CHECK(each->wrong(0, what) == 0);
      world.look_some(30);
      CHECK(world.idle());
    }
  }
}

TEST_CASE("groups in rings and all to all do not wait for each other, whatever their order") {
  for (const path way : all_paths) {
    for (const auto kind : all_kinds) {
      constexpr int size = 4;
      messages_world world(size, way);
      for (const std::size_t bytes : message_sizes) {
        std::vector<posting*> all;
        for (int rank = 0; rank < size; ++rank) {
          auto& each = world.on(rank);
          for (int k = 0; k < size; ++k) {  // the sends first, or the receives
            const int peer = (rank + k) % size;
            if (rank % 2 == 0) each.send(peer, 0, bytes, static_cast<std::uint64_t>(rank * size + peer), kind);
          }
          for (int peer = 0; peer < size; ++peer) each.recv(peer, 0, bytes, kind);
          for (int peer = 0; peer < size && rank % 2 != 0; ++peer) {
            each.send(peer, 0, bytes, static_cast<std::uint64_t>(rank * size + peer), kind);
          }
          all.push_back(&each.start());
        }
        REQUIRE(world.finish());
        for (int rank = 0; rank < size; ++rank) {
          for (int peer = 0; peer < size; ++peer) {
            const auto k = static_cast<std::size_t>(rank % 2 == 0 ? size + peer : peer);
            CHECK(all[static_cast<std::size_t>(rank)]->wrong(k, static_cast<std::uint64_t>(peer * size + rank)) == 0);
          }
        }
      }
      CHECK(world.idle());
    }
  }
}

TEST_CASE("messages whose devices wait do not hold up those behind them") {
  constexpr int many = 3 * transport::message_letters;
  for (const path way : {path::board, path::messages}) {
    for (const bool senders : {true, false}) {
      messages_world world(2, way);
      std::vector<std::pair<rank_under_test*, staging::ticket>> held;
      std::vector<posting*> waiting;
      for (int k = 0; k < many; ++k) {
        auto& send = world.on(0).send(1, k, 1000, static_cast<std::uint64_t>(k), staging::kind::slots);
        auto& receive = world.on(1).recv(0, k, 1000, staging::kind::slots);
        held.emplace_back(&world.all[senders ? 0 : 1], (senders ? send : receive).held());
        send.start();
        waiting.push_back(&receive.start());
      }
      auto& behind = world.on(0).send(1, many, 1000, many, staging::kind::slots).start();
      auto& receive = world.on(1).recv(0, many, 1000, staging::kind::slots).start();
      for (int looks = 0; looks < 200; ++looks) world.look(looks % 2);
      REQUIRE(receive.done());
      CHECK(behind.done());
      CHECK(receive.wrong(0, many) == 0);
      for (const posting* each : waiting) CHECK_FALSE(each->done());
      for (const auto& [on, ticket] : held) on->device->release(ticket);
      REQUIRE(world.finish());
      for (int k = 0; k < many; ++k)
        CHECK(waiting[static_cast<std::size_t>(k)]->wrong(0, static_cast<std::uint64_t>(k)) == 0);
      CHECK(world.idle());
    }
  }
}

TEST_CASE("thousands of messages that nobody has asked for yet, received backwards") {
  constexpr int many = 2000;
  for (const path way : {path::board, path::mixed}) {
    messages_world world(2, way);
    for (int k = 0; k < many; ++k) world.on(0).send(1, k, 9, static_cast<std::uint64_t>(k)).start();
    std::vector<posting*> received;
    for (int k = many - 1; k >= 0; --k) {
      received.push_back(&world.on(1).recv(0, k, 9).start());
      if (k % 100 == 0) world.look_some(20);
    }
    REQUIRE(world.finish());
    for (int k = 0; k < many; ++k) {
      CHECK(received[static_cast<std::size_t>(k)]->wrong(0, static_cast<std::uint64_t>(many - 1 - k)) == 0);
    }
    CHECK(world.idle());
  }
}

TEST_CASE("a receive is not done before its answer has gone to a sender that does not look") {
  messages_world world(2, path::board);
  auto& send = world.on(0).send(1, 0, 10, 5).start();
  constexpr int many = 200;  // more than a ring of mail holds
  for (int k = 0; k < many; ++k) world.on(1).send(0, 1, 1, 1).start();
  auto& receive = world.on(1).recv(0, 0, 10).start();
  for (int k = 0; k < 10; ++k) world.look(1);
  CHECK(receive.wrong(0, 5) == 0);  // the data is here
  CHECK_FALSE(receive.done());
  CHECK(world.all[1].matcher->waits_for(*receive.call).find("rank 0 does not read its mail") != std::string::npos);
  for (int k = 0; k < 10; ++k) world.look(k % 2);
  CHECK(receive.done());
  CHECK(send.done());
  for (int k = 0; k < many; ++k) world.on(0).recv(1, 1, 1).start();
  REQUIRE(world.finish());
  CHECK(world.idle());
}
