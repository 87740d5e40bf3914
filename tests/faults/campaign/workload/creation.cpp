// Communicators made from a communicator, used, and destroyed; and another one from MPI's.
#include "families.hpp"

namespace workload {
namespace {

void use(script& run, place& on) {
  if (on.comm == nullptr) {
    run.collective("alltoall_of_nobody", on, {}, [] {});
    return;
  }
  const exchange made = all_to_all(on, kind::array, 1, 400);
  run.collective("alltoall", on, made.results,
                 [&] { clique::alltoall(*on.comm, made.send->all(), made.receive->all()); });
}

}  // namespace

void creation(script& run, place& on) {
  const int rank = on.rank(), size = on.size(), next = (rank + 1) % size, last = (rank + size - 1) % size;
  {
    place world = run.create("another", [] { return clique::communicator(); });
    use(run, world);
  }
  const auto make = [&](const char* name, place& from, auto&& call) {
    place made = run.derive(name, from, call);
    use(run, made);
    return made;
  };
  using answer = std::optional<clique::communicator>;
  {
    place copy = make("dup_of_dup", on, [&]() -> answer { return on.comm->dup(); });
    place parts = run.derive("split", copy, [&] { return copy.comm->split(rank % 2, -rank); });
    parts.name += rank % 2 == 0 ? ".even" : ".odd";
    use(run, parts);
  }
  make("split_for_some", on, [&] { return on.comm->split(rank == 0 ? clique::undefined : 3); });
  {
    place node = run.derive("split_by_node", on, [&]() -> answer { return on.comm->split_by_node(); });
    if (node.comm != nullptr && node.size() < size) node.name += "." + std::to_string(rank);  // each is alone
    use(run, node);
  }
  place grid = make("make_cart", on, [&] { return clique::make_cart(*on.comm, {size, 1}, {1, 0}); });
  make("cart_sub", grid, [&]() -> answer { return clique::cart_sub(*grid.comm, {1, 0}); });
  make("make_graph", on, [&]() -> answer { return clique::make_graph(*on.comm, {last}, {next}); });
}

}  // namespace workload
