// Messages between two ranks: every form, size and type, kernels and events around them, and storms of them.
#include "parcel.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <thread>

namespace {

using namespace test;

std::vector<std::size_t> sizes() {
  const thresholds at = thresholds_of(world());
  std::vector<std::size_t> all{0, 1, 100, 144, 145, at.inlined + 1, 5000, 70001};
  if (at.segment <= 65536) {
    for (const std::size_t each : {at.segment, at.segment + 1, at.ring, at.ring + 77, 5 * at.segment})
      all.push_back(each);
  } else if (wide()) {
    for (const std::size_t each : {at.segment + 1, at.ring + 77}) all.push_back(each);
  }
  return all;
}

}  // namespace

TEST_CASE("point-to-point: blocking, every size, one way and back") {
  const int me = world().rank(), peer = me ^ 1;
  if (peer >= world().size()) return;
  for (const std::size_t bytes : sizes()) {
    CAPTURE(bytes);
    const std::uint64_t salt = bytes;
    parcel out(bytes), in(bytes, 8);
    out.write(salt, me, peer);
    for (int turn = 0; turn < 2; ++turn) {
      if ((me + turn) % 2 == 0) {
        clique::send(world(), out.all(), peer, 4);
      } else {
        const clique::message got = clique::recv(world(), in.all(), peer, 4);
        CHECK(got.source == peer);
        CHECK(got.tag == 4);
        CHECK(in.wrong(salt, peer, me) == 0);
      }
    }
    CHECK(out.wrong(salt, me, peer) == 0);
  }
}

TEST_CASE("point-to-point: around the ring, in every form") {
  const int me = world().rank();
  for (const std::size_t bytes : sizes()) {
    CAPTURE(bytes);
    parcel out(bytes), in(bytes, 0);
    const auto check = [&](std::uint64_t salt) { CHECK(in.wrong(salt, left(), me) == 0); };
    out.write(1, me, right());
    const clique::message got = clique::sendrecv(world(), out.all(), right(), 1, in.all(), clique::any_source, 1);
    CHECK(got.source == left());
    check(1);

    out.write(2, me, right());
    clique::request both = clique::isendrecv(world(), out.all(), right(), 7, in.all(), left(), clique::any_tag);
    both.wait();
    CHECK(both.tag() == 7);
    check(2);

    out.write(3, me, right());
    clique::request receive = clique::irecv(world(), in.all(), left(), 3);
    clique::request send = clique::isend(world(), out.all(), right(), 3);
    while (!send.test() || !receive.test()) std::this_thread::yield();
    CHECK(receive.source() == left());
    check(3);

    clique::group group(world());
    group.send(out.write(4, me, right()).all(), right(), 9).recv(in.all(), left(), 9);
    const auto received = group.run();
    REQUIRE(received.size() == 1);
    CHECK(received[0].source == left());
    check(4);
    out.write(5, me, right());
    group.start().wait();
    check(5);

    // In place.
    clique::persistent replace = clique::sendrecv_replace_init(world(), in.all(), right(), 2, left(), 2);
    for (const std::uint64_t salt : {6, 7, 8, 9}) {
      in.write(salt, me, right());
      if (salt == 6) {
        clique::sendrecv_replace(world(), in.all(), right(), 2, left(), 2);
      } else if (salt == 7) {
        clique::isendrecv_replace(world(), in.all(), right(), 2, left(), 2).wait();
      } else {
        replace.start();
        replace.wait();
      }
      check(salt);
    }
  }
}

TEST_CASE("point-to-point: persistent calls, started many times") {
  const int me = world().rank();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{60}, std::size_t{30000}}) {
    parcel out(bytes), in(bytes), more(bytes), other(bytes);
    clique::persistent send = clique::send_init(world(), out.all(), right(), 1);
    clique::persistent receive = clique::recv_init(world(), in.all(), clique::any_source, 1);
    clique::group group(world());
    group.recv(other.all(), right(), 2).send(more.all(), left(), 2);
    clique::persistent both = group.init();
    CHECK(receive.test());  // not started
    for (std::uint64_t salt = 1; salt < 8; ++salt) {
      out.write(salt, me, right());
      more.write(salt, me, left());
      receive.start();
      send.start();
      send.wait();
      receive.wait();
      both.start();
      both.wait();
      CHECK(receive.current().source() == left());
      CHECK(in.wrong(salt, left(), me) == 0);
      CHECK(other.wrong(salt, right(), me) == 0);
    }
  }
}

TEST_CASE("point-to-point: every type") {
  for_types<all_types>([&](auto value) {
    using T = decltype(value);
    clique::array<T> out(world(), 1000), in(world(), 1000);
    out.arange(T(static_cast<float>(world().rank())), T(1.f));
    in.fill(T(0.f));
    clique::sendrecv(world(), out, right(), 0, in, left(), 0);
    clique::array<T> expected(world(), 1000);
    expected.arange(T(static_cast<float>(left())), T(1.f));
    const auto got = in.to_host(), wanted = expected.to_host();
    CHECK(std::memcmp(got.data(), wanted.data(), got.size() * sizeof(T)) == 0);
  });
}

