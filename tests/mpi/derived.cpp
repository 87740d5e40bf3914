// Communicators made from communicators: who is in them, that all of them work beside each other, and what they leave
// behind.
#include "support.hpp"

#include "communicator/communicator_state.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <thread>

namespace {
std::atomic<int> mpi_communicators{0};  // made and not freed
}

// MPI's profiling interface: what the library makes and frees goes through here.
extern "C" int MPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm* made) {
  const int code = PMPI_Comm_split(comm, color, key, made);
  if (code == MPI_SUCCESS && *made != MPI_COMM_NULL) ++mpi_communicators;
  return code;
}
extern "C" int MPI_Comm_idup(MPI_Comm comm, MPI_Comm* made, MPI_Request* request) {
  ++mpi_communicators;
  return PMPI_Comm_idup(comm, made, request);
}
extern "C" int MPI_Comm_free(MPI_Comm* comm) {
  --mpi_communicators;
  return PMPI_Comm_free(comm);
}

namespace {

using namespace test;

// An alltoall with `count` bytes for each, whose contents say only where they come from and go to: ranks that have made
// other communicators before agree on them all the same.
class swap {
 public:
  swap(clique::communicator& comm, std::size_t count)
      : comm_(comm),
        count_(count),
        send_(comm, count * static_cast<std::size_t>(comm.size())),
        receive_(comm, send_.count()) {
    clique::copy_from(comm, send_.region(), bytes([&](int peer) { return mark(comm.rank(), peer); }).data(),
                      send_.count());
    receive_.fill(0);
  }
  [[nodiscard]] clique::request start() { return clique::ialltoall(comm_, send_, receive_); }
  void run() { clique::alltoall(comm_, send_, receive_); }
  // Local.
  void check() {
    CHECK(receive_.to_host() == bytes([&](int peer) { return mark(peer, me_); }));
  }

 private:
  [[nodiscard]] int mark(int from, int to) const { return 16 * from + to + 1 + ranks_; }
  [[nodiscard]] std::vector<std::uint8_t> bytes(const std::function<int(int)>& mark_of) const {
    std::vector<std::uint8_t> result;
    for (int peer = 0; peer < ranks_; ++peer) {
      for (std::size_t k = 0; k < count_; ++k) result.push_back(static_cast<std::uint8_t>(mark_of(peer) + k % 97));
    }
    return result;
  }
  clique::communicator& comm_;
  int me_ = comm_.rank(), ranks_ = comm_.size();
  std::size_t count_;
  clique::array<std::uint8_t> send_, receive_;
};

void exchange_some_swaps(clique::communicator& comm) {
  for (const std::size_t count : {1, 40, 20000}) {
    swap each(comm, count);
    each.run();
    each.check();
  }
  comm.agree({});
}

// On all of them at once, begun in another order on every rank; each rank may be in others of them.
void exchange_together(const std::vector<clique::communicator*>& comms) {
  std::vector<std::unique_ptr<swap>> swaps;
  for (clique::communicator* each : comms) swaps.push_back(std::make_unique<swap>(*each, 700));
  std::vector<std::size_t> order(comms.size());
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.begin() + world().rank() % static_cast<int>(order.size()), order.end());
  std::vector<clique::request> requests;
  for (const std::size_t k : order) requests.push_back(swaps[k]->start());
  for (auto& each : requests) each.wait();
  for (const auto& each : swaps) each->check();
}

// The ranks of `comm` as ranks of world(), in order.
std::vector<int> members(clique::communicator& comm) {
  const auto size = static_cast<std::size_t>(comm.size());
  clique::array<std::int32_t> send(comm, size), receive(comm, size);
  send.fill(world().rank());
  clique::alltoall(comm, send, receive);
  const auto got = receive.to_host();
  return {got.begin(), got.end()};
}

}  // namespace

