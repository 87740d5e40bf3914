// Which message a receive gets, who waits for whom, and what is refused.
#include "parcel.hpp"

#include <memory>
#include <thread>

using namespace test;

TEST_CASE("point-to-point: a persistent call in flight is not started again") {
  parcel in(10), out(10);
  const int me = world().rank();
  clique::persistent receive = clique::recv_init(world(), in.all(), left(), 1);
  receive.start();
  const thrown error = thrown_by([&] { receive.start(); });
  CHECK(error.code == clique::status::invalid_argument);
  CHECK(error.text.find("before it was done") != std::string::npos);
  world().agree({});
  clique::request send = clique::isend(world(), out.write(1, me, right()).all(), right(), 1);
  receive.wait();
  send.wait();
  CHECK(in.wrong(1, left(), me) == 0);
  clique::persistent none;
  CHECK(thrown_by([&] { none.start(); }).code == clique::status::invalid_argument);
}

TEST_CASE("point-to-point: what was sent first is matched first; tags and sources choose") {
  const int me = world().rank(), last = world().size() - 1;
  constexpr int each = 5;
  if (me != last) {
    std::vector<std::unique_ptr<parcel>> parcels;
    std::vector<clique::request> sends;
    for (int k = 0; k < each; ++k) {
      parcels.push_back(std::make_unique<parcel>(k % 2 == 0 ? 50 : 3000));
      sends.push_back(
          clique::isend(world(), parcels.back()->write(static_cast<std::uint64_t>(k), me, last).all(), last, k % 2));
    }
    clique::send(world(), parcel(1).write(9, me, last).all(), last, 77);
    for (auto& send : sends) send.wait();
    return;
  }
  std::vector<bool> seen(static_cast<std::size_t>(last));
  for (int k = 0; k < last; ++k) {
    parcel in(1);
    const auto [source, tag] = clique::recv(world(), in.all(), clique::any_source, 77);
    REQUIRE(source >= 0);
    CHECK(tag == 77);
    CHECK(in.wrong(9, source, me) == 0);
    CHECK_FALSE(seen[static_cast<std::size_t>(source)]);
    seen[static_cast<std::size_t>(source)] = true;
  }
  for (int source = 0; source < last; ++source) {
    for (const int k : {1, 3}) {  // the odd ones first
      parcel in(3000);
      CHECK(clique::recv(world(), in.all(), source, 1).source == source);
      CHECK(in.wrong(static_cast<std::uint64_t>(k), source, me) == 0);
    }
    for (const int k : {0, 2, 4}) {
      parcel in(50);
      CHECK(clique::recv(world(), in.all(), source).tag == 0);
      CHECK(in.wrong(static_cast<std::uint64_t>(k), source, me) == 0);
    }
  }
}

