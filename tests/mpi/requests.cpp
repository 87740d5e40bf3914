// Non-blocking operations: many in flight, waited for in any order, tested, dropped; peers that are busy elsewhere.
#include "support.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <thread>

namespace {

using namespace test;

constexpr int many = 20;  // more than a communicator lets begin at once

// Counts that are small, inlined and not, and above a segment.
std::size_t count_of(int k) {
  const thresholds at = thresholds_of(world());
  const std::size_t large = at.segment <= 65536 ? at.ring + 100 : 30000;
  return std::vector<std::size_t>{0, 5, at.inlined, at.inlined + 1, large}[static_cast<std::size_t>(k) % 5];
}

struct flight {
  std::unique_ptr<trial<std::uint8_t>> one;
  clique::request request;
};

std::vector<flight> start_many(clique::communicator& comm) {
  std::vector<flight> all;
  for (int k = 0; k < many; ++k) {
    auto one = std::make_unique<trial<std::uint8_t>>(
        comm,
        k % 3 == 2
            ? lists(
                  comm, [k](int from, int to) { return static_cast<std::size_t>((from + to + k) % 7 * 300); }, 3, true)
            : uniform(comm, count_of(k), k % 4 == 1));
    clique::request request = one->start();
    all.push_back({std::move(one), std::move(request)});
  }
  return all;
}

// All ranks have long left operations that began this many operations ago.
void let_earlier_ones_end() {
  world().device().finish();
  for (int k = 0; k < 70; ++k) {
    world().agree({});
    // Nothing of a rank alone waits for an earlier operation, which its device may still map and unmap ranges for.
    if (world().size() == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

TEST_CASE("requests: many in flight, each rank waits in an order of its own") {
  std::vector<flight> all = start_many(world());
  std::mt19937 order(static_cast<unsigned>(world().rank()));
  std::shuffle(all.begin(), all.end(), order);
  for (flight& each : all) each.request.wait();
  for (flight& each : all) each.one->check();
}

TEST_CASE("requests: waited for backwards") {
  std::vector<flight> all = start_many(world());
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    each->request.wait();
    each->one->check();
  }
}

TEST_CASE("requests: tested until they are done") {
  std::vector<flight> all = start_many(world());
  std::deque<flight*> open;
  for (flight& each : all) open.push_back(&each);
  while (!open.empty()) {
    flight* const next = open.front();
    open.pop_front();
    if (!next->request.test()) {
      open.push_back(next);
      continue;
    }
    next->one->check();
    CHECK(next->request.test());  // it stays done
    next->request.wait();
  }
}

TEST_CASE("requests: blocking operations between non-blocking ones") {
  std::vector<flight> all = start_many(world());
  trial<float>(world(), uniform(world(), 333)).run_and_check();
  for (flight& each : all) each.request.wait();
  trial<float>(world(), uniform(world(), 3333)).run_and_check();
  for (flight& each : all) each.one->check();
}

TEST_CASE("requests: dropped early, their operations are completed all the same") {
  std::vector<flight> all = start_many(world());
  for (flight& each : all) each.request = {};
  let_earlier_ones_end();
  for (flight& each : all) each.one->check();
}

TEST_CASE("requests: dropped with their arrays") {
  for (int k = 0; k < 3; ++k) start_many(world());
  let_earlier_ones_end();
}

TEST_CASE("requests: a request of nothing is done") {
  clique::request none;
  CHECK(none.test());
  none.wait();
}

TEST_CASE("requests: ranks post and wait at times of their own") {
  for (int k = 0; k < 20; ++k) {
    trial<std::uint16_t> first(world(), uniform(world(), count_of(k))),
        second(world(), uniform(world(), count_of(k + 2)));
    nap(1500);
    clique::request one = first.start();
    nap(1500);
    clique::request two = second.start();
    nap(1500);
    (k % 2 == 0 ? one : two).wait();
    (k % 2 == 0 ? two : one).wait();
    first.check();
    second.check();
  }
}

// The time a rank computes between posting and waiting is not waiting.
TEST_CASE("requests: the deadline counts from the wait, not from the call") {
  using namespace std::chrono_literals;
  if (world().size() != 2) return;  // more ranks show nothing more
  const auto before = world().timeout();
  trial<std::uint8_t> one(world(), uniform(world(), 100));
  world().agree({});
  world().set_timeout(1s);
  if (world().rank() != 0) std::this_thread::sleep_for(1400ms);
  clique::request request = one.start();
  if (world().rank() == 0) std::this_thread::sleep_for(1100ms);
  request.wait();
  world().set_timeout(before);
  one.check();
}

// Rank 0 has posted its part and then calls no clique, but MPI, until its peers are done: what it offers in shared
// memory can be taken without it, and what it has to take is put aside for it.
TEST_CASE("requests: a rank that has posted may block elsewhere") {
  const auto here = world().describe();
  int can = here.staging == "direct" && here.transport == "shm", all_can = 0;  // devices may differ
  MPI_Allreduce(&can, &all_can, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
  if (world().size() == 1 || all_can == 0) return;
  for (const std::size_t count : {std::size_t{10}, thresholds_of(world()).inlined, std::size_t{1} << 20}) {
    CAPTURE(count);
    trial<std::uint8_t> one(world(), uniform(world(), count));
    if (world().rank() == 0) {
      clique::request posted = one.start();
      for (int peer = 1; peer < world().size(); ++peer) {
        int done = 0;
        MPI_Recv(&done, 1, MPI_INT, peer, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK(done == peer);
      }
      posted.wait();
    } else {
      one.run();
      const int done = world().rank();
      MPI_Send(&done, 1, MPI_INT, 0, 1, MPI_COMM_WORLD);
    }
    one.check();
  }
}

// For tests/faults: not part of a run.
TEST_CASE("planted: an assertion fails on rank 1, and the others wait for it" * doctest::skip()) {
  CHECK(world().rank() != 1);
  world().agree({});
}