TEST_CASE("derived: dup") {
  clique::communicator base = world().dup();
  base.set_timeout(std::chrono::seconds(50));
  clique::communicator comm = base.dup();
  CHECK(comm.rank() == world().rank());
  CHECK(comm.size() == world().size());
  CHECK(comm.timeout() == std::chrono::seconds(50));
  CHECK(world().timeout() != std::chrono::seconds(50));
  CHECK(comm.device().queue()() == world().device().queue()());
  CHECK(comm.describe().transport == world().describe().transport);
  CHECK(clique::topology_of(comm) == clique::topology_kind::none);
  exchange_some_swaps(comm);
  exchange_together({&world(), &comm, &base});
  exchange_some_swaps(world());
}

TEST_CASE("derived: split by colour and key, some ranks in none") {
  // Three colours, the last of which is none; backwards.
  const int rank = world().rank(), color = rank % 3;
  auto comm = world().split(color == 2 ? clique::undefined : color + 7, -rank);
  CHECK(comm.has_value() == (color != 2));
  std::vector<int> wanted;
  for (int each = world().size() - 1; each >= 0; --each) {
    if (each % 3 == color) wanted.push_back(each);
  }
  std::vector<clique::communicator*> all{&world()};
  if (comm) {
    CHECK(members(*comm) == wanted);
    CHECK(comm->device().rank() == comm->rank());
    CHECK(comm->device().size() == comm->size());
    CHECK(comm->describe().size == comm->size());
    exchange_some_swaps(*comm);
    all.push_back(&*comm);
  }
  exchange_together(all);
  exchange_some_swaps(world());
}

TEST_CASE("derived: split, equal keys keep the order; none at all; each alone") {
  auto halves = world().split(world().rank() < world().size() / 2 ? 0 : 1, 5);
  std::vector<int> wanted;
  for (int rank = 0; rank < world().size(); ++rank) {
    if ((rank < world().size() / 2) == (world().rank() < world().size() / 2)) wanted.push_back(rank);
  }
  CHECK(members(halves.value()) == wanted);
  CHECK_FALSE(world().split(clique::undefined).has_value());
  auto alone = world().split(world().rank());
  CHECK(alone.value().size() == 1);
  exchange_together({&*halves, &world(), &*alone});
}

TEST_CASE("derived: by node") {
  const clique::rank_info mine = world().describe();
  const bool shares = mine.transport.find("shm") != std::string::npos;
  clique::communicator node = world().split_by_node();
  CHECK(node.size() == (shares ? mine.node_size : 1));
  CHECK(node.rank() == (shares ? mine.node_rank : 0));
  CHECK(node.describe().transport == (node.size() == 1 ? "none" : "shm"));
  exchange_together({&node, &world()});
  clique::communicator backwards = world().split_by_node(-world().rank());
  CHECK(backwards.rank() == node.size() - 1 - node.rank());
  exchange_some_swaps(backwards);
}

TEST_CASE("derived: from one another, outliving those that they were made from") {
  std::optional<clique::communicator> base = world().dup();
  std::optional<clique::communicator> pairs = base->split(base->rank() / 2, -base->rank());
  base.reset();
  clique::communicator alike = pairs->dup();
  exchange_together({&world(), &*pairs, &alike});
  pairs.reset();
  exchange_some_swaps(alike);
  clique::communicator all = world().dup();
  exchange_together({&alike, &all});
}

TEST_CASE("derived: destroyed in another order on every rank") {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::optional<clique::communicator>> comms;
    for (int k = 0; k < 3; ++k) {
      comms.emplace_back(world().dup());
      comms.emplace_back(world().split(world().rank() % (k + 1), -world().rank()));
    }
    std::mt19937 chance(static_cast<unsigned>(17 * world().rank() + round));
    while (!comms.empty()) {
      std::vector<clique::communicator*> left;
      for (auto& each : comms) left.push_back(&*each);
      if (comms.size() == 6) exchange_together(left);
      std::shuffle(comms.begin(), comms.end(), chance);
      comms.pop_back();
      if (comms.size() == 3) exchange_some_swaps(world());
      nap(200);
    }
  }
  exchange_some_swaps(world());
}

