// Which message a receive gets, and what both sides are told when they do not agree, wait or fail.
#include "messages.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace test;

TEST_CASE("tags are matched whatever the order of posting; one tag in the order of sending") {
  for (const path way : all_paths) {
    for (const bool receives_first : {false, true}) {
      messages_world world(2, way);
      std::vector<posting*> received;
      const auto receive = [&] {
        for (const int tag : {5, 9, 5, 1}) received.push_back(&world.on(1).recv(0, tag, 30).start());
      };
      if (receives_first) receive();
      std::uint64_t id = 0;
      for (const int tag : {1, 5, 5, 9}) world.on(0).send(1, tag, 30, ++id).start();
      world.look_some(10);
      if (!receives_first) receive();
      REQUIRE(world.finish());
      CHECK(received[0]->wrong(0, 2) == 0);
      CHECK(received[1]->wrong(0, 4) == 0);
      CHECK(received[2]->wrong(0, 3) == 0);
      CHECK(received[3]->wrong(0, 1) == 0);
    }
  }
}

TEST_CASE("a message goes to the receive that was posted first among those that fit") {
  for (const path way : all_paths) {
    messages_world world(3, way);
    auto& any = world.on(1).recv(any_source, any_tag, 10).start();
    auto& tagged = world.on(1).recv(any_source, 4, 10).start();
    auto& exact = world.on(1).recv(0, 4, 10).start();
    for (const std::uint64_t id : {1, 2, 3}) {
      world.on(0).send(1, 4, 10, id).start();
      world.look_some(6);
    }
    REQUIRE(world.finish());
    CHECK(any.wrong(0, 1) == 0);
    CHECK(tagged.wrong(0, 2) == 0);
    CHECK(exact.wrong(0, 3) == 0);
    CHECK(any.call->received(0).source == 0);
    CHECK(any.call->received(0).tag == 4);
    CHECK(world.idle());
  }
}

TEST_CASE("receives of any rank get every message once, those of one rank in their order") {
  for (const path way : all_paths) {
    for (const bool receives_first : {false, true}) {
      constexpr int size = 5, each_sends = 20;
      messages_world world(size, way, receives_first ? 3 : 4);
      std::vector<posting*> received;
      const auto receive = [&] {
        for (int k = 0; k < size * each_sends; ++k)
          received.push_back(&world.on(2).recv(any_source, any_tag, 200, world.any_kind()).start());
      };
      if (receives_first) receive();
      for (int k = 0; k < each_sends; ++k) {
        for (int rank = 0; rank < size; ++rank) {
          auto& send =
              world.on(rank).send(2, k, 200, static_cast<std::uint64_t>(rank * each_sends + k), world.any_kind());
          if (world.chance() % 3 == 0) send.late();
          send.start();
          world.look_some(2);
        }
      }
      if (!receives_first) receive();
      REQUIRE(world.finish());
      std::vector<int> next(size, 0);
      for (const posting* each : received) {
        const auto [source, tag] = each->call->received(0);
        REQUIRE(source >= 0);
        CHECK(tag == next[static_cast<std::size_t>(source)]++);
        CHECK(each->wrong(0, static_cast<std::uint64_t>(source * each_sends + tag)) == 0);
      }
      CHECK(next == std::vector<int>(size, each_sends));
      CHECK(world.idle());
    }
  }
}

TEST_CASE("a receive of any rank takes what came first") {
  for (const path way : all_paths) {
    messages_world world(4, way);
    auto& never = world.on(1).recv(any_source, 99, 1).start();  // so that it reads its mail
    for (const int from : {3, 0, 2}) {
      world.on(from).send(1, 5, 10, static_cast<std::uint64_t>(from)).start();
      world.look(1);
    }
    for (const int from : {3, 0, 2}) {
      auto& receive = world.on(1).recv(any_source, 5, 10).start();
      world.look(1);
      CHECK(receive.wrong(0, static_cast<std::uint64_t>(from)) == 0);
    }
    world.on(0).send(1, 99, 1, 1).start();
    REQUIRE(world.finish());
    CHECK(never.wrong(0, 1) == 0);
  }
}