TEST_CASE("point-to-point: a rank that is busy elsewhere holds up only those that wait for it") {
  const int me = world().rank();
  if (world().size() < 3) return;
  parcel out(3000), in(3000);
  if (me == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const int last = world().size() - 1;
  if (me == 1) {
    for (int k = 0; k < 30; ++k) clique::send(world(), out.write(static_cast<std::uint64_t>(k), 1, last).all(), last);
  }
  if (me == last) {
    for (int k = 0; k < 30; ++k) {
      clique::recv(world(), in.all(), 1);
      CHECK(in.wrong(static_cast<std::uint64_t>(k), 1, last) == 0);
    }
  }
  world().agree({});
}

TEST_CASE("point-to-point: where count or type differ both ranks throw the same, and the next message is right") {
  const int me = world().rank();
  for (const std::size_t bytes : {std::size_t{40}, std::size_t{5000}}) {
    parcel out(bytes), in(bytes), wrong_in(bytes + 1);
    out.write(3, me, right());
    clique::request receive = clique::irecv(world(), wrong_in.all(), left(), 5);
    clique::request send = clique::isend(world(), out.all(), right(), 5);
    const auto text = [&](int from, int to) {
      return "rank " + std::to_string(from) + " calls send of " + std::to_string(bytes) +
             " elements of uint8 to rank " + std::to_string(to) + ", tag 5, but rank " + std::to_string(to) +
             " calls recv of " + std::to_string(bytes + 1) + " elements of uint8";
    };
    const thrown sent = thrown_by([&] { send.wait(); }), received = thrown_by([&] { receive.wait(); });
    CHECK(sent.code == clique::status::mismatch);
    CHECK(received.code == clique::status::mismatch);
    CHECK(sent.text == text(me, right()));
    CHECK(received.text == text(left(), me));
    CHECK(wrong_in.wrong(0, 0, 0, false) == 0);
    CHECK(thrown_by([&] { send.wait(); }).code == clique::status::mismatch);  // it stays what it is

    clique::array<std::int8_t> other(world(), bytes);
    clique::group group(world());
    group.send(out.all(), right(), 6).recv(other, left(), 6);
    CHECK(thrown_by([&] { group.run(); }).text.find("elements of int8") != std::string::npos);

    clique::sendrecv(world(), out.all(), right(), 5, in.all(), left(), 5);
    CHECK(in.wrong(3, left(), me) == 0);
  }
  trial<float>(world(), uniform(world(), 100)).run_and_check();
}

TEST_CASE("point-to-point: arguments that cannot be are refused here and now, and harm nobody") {
  const parcel data(100);
  const int size = world().size();
  const auto refuses = [](const std::string& part, const std::function<void()>& what) {
    const thrown error = thrown_by(what);
    CHECK(error.code == clique::status::invalid_argument);
    CHECK_MESSAGE(error.text.find(part) != std::string::npos, error.text);
  };
  refuses("send to rank " + std::to_string(size), [&] { clique::send(world(), data.all(), size); });
  refuses("send to rank -2", [&] { clique::send(world(), data.all(), clique::any_source); });
  refuses("recv from rank -7", [&] { clique::recv(world(), data.all(), -7); });
  refuses("tag -2", [&] { (void)clique::irecv(world(), data.all(), 0, -2); });
  refuses("tag -1", [&] { (void)clique::send_init(world(), data.all(), 0, clique::any_tag); });
  refuses("its buffer holds only", [&] { (void)clique::isend(world(), data.all().subspan(0, 1000), 0); });
  refuses("overlaps", [&] { clique::sendrecv(world(), data.all(), 0, 0, data.all().subspan(99, 1), 0, 0); });
  refuses("overlaps", [&] {
    clique::group group(world());
    group.send(data.all().subspan(0, 60), 0)
        .send(data.all().subspan(0, 10), 0)
        .recv(data.all().subspan(59, 5), 0)
        .run();
  });
  refuses("no receive 0", [&] {
    clique::request none = clique::isend(world(), data.all(), clique::no_rank);
    none.wait();
    (void)none.source();
  });
  refuses("not one of messages", [] { (void)clique::request().source(); });
  world().agree({});
}

TEST_CASE("point-to-point: two communicators do not see each other's messages") {
  clique::communicator other(MPI_COMM_WORLD, world().device());
  const int me = world().rank();
  parcel one(500), two(500), in_one(500), in_two(500);
  clique::request second = clique::irecv(other, in_two.all());
  clique::request first = clique::irecv(world(), in_one.all());
  clique::request send_two = clique::isend(other, two.write(2, me, right()).all(), right(), 2);
  clique::request send_one = clique::isend(world(), one.write(1, me, right()).all(), right(), 1);
  first.wait();
  second.wait();
  send_one.wait();
  send_two.wait();
  CHECK(first.tag() == 1);
  CHECK(second.tag() == 2);
  CHECK(in_one.wrong(1, left(), me) == 0);
  CHECK(in_two.wrong(2, left(), me) == 0);
}