TEST_CASE("derived: destroyed with operations in flight") {
  std::optional<clique::communicator> comm = world().dup();
  swap large(*comm, 100000), small(*comm, 30);
  clique::request one = large.start(), two = small.start();
  comm.reset();
  clique::communicator next = world().dup();
  one.wait();
  two.wait();
  large.check();
  small.check();
  exchange_some_swaps(next);
}

TEST_CASE("derived: left with operations in flight again and again, what was theirs comes back") {
  { const clique::communicator first = world().dup(); }
  const int before = mpi_communicators;
  for (int k = 0; k < 12; ++k) {
    std::optional<clique::communicator> comm = world().dup();
    swap each(*comm, 5000);
    clique::request dropped = each.start();
    comm.reset();
    if (k % 2 == 0) dropped.wait();
  }
  for (int k = 0; k < 5; ++k) {  // making one looks after those that were left
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const clique::communicator next = world().dup();
  }
  CHECK(mpi_communicators <= before + 2);
}

TEST_CASE("derived: made and destroyed again and again, nothing is left") {
  const int size = world().size(), rounds = wide() && size <= 2 ? 5000 : size <= 2 ? 300 : size <= 4 ? 40 : 20;
  int files = 0, before = 0;
  for (int k = 0; k < rounds; ++k) {
    if (k == 10) {
      files = open_files();
      before = mpi_communicators;
    }
    std::optional<clique::communicator> comm;
    if (k % 3 == 0)
      comm = world().split(world().rank() % 2, world().rank());
    else
      comm = world().dup();
    comm->agree({});
  }
  CHECK(mpi_communicators == before);
  CHECK(open_files() <= files + 2);
  exchange_some_swaps(world());
}

// ---- topologies, against MPI's own