TEST_CASE("where type or count differ both sides throw the same, nothing is moved, and the next message is right") {
  for (const path way : all_paths) {
    for (const auto kind : all_kinds) {
      for (const int to : {0, 1, 2}) {
        messages_world world(3, way);
        auto& send = world.on(0).send(to, 7, 300, 1, kind).late().start();
        auto& receive = world.on(to).recv(any_source, 7, 299, kind).start();
        auto& right = world.on(0).send(to, 7, 300, 2, kind).start();
        auto& then = world.on(to).recv(0, 7, 300, kind).start();
        REQUIRE(world.finish());
        CHECK(send.error() == fmt::format("rank 0 calls send of 300 elements of uint8 to rank {0}, tag 7, but rank {0} "
                                          "calls recv of 299 elements of uint8",
                                          to));
        CHECK(send.error() == receive.error());
        CHECK(send.call->failure->code() == status::mismatch);
        CHECK(send.call->failure->rank() == receive.call->failure->rank());
        CHECK(receive.untouched(0));
        CHECK(right.error().empty());
        CHECK(then.wrong(0, 2) == 0);

        auto& empty = world.on(0).send(to, 8, 0, 3).start();
        auto& other = world.on(to).recv(0, 8, 4, kind);
        other.call->transfers[0].part.type = datatype::float32;
        other.start();
        REQUIRE(world.finish());
        CHECK(empty.error().find("send of 0 elements of uint8") != std::string::npos);
        CHECK(empty.error().find("recv of 4 elements of float32") != std::string::npos);
        CHECK(empty.error() == other.error());
        world.look_some(30);
        CHECK(world.idle());
      }
    }
  }
}

TEST_CASE("a group with one bad message moves the others, and throws its first error when all are done") {
  messages_world world(2, path::board);
  auto& sends = world.on(0).send(1, 1, 10, 1).send(1, 2, 400, 2, staging::kind::slots).send(1, 3, 10, 3).start();
  auto& receives = world.on(1).recv(0, 3, 11).recv(0, 2, 400, staging::kind::slots).recv(0, 1, 9).start();
  REQUIRE(world.finish());
  CHECK(receives.wrong(1, 2) == 0);
  CHECK(receives.untouched(0));
  CHECK(receives.untouched(2));
  CHECK(sends.error().find("tag 1, but rank 1 calls recv of 9") != std::string::npos);
  CHECK(receives.error().find("tag 3, but rank 1 calls recv of 11") != std::string::npos);
}

TEST_CASE("messages to no rank, and groups of nothing, are done at once") {
  messages_world world(1, path::board);
  auto& call = world.on(0).send(no_rank, 0, 100, 1).recv(no_rank, any_tag, 100).start();
  CHECK(call.done());
  CHECK(call.call->received(0).source == no_rank);
  CHECK(call.call->received(0).tag == any_tag);
  CHECK(call.untouched(1));
  CHECK(world.on(0).start().done());
  auto& late = world.on(0).late().start();
  REQUIRE(world.finish());
  CHECK(late.done());
  CHECK(world.idle());
}

TEST_CASE("who waits for whom, in words") {
  messages_world world(3, path::board);
  const auto says = [&](int rank, const posting& call) {
    return world.all[static_cast<std::size_t>(rank)].matcher->waits_for(*call.call);
  };
  auto& receive = world.on(2).recv(0, 7, 10).start();
  CHECK(says(2, receive) == "rank 2 waits in recv for rank 0, tag 7 (10 elements of uint8): no such message was sent");
  auto& other = world.on(0).send(2, 8, 10, 1).start();
  world.look(2);
  CHECK(says(2, receive) ==
        "rank 2 waits in recv for rank 0, tag 7 (10 elements of uint8): no such message was sent; one with tag 8 was");
  CHECK(says(0, other) ==
        "rank 0 waits in send to rank 2, tag 8 (10 elements of uint8): rank 2 has not called a recv that fits");
  auto& any = world.on(1).recv(any_source, any_tag, 3).start();
  CHECK(says(1, any) == "rank 1 waits in recv for any rank, any tag (3 elements of uint8): no such message was sent");
  auto& held = world.on(0).send(1, 0, 3, 1);
  const auto ticket = held.held();
  held.start();
  world.look(1);
  CHECK(says(1, any) ==
        "rank 1 waits in recv for any rank, any tag (3 elements of uint8): the device of rank 0 has not done what "
        "comes before it");
  CHECK(says(0, held).find("its own device has not done its earlier commands") != std::string::npos);
  world.all[0].device->release(ticket);
  world.on(0).send(2, 7, 10, 2).start();
  world.on(2).recv(0, 8, 10).start();
  auto& both = world.on(1).send(2, 1, 5, 1).recv(2, 1, 5).start();
  CHECK(says(1, both).find("rank 1 waits in a group, in send to rank 2, tag 1") == 0);
  world.on(2).recv(1, 1, 5).start();
  world.on(2).send(1, 1, 5, 1).start();
  REQUIRE(world.finish());
}

TEST_CASE("what is in flight when the communicator fails ends with its error") {
  messages_world world(2, path::board);
  auto& send = world.on(0).send(1, 0, 1000, 1, staging::kind::slots).start();
  auto& receive = world.on(0).recv(any_source, any_tag, 5).start();
  world.look(0);
  const auto kept = world.all[0].matcher->give_up(error(status::timeout, "too late"));
  CHECK(kept.size() == 2);
  CHECK(send.error() == "too late");
  CHECK(receive.error() == "too late");
  CHECK(world.all[0].matcher->idle());
  CHECK_FALSE(world.all[0].matcher->progress());
}
