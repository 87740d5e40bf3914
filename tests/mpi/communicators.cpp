// Communicators: split and reordered, several at once, with the user's own device and buffers; and what they leave
// behind.
#include "support.hpp"

#include "memory/arena.hpp"

#include <memory>
#include <optional>
#include <thread>

namespace {

using namespace test;

// A part of MPI_COMM_WORLD, freed after the communicators on it.
class part {
 public:
  part(int color, int key) { MPI_Comm_split(MPI_COMM_WORLD, color, key, &comm_); }
  ~part() { MPI_Comm_free(&comm_); }
  part(const part&) = delete;
  part& operator=(const part&) = delete;
  operator MPI_Comm() const { return comm_; }  // NOLINT

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

void exchange_some(clique::communicator& comm) {
  for (const std::size_t count : {1, 300, 20000}) {
    trial<std::int32_t>(comm, uniform(comm, count)).run_and_check();
    trial<std::int32_t>(
        comm, lists(comm, [=](int from, int to) { return static_cast<std::size_t>(from + 2 * to) % 4 * count; }))
        .start_and_check();
  }
}

}  // namespace

TEST_CASE("communicators: the ranks backwards") {
  const part reversed(0, -world().rank());
  clique::communicator comm(reversed);
  CHECK(comm.size() == world().size());
  CHECK(comm.rank() == world().size() - 1 - world().rank());
  CHECK(comm.device().rank() == comm.rank());
  CHECK(comm.device().size() == comm.size());
  exchange_some(comm);
}

TEST_CASE("communicators: even and odd ranks apart, each in an order of its own") {
  const int color = world().rank() % 2;
  const part mine(color, color == 0 ? world().rank() : -world().rank());
  clique::communicator comm(mine);
  CHECK(comm.size() == (world().size() + 1 - color) / 2);
  exchange_some(comm);
  exchange_some(world());
}

TEST_CASE("communicators: each rank alone") {
  clique::communicator alone(MPI_COMM_SELF);
  CHECK(alone.size() == 1);
  CHECK(alone.describe().transport == "none");
  exchange_some(alone);
}

TEST_CASE("communicators: two at once, in turn") {
  const part reversed(0, -world().rank());
  clique::communicator comm(reversed);
  std::vector<std::unique_ptr<trial<std::uint8_t>>> trials;
  std::vector<clique::request> requests;
  for (std::size_t k = 0; k < 12; ++k) {
    trials.push_back(std::make_unique<trial<std::uint8_t>>(world(), uniform(world(), k * 900)));
    trials.push_back(std::make_unique<trial<std::uint8_t>>(comm, uniform(comm, k * 900)));
    // Even ranks call the one first, odd ranks the other: on each of them the order is the same.
    const std::size_t first = 2 * k + (world().rank() % 2 == 0 ? 0 : 1), second = 4 * k + 1 - first;
    requests.push_back(trials[first]->start());
    requests.push_back(trials[second]->start());
  }
  for (auto each = requests.rbegin(); each != requests.rend(); ++each) each->wait();
  for (const auto& each : trials) each->check();
}

TEST_CASE("communicators: blocking on one, while the other is in flight") {
  const part same(0, 0);
  clique::communicator comm(same);
  trial<std::uint8_t> large(world(), uniform(world(), 200000)), small(comm, uniform(comm, 64));
  clique::request posted = large.start();
  small.run_and_check();
  posted.wait();
  large.check();
}

TEST_CASE("communicators: the user's own device") {
  const cl::Device native = world().device().native();
  const cl::Context context(native);
  const cl::CommandQueue queue(context, native);
  const clique::device own(context, native, queue);
  clique::communicator comm(MPI_COMM_WORLD, own);
  CHECK(comm.device().queue()() == queue());
  exchange_some(comm);

  // Her own buffers too, which no arena knows; written and read in her queue.
  const std::size_t size = static_cast<std::size_t>(comm.size()), before = 3;
  for (const std::size_t count : {1, 700, 50000}) {
    for (const bool blocking : {true, false}) {
      std::vector<std::int32_t> host(before + count * size, -1);
      for (std::size_t k = 0; k < count * size; ++k)
        host[before + k] = 1000 * comm.rank() + static_cast<std::int32_t>(k / count);
      const std::size_t bytes = host.size() * sizeof host[0];
      const cl::Buffer send(context, CL_MEM_READ_WRITE, bytes), receive(context, CL_MEM_READ_WRITE, bytes);
      REQUIRE(queue.enqueueWriteBuffer(send, CL_FALSE, 0, bytes, host.data()) == CL_SUCCESS);
      REQUIRE(queue.enqueueFillBuffer(receive, std::int32_t{-5}, 0, bytes) == CL_SUCCESS);
      const clique::span<std::int32_t> from(send, before, count * size), to(receive, before, count * size);
      blocking ? clique::alltoall(comm, from, to) : clique::ialltoall(comm, from, to).wait();
      REQUIRE(queue.enqueueReadBuffer(receive, CL_TRUE, 0, bytes, host.data()) == CL_SUCCESS);
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < host.size(); ++k) {
        const std::int32_t want =
            k < before ? -5 : 1000 * static_cast<std::int32_t>((k - before) / count) + comm.rank();
        wrong += host[k] != want ? 1 : 0;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("communicators: an array to a buffer of the user's, and a span without an array") {
  const std::size_t all = 40 * static_cast<std::size_t>(world().size());
  clique::array<float> send(world(), all);
  send.transform("1000 * rank + i / 40");
  const cl::Buffer theirs(world().device().context(), CL_MEM_READ_WRITE, all * sizeof(float));
  clique::alltoall(world(), clique::span<float>(send.buffer(), 0, all), clique::span<float>(theirs, 0, all));
  std::vector<float> got(all);
  clique::copy_to(world(), clique::span<float>(theirs, 0, all).region(), got.data(), all);
  for (std::size_t k = 0; k < all; k += 13)
    CHECK(got[k] == doctest::Approx(1000 * static_cast<int>(k / 40) + world().rank()));
}

TEST_CASE("communicators: made and destroyed again and again, nothing is left") {
  const int rounds = wide() ? 50 : world().size() > 4 ? 15 : 26;
  int files = 0;
  std::size_t used = 0;
  for (int k = 0; k < rounds; ++k) {
    {
      clique::communicator comm;
      if (k % 10 == 0) exchange_some(comm);
      const std::size_t all = 4 * static_cast<std::size_t>(comm.size());
      clique::array<std::uint8_t> send(comm, all), receive(comm, all);
      send.fill(3);
      clique::alltoall(comm, send, receive);
      CHECK(receive.to_host() == std::vector<std::uint8_t>(all, 3));
    }
    if (k == 10) {
      files = open_files();
      used = clique::memory::arena::mine().used();
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  { clique::communicator last; }  // making one takes back what the earlier ones left to their peers
  CHECK(open_files() <= files + 2);
  // A control block of this size is at most kept by the last few.
  CHECK(clique::memory::arena::mine().used() <= used + (std::size_t{4} << 20));
}

TEST_CASE("communicators: many operations leave nothing behind") {
  const auto round = [] {
    for (int k = 0; k < 20; ++k) {
      trial<std::uint8_t>(world(), uniform(world(), 10000, k % 2 == 0)).start_and_check();
      trial<std::uint8_t>(world(), uniform(world(), 100, k % 2 == 1)).run_and_check();
    }
    world().agree({});
  };
  round();
  const int files = open_files();
  const std::size_t used = clique::memory::arena::mine().used();
  for (int k = 0; k < (world().size() > 4 ? 2 : 8); ++k) round();
  CHECK(open_files() == files);
  CHECK(clique::memory::arena::mine().used() <= used + 65536);
}

// The last one: its operations are completed by MPI_Finalize, or before.
TEST_CASE("communicators: destroyed with operations in flight") {
  std::optional<clique::communicator> comm(std::in_place);
  trial<std::uint8_t> small(*comm, uniform(*comm, 30)), large(*comm, uniform(*comm, 100000));
  clique::request one = small.start(), two = large.start();
  clique::request dropped = large.start();
  two.wait();
  dropped = {};
  comm.reset();
  one.wait();
  exchange_some(world());
}

// Their kernels are the same objects, which hold the arguments that are set in them.
TEST_CASE("communicators: two of one device reduce in kernels, each in a thread of its own") {
  int level = MPI_THREAD_SINGLE;
  MPI_Query_thread(&level);
  if (level != MPI_THREAD_MULTIPLE) return;
  clique::communicator one = world().dup(), two = world().dup();
  const auto sum = clique::reduce_op::expression("a + b");
  const std::size_t count = 5000;
  const auto reduce = [&](clique::communicator& comm, int factor, std::size_t& wrong) {
    clique::array<int> from(comm, count), to(comm, count);
    for (int round = 0; round < 40; ++round) {
      from.fill(factor * (round + comm.rank()));
      clique::allreduce(comm, from, to, sum);
      const int size = comm.size(), expected = factor * (size * round + size * (size - 1) / 2);
      for (const int got : to.to_host()) wrong += got != expected ? 1 : 0;
    }
  };
  std::size_t wrong_of_one = 0, wrong_of_two = 0;
  std::thread other([&] { reduce(two, 1000, wrong_of_two); });
  reduce(one, 1, wrong_of_one);
  other.join();
  CHECK(wrong_of_one == 0);
  CHECK(wrong_of_two == 0);
}

TEST_CASE("communicators: made and used in two threads at once") {
  int level = MPI_THREAD_SINGLE;
  MPI_Query_thread(&level);
  if (level != MPI_THREAD_MULTIPLE) return;
  clique::communicator one = world().dup(), two = world().dup();
  const auto make_some = [](clique::communicator& parent, std::size_t& wrong) {
    for (int round = 0; round < 3; ++round) {
      clique::communicator made = parent.dup();
      clique::array<int> from(made, 300), to(made, 300);
      from.transform("(int)i + rank");
      clique::allreduce(made, from, to, clique::reduce_op::expression("max(a, b)"));
      const std::vector<int> got = to.to_host();
      for (std::size_t k = 0; k < got.size(); ++k) wrong += got[k] != static_cast<int>(k) + made.size() - 1 ? 1 : 0;
    }
  };
  std::size_t wrong_of_one = 0, wrong_of_two = 0;
  std::thread other([&] { make_some(two, wrong_of_two); });
  make_some(one, wrong_of_one);
  other.join();
  CHECK(wrong_of_one == 0);
  CHECK(wrong_of_two == 0);
}