namespace {

class grid_by_mpi {
 public:
  grid_by_mpi(const std::vector<int>& dims, const std::vector<int>& periods) {
    MPI_Cart_create(MPI_COMM_WORLD, static_cast<int>(dims.size()), dims.data(), periods.data(), 0, &comm_);
  }
  explicit grid_by_mpi(MPI_Comm own) : comm_(own) {}
  grid_by_mpi(const grid_by_mpi&) = delete;
  grid_by_mpi& operator=(const grid_by_mpi&) = delete;
  ~grid_by_mpi() {
    if (comm_ != MPI_COMM_NULL) PMPI_Comm_free(&comm_);
  }
  [[nodiscard]] MPI_Comm get() const { return comm_; }
  [[nodiscard]] int rank() const {
    int result = -1;
    MPI_Comm_rank(comm_, &result);
    return result;
  }
  void check(clique::communicator& comm) const {
    const clique::cartesian& grid = clique::grid_of(comm);
    const auto count = static_cast<int>(grid.dims().size());
    CHECK(comm.size() == grid.size());
    CHECK(comm.rank() == rank());
    CHECK(clique::topology_of(comm) == clique::topology_kind::cartesian);
    for (int each = 0; each < comm.size(); ++each) {
      std::vector<int> at(static_cast<std::size_t>(count));
      MPI_Cart_coords(comm_, each, count, at.data());
      CHECK(grid.coords(each) == at);
      CHECK(grid.rank_of(at) == each);
    }
    for (int d = 0; d < count; ++d) {
      for (const int by : {-2, -1, 0, 1, 3}) {
        int source = 0, destination = 0;
        MPI_Cart_shift(comm_, d, by, &source, &destination);
        const auto mine = grid.shift(comm.rank(), d, by);
        CHECK(mine.source == (source == MPI_PROC_NULL ? -1 : source));
        CHECK(mine.destination == (destination == MPI_PROC_NULL ? -1 : destination));
      }
    }
    CHECK(comm.state().neighbors() == &clique::neighbors_of(comm));
    CHECK(clique::neighbors_of(comm).sources.size() == 2 * grid.dims().size());
  }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

}  // namespace

TEST_CASE("topologies: grids and their parts") {
  const int size = world().size();
  for (const std::size_t count : {1, 2, 3}) {
    for (const int without : {0, 1}) {  // ranks that are in no grid
      if (size - without < 1) continue;
      const std::vector<int> dims = clique::dims_create(size - without, std::vector<int>(count));
      std::vector<int> periods(count);
      for (std::size_t d = 0; d < count; ++d) periods[d] = static_cast<int>(d + count) % 2;
      const grid_by_mpi wanted(dims, periods);
      auto comm = clique::make_cart(world(), dims, periods);
      CHECK(comm.has_value() == (wanted.get() != MPI_COMM_NULL));
      CHECK(comm.has_value() == (world().rank() < size - without));
      if (!comm) continue;
      wanted.check(*comm);
      exchange_some_swaps(*comm);
      clique::communicator same = comm->dup();
      wanted.check(same);
      for (unsigned kept = 0; kept < 1u << count; kept += 1 + without) {
        std::vector<int> remains(count);
        for (std::size_t d = 0; d < count; ++d) remains[d] = static_cast<int>(kept >> d & 1);
        clique::communicator part = clique::cart_sub(*comm, remains);
        if (kept != 0) {  // with nothing left MPI has a grid of no dimension: MPICH refuses to be asked about it
          MPI_Comm sub = MPI_COMM_NULL;
          MPI_Cart_sub(wanted.get(), remains.data(), &sub);
          grid_by_mpi(sub).check(part);
        } else {
          CHECK(part.size() == 1);
          CHECK(clique::grid_of(part).dims().empty());
        }
        exchange_some_swaps(part);
      }
    }
  }
}

TEST_CASE("topologies: a grid of no dimension") {
  auto comm = clique::make_cart(world(), {}, {});
  CHECK(comm.has_value() == (world().rank() == 0));
  if (comm) CHECK(comm->size() == 1);
}

TEST_CASE("topologies: graphs, with loops and several edges between two ranks") {
  // i sends i + 1 - j blocks to each j <= i, and two to the next one.
  const int size = world().size(), rank = world().rank();
  std::vector<int> sources, destinations;
  const auto edges = [&](int from, int to) { return std::max(0, from + 1 - to) + (to == (from + 1) % size ? 2 : 0); };
  for (int peer = 0; peer < size; ++peer) {
    for (int k = 0; k < edges(peer, rank); ++k) sources.push_back(peer);
    for (int k = 0; k < edges(rank, peer); ++k) destinations.push_back(peer);
  }
  std::reverse(destinations.begin(), destinations.end());
  clique::communicator comm = clique::make_graph(world(), sources, destinations);
  const clique::communicator same = comm.dup();
  for (const clique::communicator* each : std::initializer_list<const clique::communicator*>{&comm, &same}) {
    CHECK(each->rank() == rank);
    CHECK(each->size() == size);
    CHECK(clique::topology_of(*each) == clique::topology_kind::graph);
    const clique::neighborhood& around = clique::neighbors_of(*each);
    CHECK(around.sources == sources);
    CHECK(around.destinations == destinations);
    CHECK(around.order.size() == sources.size());
    CHECK(each->state().neighbors() == &around);
  }
  exchange_together({&comm, &world()});
  CHECK_THROWS_AS((void)clique::grid_of(comm), clique::error);
  // Nobody sends anything.
  clique::communicator empty = clique::make_graph(world(), {}, {});
  CHECK(clique::neighbors_of(empty).sources.empty());
  exchange_some_swaps(empty);
}

TEST_CASE("topologies: a communicator without one") {
  CHECK(clique::topology_of(world()) == clique::topology_kind::none);
  CHECK(world().state().neighbors() == nullptr);
  CHECK_THROWS_AS((void)clique::grid_of(world()), clique::error);
  CHECK_THROWS_AS((void)clique::neighbors_of(world()), clique::error);
}
