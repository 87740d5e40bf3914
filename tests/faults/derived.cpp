// Communicators that cannot be made from a communicator: all ranks throw the same error, get none, and can go on.
#include "support.hpp"

#include <clique/topology.hpp>

#include <algorithm>
#include <vector>

namespace faults {
namespace {

using clique::communicator;
using clique::status;
using list = std::vector<int>;

struct fault {
  status code;
  int culprit;  // `usual` is the odd rank, but rank 1 where two ranks differ from each other
  std::vector<std::string> parts;
  std::function<void(communicator&, communicator& grid)> call;  // on all ranks; another one on the odd rank
};
constexpr int usual = -1, differing = -2;

// The ring, from each to the next.
communicator ring(communicator& comm, const list& more_sources, const list& more_destinations) {
  const int rank = comm.rank(), ranks = comm.size();
  list sources{(rank + ranks - 1) % ranks}, destinations{(rank + 1) % ranks};
  sources.insert(sources.end(), more_sources.begin(), more_sources.end());
  destinations.insert(destinations.end(), more_destinations.begin(), more_destinations.end());
  return clique::make_graph(comm, sources, destinations);
}

std::vector<fault> faults() {
  const list all{size()}, flat{0};
  const std::string odd_one = std::to_string(odd()), next = std::to_string((odd() + 1) % size());
  return {
      {status::invalid_argument,
       usual,
       {"a colour of -5", "clique::undefined"},
       [](communicator& comm, communicator&) { (void)comm.split(is_odd() ? -5 : 0); }},
      {status::mismatch,
       differing,
       {"calls dup", "calls split"},
       [](communicator& comm, communicator&) { is_odd() ? (void)comm.dup() : (void)comm.split(0); }},
      {status::mismatch,
       differing,
       {"calls agree", "calls split_by_node"},
       [](communicator& comm, communicator&) { is_odd() ? comm.agree({}) : (void)comm.split_by_node(); }},
      {status::mismatch,
       differing,
       {"calls alltoall of float32", "calls dup"},
       [](communicator& comm, communicator&) {
         if (!is_odd()) return (void)comm.dup();
         clique::array<float> some(comm, static_cast<std::size_t>(comm.size()));
         clique::alltoall(comm, clique::in_place, some);
       }},
      {status::invalid_argument,
       usual,
       {"the grid has 1000000 ranks", "only " + std::to_string(size())},
       [=](communicator& comm, communicator&) { (void)clique::make_cart(comm, is_odd() ? list{1000000} : all, flat); }},
      {status::invalid_argument,
       usual,
       {"dimension 0 of the grid has 0 ranks"},
       [=](communicator& comm, communicator&) { (void)clique::make_cart(comm, is_odd() ? list{0} : all, flat); }},
      {status::invalid_argument,
       usual,
       {"1 dimensions, but 2 periods"},
       [=](communicator& comm, communicator&) {
         (void)clique::make_cart(comm, all, is_odd() ? list{0, 0} : flat);
       }},
      {status::mismatch,
       differing,
       {"calls make_cart of 1 x 2 ranks, periodic in dimension 0 and 1",
        "calls make_cart of 2 x 1 ranks, periodic in dimension 0 and 1"},
       [](communicator& comm, communicator&) {
         (void)clique::make_cart(comm, is_odd() ? list{1, 2} : list{2, 1}, list{1, 1});
       }},
      {status::mismatch,
       differing,
       {"calls make_cart of " + std::to_string(size()) + " ranks, periodic in dimension 0"},
       [=](communicator& comm, communicator&) { (void)clique::make_cart(comm, all, is_odd() ? list{1} : flat); }},
      {status::mismatch,
       differing,
       {"calls make_cart of 6 dimensions"},
       [=](communicator& comm, communicator&) {
         (void)clique::make_cart(comm, is_odd() ? list{1, 1, 1, 1, 1, 2} : list{1, 1, 1, 1, 2, 1}, list(6));
       }},
      {status::invalid_argument,
       0,
       {"has no topology"},
       [](communicator& comm, communicator&) { (void)clique::cart_sub(comm, list{1}); }},
      {status::invalid_argument,
       usual,
       {"2 numbers for what remains of a grid of 1 dimensions"},
       [](communicator&, communicator& grid) {
         (void)clique::cart_sub(grid, is_odd() ? list{1, 1} : list{1});
       }},
      {status::mismatch,
       differing,
       {"cart_sub that keeps dimension 0", "cart_sub that keeps no dimension"},
       [](communicator&, communicator& grid) { (void)clique::cart_sub(grid, list{is_odd() ? 1 : 0}); }},
      {status::invalid_argument,
       usual,
       {"source 1 is rank -1", "[0, " + std::to_string(size()) + ")"},
       [](communicator& comm, communicator&) { (void)ring(comm, is_odd() ? list{-1} : list{}, {}); }},
      {status::invalid_argument,
       usual,
       {"destination 1 is rank " + std::to_string(size())},
       [](communicator& comm, communicator&) { (void)ring(comm, {}, is_odd() ? list{size()} : list{}); }},
      // The odd rank sends one more to the next than that knows of; and one more to itself than it receives.
      {status::mismatch,
       usual,
       {"rank " + odd_one + " has rank " + next + " 2 times among its destinations, which has it 1 times"},
       [](communicator& comm, communicator&) { (void)ring(comm, {}, is_odd() ? list{(odd() + 1) % size()} : list{}); }},
      {status::mismatch,
       usual,
       {"rank " + odd_one + " has rank " + odd_one + " 0 times among its destinations, which has it 1 times"},
       [](communicator& comm, communicator&) { (void)ring(comm, is_odd() ? list{odd()} : list{}, {}); }},
  };
}

}  // namespace

int refused_derived(communicator& comm) {
  for (int who = 0; who < size(); ++who) {
    set_odd(who);
    const list all{size()}, flat{0};
    communicator grid = clique::make_cart(comm, all, flat).value();
    for (const fault& each : faults()) {
      // The error destroys one that was made from those: it is not poisoned by that, since all its ranks know.
      const thrown error = thrown_by([&] {
        communicator bystander = grid.dup();
        each.call(comm, grid);
      });
      const int culprit = each.culprit == usual                      ? who
                          : each.culprit == differing && size() == 2 ? 1
                          : each.culprit == differing                ? who
                                                                     : each.culprit;
      expect_same(error, each.code, culprit, {});
      for (const std::string& part : each.parts) expect_error(error, each.code, {part});
    }
    communicator next = comm.dup();
    expect_works(next);
    expect_works(grid);
    expect_works(comm);
  }
  passed();
  return 0;
}

int exhausted(communicator& comm) {
  std::vector<communicator> made;
  const thrown error = thrown_by([&] {
    while (made.size() < 2500) made.push_back(comm.dup());
  });
  if (error.code != status::success)  // MPICH has 2048; other libraries may have more than we ask for
    expect_same(error, status::mpi_failure, 0, {"the new communicator could not be made"});
  expect(made.size() > 500, "only " + std::to_string(made.size()) + " communicators");
  expect_works(comm);
  expect_works(made.back());
  // Given back in another order on each rank.
  if (rank() % 2 == 0) std::reverse(made.begin(), made.end());
  while (!made.empty()) made.pop_back();
  communicator next = comm.dup();
  expect_works(next);
  passed();
  return 0;
}

}  // namespace faults
