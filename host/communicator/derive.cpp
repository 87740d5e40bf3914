// How a communicator is made from another:
//
//   1. The ranks agree on the call, like on any collective: what is wrong on one is thrown on all.
//   2. MPI_Comm_split, which blocks: by now all ranks are on their way to it.
//   3. Those that come together make their communicator on it (bootstrap.cpp).
//   4. The ranks agree that all could: either all of them have theirs, or none has.
#include "communicator/derive.hpp"

#include "communicator/opening.hpp"

namespace clique::engine {
namespace {

// What this rank wants, if its call is in order; the ranks agree on that.
membership agree_on_membership(communicator_state& parent,
                               const std::function<membership(transport::signature&)>& arguments) {
  membership mine;
  transport::signature signature;
  std::optional<error> refusal;
  try {
    mine = arguments(signature);
    transport::require_usable(parent.comm());  // the user's may have been freed, or MPI finalized
  } catch (...) {
    refusal.emplace(core::current_error());
  }
  prepared_plan lists;
  lists.rank = static_cast<std::size_t>(parent.rank());
  lists.sent = mine.sent;
  lists.expected = mine.expected;
  lists.count_steps();
  agree(parent, signature, std::move(lists), refusal);
  return mine;
}

transport::mpi_comm split(communicator_state& parent, const membership& mine) {
  core::watchdog::post here;
  const core::watchdog::section watched(here, "MPI_Comm_split, to make a communicator");
  const transport::mpi_errors_return guarded(parent.comm());
  MPI_Comm made = MPI_COMM_NULL;
  transport::check_mpi(MPI_Comm_split(parent.comm(), mine.color, mine.key, &made), "MPI_Comm_split");
  transport::mpi_comm own(made);
  if (made != MPI_COMM_NULL)
    transport::check_mpi(MPI_Comm_set_errhandler(made, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return own;
}

}  // namespace

std::shared_ptr<communicator_state> derive(communicator_state& parent,
                                           const std::function<membership(transport::signature&)>& arguments) {
  membership mine = agree_on_membership(parent, arguments);
  std::shared_ptr<communicator_state> made;
  std::optional<error> failure;
  try {
    transport::mpi_comm own = split(parent, mine);
    if (own.get() != MPI_COMM_NULL)
      made = communicator_state::create_child(parent, std::move(own), std::move(mine.topology));
  } catch (...) {
    const error caught = core::current_error();
    failure.emplace(caught.code(), core::formatted("the new communicator could not be made: {}", caught.what()), -1,
                    caught.native());
  }
  // A rank that could not even begin waits here while others wait for it until their deadline: it must wait longer.
  agree(parent, {}, {}, failure, 2 * parent.timeout() + std::chrono::seconds(5));
  return made;
}

}  // namespace clique::engine

namespace clique {

communicator communicator::dup() {
  return communicator(engine::derive(*state_, [&](transport::signature& signature) {
    sign(signature, engine::constructor::dup);
    return engine::membership{0, 0, state_->topology(), {}, {}};
  }));
}

std::optional<communicator> communicator::split(int color, int key) {
  auto made = engine::derive(*state_, [&](transport::signature& signature) {
    sign(signature, engine::constructor::split);
    require(color >= 0 || color == undefined, status::invalid_argument,
            "a colour of {}; it must be 0 or more, or clique::undefined", color);
    return engine::membership{color, key, nullptr, {}, {}};
  });
  if (made == nullptr) return std::nullopt;
  return communicator(std::move(made));
}

communicator communicator::split_by_node(int key) {
  return communicator(engine::derive(*state_, [&](transport::signature& signature) {
    sign(signature, engine::constructor::split_by_node);
    return engine::membership{state_->first_of_node(), key, nullptr, {}, {}};
  }));
}

namespace {

const engine::topology& topology_or_throw(const communicator& comm) {
  const auto& found = comm.state().topology();
  require(found != nullptr, status::invalid_argument, "the communicator has no topology: see make_cart and make_graph");
  return *found;
}

}  // namespace

topology_kind topology_of(const communicator& comm) noexcept {
  const auto& found = comm.state().topology();
  return found == nullptr ? topology_kind::none : found->grid ? topology_kind::cartesian : topology_kind::graph;
}

const cartesian& grid_of(const communicator& comm) {
  const engine::topology& found = topology_or_throw(comm);
  require(found.grid.has_value(), status::invalid_argument, "the communicator is a graph and not a grid");
  return *found.grid;
}

const neighborhood& neighbors_of(const communicator& comm) {
  return topology_or_throw(comm).around;
}

std::optional<communicator> make_cart(communicator& parent, list_of<int> dims, list_of<int> periods) {
  auto made = engine::derive(parent.state(), [&](transport::signature& signature) {
    const cartesian grid(dims, periods);
    sign(signature, engine::constructor::make_cart, grid);
    require(grid.size() <= parent.size(), status::invalid_argument,
            "the grid has {} ranks, but the communicator only {}", grid.size(), parent.size());
    if (parent.rank() >= grid.size()) return engine::membership{};
    return engine::membership{
        0, 0, std::make_shared<const engine::topology>(engine::grid_topology(grid, parent.rank())), {}, {}};
  });
  if (made == nullptr) return std::nullopt;
  return communicator(std::move(made));
}

communicator cart_sub(communicator& grid, list_of<int> remains) {
  return communicator(engine::derive(grid.state(), [&](transport::signature& signature) {
    const engine::grid_part part = engine::part_of(grid_of(grid), grid.rank(), remains);
    sign(signature, engine::constructor::cart_sub, remains);
    return engine::membership{part.number,
                              part.place,
                              std::make_shared<const engine::topology>(engine::grid_topology(part.grid, part.place)),
                              {},
                              {}};
  }));
}

communicator make_graph(communicator& parent, list_of<int> sources, list_of<int> destinations) {
  return communicator(engine::derive(parent.state(), [&](transport::signature& signature) {
    sign(signature, engine::constructor::make_graph);
    engine::membership mine{0, 0, nullptr, {}, {}};
    mine.topology =
        std::make_shared<const engine::topology>(engine::graph_topology(sources, destinations, parent.size()));
    mine.sent.resize(static_cast<std::size_t>(parent.size()));
    mine.expected.resize(mine.sent.size());
    for (const int each : destinations) ++mine.sent[static_cast<std::size_t>(each)];
    for (const int each : sources) ++mine.expected[static_cast<std::size_t>(each)];
    return mine;
  }));
}

}  // namespace clique