TEST_CASE("point-to-point: kernels before and after, wait lists and events") {
  for (const std::size_t count : {5, 4000, 300000}) {
    clique::array<std::int32_t> out(world(), count), in(world(), count);
    for (int round = 0; round < 3; ++round) {
      const std::int32_t mark = 100 * world().rank() + round;
      out.fill(mark - 1).transform("x + 1");
      in.fill(-1);
      cl_int code = CL_SUCCESS;
      cl::UserEvent gate(world().device().context(), &code);
      REQUIRE(code == CL_SUCCESS);
      const cl::Event list[] = {gate};
      clique::request receive = clique::irecv(world(), in, left(), round);
      clique::request send = clique::isend(world(), out, right(), round, {.wait_list = list});
      for (int k = 0; k < 10; ++k) CHECK_FALSE(send.test());
      nap(500);
      gate.setStatus(CL_COMPLETE);
      if (round == 1) {
        receive.event().wait();
      } else {
        receive.wait();
      }
      in.transform("x + 1");
      const auto got = in.to_host();
      CHECK(std::count(got.begin(), got.end(), 100 * left() + round + 1) == static_cast<std::ptrdiff_t>(count));
      send.wait();
    }
  }
}

TEST_CASE("point-to-point: storms, with collectives between") {
  // All ranks draw the same messages; each posts its halves in an order of its own, for each pair and tag in theirs.
  const int me = world().rank(), size = world().size(), tags = 3;
  const auto all_sizes = sizes();
  std::mt19937 same(71), own(5u + static_cast<unsigned>(me));
  for (int round = 0; round < (wide() ? 12 : 4); ++round) {
    struct half {
      bool sends;
      int peer, tag;
      std::size_t bytes;
      std::uint64_t salt;
    };
    std::map<std::tuple<bool, int, int>, std::vector<half>> queues;
    std::vector<std::tuple<bool, int, int>> order;
    for (int k = 0; k < 40 + 12 * size; ++k) {
      const int from = static_cast<int>(same() % static_cast<unsigned>(size));
      const int to = static_cast<int>(same() % static_cast<unsigned>(size));
      const int tag = static_cast<int>(same() % tags);
      const std::size_t bytes = all_sizes[same() % all_sizes.size()];
      const auto salt = static_cast<std::uint64_t>(1000 * round + k);
      if (from == me) {
        queues[{true, to, tag}].push_back({true, to, tag, bytes, salt});
        order.emplace_back(true, to, tag);
      }
      if (to == me) {
        queues[{false, from, tag}].push_back({false, from, tag, bytes, salt});
        order.emplace_back(false, from, tag);
      }
    }
    std::shuffle(order.begin(), order.end(), own);
    for (auto& [key, queue] : queues) std::reverse(queue.begin(), queue.end());
    struct flight {
      half what;
      std::unique_ptr<parcel> data;
      clique::request request;
    };
    std::vector<flight> flights;
    const auto collective_at = order.size() / 2;
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (k == collective_at) trial<std::uint8_t>(world(), uniform(world(), 700)).run_and_check();
      auto& queue = queues[order[k]];
      const half what = queue.back();
      queue.pop_back();
      auto data = std::make_unique<parcel>(what.bytes, own() % 9);
      clique::request request;
      if (what.sends) {
        data->write(what.salt, me, what.peer);
        request = clique::isend(world(), data->all(), what.peer, what.tag);
      } else {
        request = clique::irecv(world(), data->all(), what.peer, what.tag);
      }
      flights.push_back({what, std::move(data), std::move(request)});
    }
    std::shuffle(flights.begin(), flights.end(), own);
    for (flight& each : flights) each.request.wait();
    std::size_t wrong = 0;
    for (const flight& each : flights) {
      const int from = each.what.sends ? me : each.what.peer, to = each.what.sends ? each.what.peer : me;
      wrong += each.data->wrong(each.what.salt, from, to);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("point-to-point: groups of all to all, with neighbours that do not exist") {
  const int me = world().rank(), size = world().size();
  for (const std::size_t bytes : {std::size_t{20}, std::size_t{2000}, std::size_t{40000}}) {
    clique::group group(world());
    std::vector<std::unique_ptr<parcel>> out, in;
    for (int peer = 0; peer < size; ++peer) {
      out.push_back(std::make_unique<parcel>(bytes));
      in.push_back(std::make_unique<parcel>(bytes));
      group.send(out.back()->write(bytes, me, peer).all(), peer, peer);
    }
    parcel none(bytes);
    group.send(none.all(), clique::no_rank).recv(none.all(), clique::no_rank);
    for (int peer = 0; peer < size; ++peer) group.recv(in[static_cast<std::size_t>(peer)]->all(), peer, me);
    const auto received = group.run();
    REQUIRE(received.size() == static_cast<std::size_t>(size) + 1);
    CHECK(received[0].source == clique::no_rank);
    CHECK(none.wrong(0, 0, 0, false) == 0);
    for (int peer = 0; peer < size; ++peer) {
      CHECK(received[static_cast<std::size_t>(peer) + 1].source == peer);
      CHECK(in[static_cast<std::size_t>(peer)]->wrong(bytes, peer, me) == 0);
    }
  }
  CHECK(clique::group(world()).run().empty());
}

TEST_CASE("point-to-point: requests dropped with their arrays") {
  for (int k = 0; k < 10; ++k) {
    parcel in(2000), out(2000);
    (void)clique::isend(world(), out.all(), right(), k);
    (void)clique::irecv(world(), in.all(), left(), k);
  }
  for (int k = 0; k < 5; ++k) world().agree({});
}
