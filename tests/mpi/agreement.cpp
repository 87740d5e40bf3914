// Agreement `pairs`: who gives does not wait for those who receive, and what arrives is the same as with `full`.
#include "support.hpp"

#include <mpi.h>

#include <numeric>
#include <vector>

namespace {

using test::world;
using ints = clique::array<std::int32_t>;

constexpr clique::call in_pairs{.agreement = clique::agreement::pairs};

// Others may not go on before this rank has come here.
void let_go(int from) {
  for (int peer = 0; peer < world().size(); ++peer) {
    int word = 1;
    if (world().rank() == from && peer != from) MPI_Send(&word, 1, MPI_INT, peer, 7, MPI_COMM_WORLD);
  }
  int word = 0;
  if (world().rank() != from) MPI_Recv(&word, 1, MPI_INT, from, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

// Elsewhere they may, but need not. The same on all ranks, whose devices may differ.
bool ranks_run_ahead() {
  const clique::rank_info mine = world().describe();
  int ahead =
      mine.size > 1 && mine.transport == "shm" && (mine.staging == "direct" || mine.staging == "mapped") ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &ahead, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  return ahead != 0;
}

std::vector<std::int32_t> counted(std::size_t count, int first) {
  std::vector<std::int32_t> result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

ints made(const std::vector<std::int32_t>& of) {
  ints result(world(), of.size());
  result.copy_from(of);
  return result;
}

}  // namespace

TEST_CASE("agreement: a communicator begins with full, and those made from it with its own") {
  clique::communicator own = world().dup();
  CHECK(own.agreement() == clique::agreement::full);
  own.set_agreement(clique::agreement::pairs);
  CHECK(own.dup().agreement() == clique::agreement::pairs);
}

// The others wait for a message that the root sends afterwards: with full agreement nobody would get on.
TEST_CASE("agreement: in pairs a root returns before the others have called") {
  if (!ranks_run_ahead()) return;
  const int root = world().size() - 1;
  const auto whole = counted(4, 100);
  ints data = world().rank() == root ? made(whole) : ints(world(), 4), part(world(), 2);
  ints parts = made(counted(2 * static_cast<std::size_t>(world().size()), 10));
  for (int round = 0; round < 20; ++round) {
    if (world().rank() != root) let_go(root);
    for (int k = 0; k < 3; ++k) clique::bcast(world(), data, root, in_pairs);
    clique::scatter(world(), parts, part, root, in_pairs);
    clique::ibcast(world(), data, root, in_pairs).wait();
    if (world().rank() == root) let_go(root);
    CHECK(data.to_host() == whole);
    CHECK(part.to_host() == counted(2, 10 + 2 * world().rank()));
    clique::barrier(world(), in_pairs);
  }
}

TEST_CASE("agreement: in pairs those who give to a root return before it has called") {
  if (!ranks_run_ahead()) return;
  const std::size_t size = static_cast<std::size_t>(world().size());
  const int first = world().size() - 1;  // of all but the root it goes last
  ints mine = made({world().rank(), 7}), all(world(), 2 * size), sum(world(), 2), before(world(), 2);
  std::vector<std::int32_t> gathered;
  for (int rank = 0; rank < world().size(); ++rank) gathered.insert(gathered.end(), {rank, 7});
  for (int round = 0; round < 20; ++round) {
    if (world().rank() == 0) let_go(first);
    clique::gather(world(), mine, all, 0, in_pairs);
    clique::reduce(world(), mine, sum, clique::op::sum, 0, in_pairs);
    if (world().rank() == first) let_go(first);
    if (world().rank() != 0 && world().rank() != first) let_go(first);
    if (world().rank() == 0) {
      CHECK(all.to_host() == gathered);
      CHECK(sum.to_host() == std::vector<std::int32_t>{static_cast<std::int32_t>(size * (size - 1) / 2),
                                                       static_cast<std::int32_t>(7 * size)});
    }
    clique::scan(world(), mine, before, clique::op::sum, in_pairs);
    CHECK(before.to_host()[1] == 7 * (world().rank() + 1));
    clique::barrier(world());
  }
}

TEST_CASE("agreement: in pairs ranks run 8 calls ahead, and no further") {
  if (!ranks_run_ahead()) return;
  ints data(world(), 1);
  for (int k = 0; k < 100; ++k) {
    if (world().rank() == 0) data.fill(k);
    clique::bcast(world(), data, 0, in_pairs);
    REQUIRE(data.to_host() == std::vector<std::int32_t>{k});
    if (k % 10 == world().rank()) test::nap(2000);
  }
  clique::barrier(world());
}

TEST_CASE("agreement: in pairs a small message is sent before anybody receives") {
  if (!ranks_run_ahead()) return;
  const int next = (world().rank() + 1) % world().size(), last = world().size() - 1;
  constexpr int many = 50;
  for (int round = 0; round < 5; ++round) {
    std::vector<clique::request> sent;
    for (int k = 0; k < many; ++k) {
      ints small = made({k, world().rank()});
      if (k % 2 == 0) {
        clique::send(world(), small, next, k, in_pairs);
      } else {
        sent.push_back(clique::isend(world(), small, next, k, in_pairs));
      }
    }
    for (auto& each : sent) each.wait();
    let_go(last);  // so the others cannot have received before it has sent
    for (int k = many - 1; k >= 0; --k) {
      ints small(world(), 2);
      const clique::message from =
          clique::recv(world(), small, k % 3 == 0 ? clique::any_source : (next + last - 1) % world().size(), k);
      CHECK(from.tag == k);
      CHECK(small.to_host() == std::vector<std::int32_t>{k, from.source});
    }
    clique::barrier(world());
  }
}

// Lists, of which some blocks are empty; more than an arrival holds; in place.
TEST_CASE("agreement: in pairs all of a collective's ranks may give and receive") {
  const std::size_t size = static_cast<std::size_t>(world().size());
  for (const std::size_t count : {std::size_t{3}, std::size_t{5000}}) {
    for (int round = 0; round < 5; ++round) {
      ints send = made(counted(count * size, world().rank() * 100000)), receive(world(), count * size);
      clique::alltoall(world(), send, receive, in_pairs);
      clique::allreduce(world(), clique::in_place, send, clique::op::max, in_pairs);
      clique::allgather(world(), send.subspan(0, count), receive, in_pairs);
      CHECK(receive.to_host()[0] == static_cast<std::int32_t>((size - 1) * 100000));
      std::vector<std::size_t> counts(size, 0), displacements(size, 0);
      counts[static_cast<std::size_t>(round) % size] = count;
      const bool gives = static_cast<std::size_t>(world().rank()) == static_cast<std::size_t>(round) % size;
      receive.fill(-1);
      clique::gatherv(world(), send.subspan(0, gives ? count : 0), receive, counts, displacements, 0, in_pairs);
      if (world().rank() == 0) CHECK(receive.to_host()[count - 1] == send.to_host()[count - 1]);
      clique::bcast(world(), receive, 0, in_pairs);
      CHECK(receive.to_host()[0] == static_cast<std::int32_t>((size - 1) * 100000));
    }
  }
  clique::barrier(world());
}
