// Pairs of calls of different collectives, in different order, and of constructors of communicators.
#include "pairs.hpp"

#include <clique/topology.hpp>

namespace faults {
namespace {

using clique::status;
namespace op = clique::op;
using call = std::function<void(scene&)>;

pair others(std::vector<std::string> parts, call odd, call usual) {
  return {status::mismatch, culprit::differing, std::move(parts),
          [odd = std::move(odd), usual = std::move(usual)](scene& on) { on.odd_one() ? odd(on) : usual(on); }};
}

// Both are refused, and name the same rank; throws what the first one threw.
void in_turn(scene& on, const call& first, const call& second) {
  const thrown one = thrown_by([&] { first(on); }), two = thrown_by([&] { second(on); });
  expect(one.code == two.code && one.rank == two.rank,
         "of two calls in the wrong order the second one: " + std::string(clique::name(two.code)) + " " + two.text);
  if (one.code != status::success) throw clique::error(one.code, one.text, one.rank);
}

void reduces(scene& on) {
  on.allreduce(on.i.in(12), on.i.out(12), op::sum);
}
void broadcasts(scene& on) {
  on.bcast(on.i.out(12), 0);
}
void gathers(scene& on) {
  on.gather(on.i.in(12), on.i.receive, 0);
}
void exchanges(scene& on) {
  on.alltoall(on.i.send, on.i.receive);
}
void meets(scene& on) {
  on.barrier();
}

// In flight together: ibcast and iallreduce, the odd rank the other way round.
void started_in_turn(scene& on) {
  const auto into = on.u.out(12);
  const auto broadcast = [&] { return clique::ibcast(on.comm, into, 0); };
  const auto reduce = [&] { return clique::iallreduce(on.comm, on.i.in(12), on.i.out(12), op::sum); };
  clique::request first = on.odd_one() ? reduce() : broadcast();
  clique::request second = on.odd_one() ? broadcast() : reduce();
  const thrown two = thrown_by([&] { second.wait(); }), one = thrown_by([&] { first.wait(); });
  expect(one.code == two.code && one.rank == two.rank, "of two requests in the wrong order the second one " + two.text);
  if (one.code != status::success) throw clique::error(one.code, one.text, one.rank);
}

}  // namespace

std::vector<pair> order_pairs() {
  const std::vector<int> all{size()}, flat{0}, ring{1}, none;
  return {
      others(
          {"reduce of int32, sum, 12 elements, root 0", "allreduce of int32, sum, 12 elements"},
          [](scene& on) { on.reduce(on.i.in(12), on.i.out(12), op::sum, 0); }, reduces),
      others(
          {"scan of int32, sum", "exscan of int32, sum"},
          [](scene& on) { on.scan(on.i.in(12), on.i.out(12), op::sum); },
          [](scene& on) { on.exscan(on.i.in(12), on.i.out(12), op::sum); }),
      others(
          {"scan of int32, sum", "allreduce of int32, sum"},
          [](scene& on) { on.scan(on.i.in(12), on.i.out(12), op::sum); }, reduces),
      others(
          {"reduce_scatter of int32, sum", "reduce_scatter_block of int32, sum, 4 for each rank"},
          [](scene& on) {
            const lists counts(static_cast<std::size_t>(size()), 4);
            on.reduce_scatter(on.i.in(scene::each(4)), on.i.out(4), counts, op::sum);
          },
          [](scene& on) { on.reduce_scatter_block(on.i.in(scene::each(4)), on.i.out(4), op::sum); }),
      others({"calls barrier", "bcast of int32"}, meets, broadcasts),
      others({"allreduce of int32", "calls barrier"}, reduces, meets),
      others(
          {"allgather of int32, 12 for each rank", "gather of int32, 12 for each rank, root 0"},
          [](scene& on) { on.allgather(on.i.in(12), on.i.receive); }, gathers),
      others(
          {"gatherv of int32, root 0", "gather of int32, 12 for each rank, root 0"},
          [](scene& on) {
            const table by(12);
            on.gatherv(on.i.in(12), on.i.receive, by.counts, by.displacements, 0);
          },
          gathers),
      others(
          {"scatter of int32, 12 for each rank, root 0", "scatterv of int32, root 0"},
          [](scene& on) { on.scatter(on.i.send, on.i.out(12), 0); },
          [](scene& on) {
            const table by(12);
            on.scatterv(on.i.send, by.counts, by.displacements, on.i.out(12), 0);
          }),
      others(
          {"allgatherv of int32", "alltoall of int32"},
          [](scene& on) {
            const table by(12);
            on.allgatherv(on.i.in(12), on.i.receive, by.counts, by.displacements);
          },
          exchanges),
      others(
          {"alltoallw", "alltoallv of int32"},
          [](scene& on) {
            const table by(1);
            const std::vector<clique::datatype> types(by.counts.size(), clique::datatype::int32);
            on.alltoallw(on.i.send, by.counts, by.displacements, types, on.i.receive, by.counts, by.displacements,
                         types);
          },
          [](scene& on) {
            const table by(1);
            on.alltoallv(on.i.send, by.counts, by.displacements, on.i.receive, by.counts, by.displacements);
          }),
      others(
          {"neighbor_allgather of int32", "neighbor_alltoall of int32"},
          [](scene& on) { on.neighbor_allgather(on.i.in(5), on.i.out(10)); },
          [](scene& on) { on.neighbor_alltoall(on.i.in(10), on.i.out(10)); }),
      others({"calls bcast of int32", "calls agree"}, broadcasts, [](scene& on) { on.comm.agree({}); }),
      // A call that is prepared is not one that is made.
      others(
          {"calls allreduce_init of int32", "calls allreduce of int32"},
          [](scene& on) { (void)clique::allreduce_init(on.comm, on.i.in(12), on.i.out(12), op::sum); },
          [](scene& on) { clique::allreduce(on.comm, on.i.in(12), on.i.out(12), op::sum); }),
      others(
          {"calls bcast of int32", "calls bcast_init of int32"},
          [](scene& on) { clique::ibcast(on.comm, on.i.out(12), 0).wait(); },
          [](scene& on) { (void)clique::bcast_init(on.comm, on.i.out(12), 0); }),
      others(
          {"calls barrier_init", "calls alltoall_init"}, [](scene& on) { (void)clique::barrier_init(on.comm); },
          [](scene& on) { (void)clique::alltoall_init(on.comm, on.i.send, on.i.receive); }),
      // Exchanged.
      others(
          {"allreduce of int32", "bcast of int32"}, [](scene& on) { in_turn(on, reduces, broadcasts); },
          [](scene& on) { in_turn(on, broadcasts, reduces); }),
      others(
          {"alltoall of int32", "barrier"}, [](scene& on) { in_turn(on, exchanges, meets); },
          [](scene& on) { in_turn(on, meets, exchanges); }),
      others({"allreduce of int32", "bcast of uint32"}, started_in_turn, started_in_turn),
      // Constructors: those not in derived.cpp.
      others(
          {"make_graph", "make_cart of " + std::to_string(size()) + " ranks"},
          [=](scene& on) { (void)clique::make_graph(on.comm, none, none); },
          [=](scene& on) { (void)clique::make_cart(on.comm, all, flat); }),
      others({"calls barrier", "calls dup"}, meets, [](scene& on) { (void)on.comm.dup(); }),
      others(
          {"calls split", "allreduce of int32, sum"}, [](scene& on) { (void)on.comm.split(rank()); }, reduces),
      others(
          {"cart_sub that keeps dimension 0", "make_cart of " + std::to_string(size()) + " ranks, periodic"},
          [=](scene& on) { (void)clique::cart_sub(on.line, ring); },
          [=](scene& on) { (void)clique::make_cart(on.line, all, ring); }),
  };
}

}  // namespace faults
