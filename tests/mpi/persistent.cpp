// Persistent calls that each rank starts, and waits for, in an order of its own.
#include "support.hpp"

#include <clique/topology.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>

namespace {

using namespace test;

// Some calls of one kind with buffers of their own; what they send changes from round to round.
class started {
 public:
  using call = clique::persistent (*)(clique::communicator&, const clique::array<int>&, clique::array<int>&);

  started(clique::communicator& comm, std::size_t count, int number, call make)
      : comm_(comm), number_(number), send_(comm, count), receive_(comm, count), call_(make(comm, send_, receive_)) {}

  void start(int round) {
    send_.fill(content(comm_.rank(), round));
    receive_.fill(-1);
    call_.start();
  }
  void wait() { call_.wait(); }
  [[nodiscard]] std::vector<int> received() const { return receive_.to_host(); }
  [[nodiscard]] int content(int rank, int round) const { return 1000000 * number_ + 1000 * round + rank; }

 private:
  clique::communicator& comm_;
  int number_;
  clique::array<int> send_, receive_;
  clique::persistent call_;
};

enum kind { exchange, sum, from_root, kinds };

clique::persistent alltoall(clique::communicator& comm, const clique::array<int>& from, clique::array<int>& to) {
  return clique::alltoall_init(comm, from, to);
}
clique::persistent allreduce(clique::communicator& comm, const clique::array<int>& from, clique::array<int>& to) {
  return clique::allreduce_init(comm, from, to, clique::op::sum);
}
clique::persistent bcast(clique::communicator& comm, const clique::array<int>& from, clique::array<int>& to) {
  if (comm.rank() == 0) return clique::bcast_init(comm, from.all(), 0);
  return clique::bcast_init(comm, to, 0);
}

std::size_t wrong(const started& one, kind what, int round) {
  const int size = world().size(), rank = world().rank();
  if (what == from_root && rank == 0) return 0;
  const std::vector<int> got = one.received();
  const std::size_t each = got.size() / static_cast<std::size_t>(size);
  std::size_t count = 0;
  for (std::size_t k = 0; k < got.size(); ++k) {
    int expected = one.content(0, round);
    if (what == exchange) expected = one.content(static_cast<int>(k / each), round);
    if (what == sum) {
      expected = 0;
      for (int peer = 0; peer < size; ++peer) expected += one.content(peer, round);
    }
    count += got[k] != expected ? 1 : 0;
  }
  return count;
}

// As many as a communicator lets begin at once, over small, inlined, and large data.
void start_in_orders_of_their_own(int calls, int rounds) {
  constexpr started::call makers[] = {alltoall, allreduce, bcast};
  std::vector<std::unique_ptr<started>> all;
  for (int k = 0; k < calls; ++k) {
    const std::size_t count = static_cast<std::size_t>(world().size()) * (k % 2 == 0 ? 3 : 20000);
    all.push_back(std::make_unique<started>(world(), count, k + 1, makers[k % kinds]));
  }
  std::mt19937 chance(static_cast<unsigned>(17 + world().rank()));
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), chance);
    for (const std::size_t k : order) {
      all[k]->start(round);
      if (round % 3 == 1) nap(100);
    }
    std::shuffle(order.begin(), order.end(), chance);
    for (const std::size_t k : order) all[k]->wait();
    for (std::size_t k = 0; k < all.size(); ++k) CHECK(wrong(*all[k], static_cast<kind>(k % kinds), round) == 0);
    if (round % 2 == 0) world().agree({});  // a call that is not persistent keeps its place between them
  }
}

}  // namespace

TEST_CASE("persistent: two calls, rank 0 starts the second one first") {
  started one(world(), static_cast<std::size_t>(world().size()), 1, allreduce);
  started two(world(), static_cast<std::size_t>(world().size()), 2, allreduce);
  for (int round = 0; round < 20; ++round) {
    started& first = world().rank() == 0 ? two : one;
    started& second = world().rank() == 0 ? one : two;
    first.start(round);
    second.start(round);
    first.wait();
    second.wait();
    CHECK(wrong(one, sum, round) == 0);
    CHECK(wrong(two, sum, round) == 0);
  }
}

// MPI lets a rank wait for one before it starts the other, as long as the others have started both.
TEST_CASE("persistent: the last rank waits for the second one before it starts the first") {
  started one(world(), static_cast<std::size_t>(world().size()), 1, alltoall);
  started two(world(), static_cast<std::size_t>(world().size()) * 30000, 2, alltoall);
  for (int round = 0; round < 20; ++round) {
    if (world().rank() == world().size() - 1) {
      two.start(round);
      two.wait();
      one.start(round);
    } else {
      one.start(round);
      two.start(round);
      two.wait();
    }
    one.wait();
    CHECK(wrong(one, exchange, round) == 0);
    CHECK(wrong(two, exchange, round) == 0);
  }
}

TEST_CASE("persistent: each rank starts and waits in an order of its own") {
  start_in_orders_of_their_own(2, 12);
  start_in_orders_of_their_own(7, 12);
}

TEST_CASE("persistent: of neighbourhoods, in orders of their own") {
  clique::communicator ring = *clique::make_cart(world(), {world().size()}, {1});
  clique::array<int> send(ring, 2), up(ring, 2), down(ring, 2);
  auto one = clique::neighbor_allgather_init(ring, send.subspan(0, 1), up);
  auto two = clique::neighbor_allgather_init(ring, send.subspan(1, 1), down);
  send.copy_from(std::vector<int>{ring.rank(), 100 + ring.rank()});
  const int size = ring.size(), left = (ring.rank() + size - 1) % size, right = (ring.rank() + 1) % size;
  for (int round = 0; round < 10; ++round) {
    clique::persistent& first = (ring.rank() + round) % 2 == 0 ? one : two;
    clique::persistent& second = (ring.rank() + round) % 2 == 0 ? two : one;
    up.fill(-1);
    down.fill(-1);
    first.start();
    second.start();
    second.wait();
    first.wait();
    CHECK(up.to_host() == std::vector<int>{left, right});
    CHECK(down.to_host() == std::vector<int>{100 + left, 100 + right});
  }
}
