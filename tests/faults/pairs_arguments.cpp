// Calls of which one rank's cannot be made at all: what it throws, all do.
#include "pairs.hpp"

namespace faults {
namespace {

using clique::reduce_op;
using clique::status;
namespace op = clique::op;

pair invalid(std::vector<std::string> parts, std::function<void(scene&)> call) {
  return {status::invalid_argument, culprit::odd, std::move(parts), std::move(call)};
}

// An operator that the odd rank's type does not take.
template <class T>
pair unfit(const reduce_op& odd, const reduce_op& usual, buffers<T> scene::*of, const std::string& why) {
  return invalid({why}, [=](scene& on) { on.allreduce((on.*of).in(12), (on.*of).out(12), on.odd_or(odd, usual)); });
}

// Its root is `root` on the odd rank.
pair bad_root(int root, const std::string& name, const std::function<void(scene&, int root)>& call) {
  return invalid({name + " has root " + std::to_string(root) + ", but ranks are 0 to " + std::to_string(size() - 1)},
                 [=](scene& on) { call(on, on.odd_or(root, 0)); });
}

clique::span<std::int32_t> nothing_there(std::size_t count) {
  return {static_cast<cl_mem>(nullptr), 0, count};
}

}  // namespace

std::vector<pair> argument_pairs() {
  const auto each = scene::each;
  const reduce_op plus = reduce_op::expression("a + b"), left = reduce_op::expression("a");
  const int other = (odd() + 1) % size();
  const auto none = nothing_there;
  return {
      unfit(op::band, op::sum, &scene::f, "band does not work on float32"),
      unfit(op::minloc, op::min, &scene::i, "minloc does not work on int32"),
      unfit(op::max, op::prod, &scene::c, "max does not work on complex64"),
      unfit(op::sum, left, &scene::s, "sum does not work on seconds"),
      unfit(plus.with_identity(1.0), plus, &scene::f, "the identity of the user operator"),
      {status::build_failure,
       culprit::odd,
       {"no_such_thing"},
       [=](scene& on) {
         on.allreduce(on.f.in(12), on.f.out(12), on.odd_or(reduce_op::expression("a + no_such_thing"), plus));
       }},
      {status::build_failure,
       culprit::odd,
       {"no_member"},
       [=](scene& on) {
         on.scan(on.p.in(12), on.p.out(12), on.odd_or(reduce_op::body("a.no_member += b.x; return a;"), left));
       }},
      invalid({"scan has no mean"},
              [](scene& on) { on.scan(on.f.in(12), on.f.out(12), on.odd_or(op::mean, op::sum)); }),
      bad_root(size(), "reduce", [](scene& on, int root) { on.reduce(on.f.in(12), on.f.out(12), op::sum, root); }),
      bad_root(-1, "bcast", [](scene& on, int root) { on.bcast(on.i.out(12), root); }),
      bad_root(size() + 7, "gather", [=](scene& on, int root) { on.gather(on.i.in(4), on.i.out(each(4)), root); }),
      bad_root(-2, "scatter", [=](scene& on, int root) { on.scatter(on.i.in(each(4)), on.i.out(4), root); }),
      // Buffers.
      invalid({"the bcast buffer is null, but has 12 elements"},
              [=](scene& on) { on.bcast(on.odd_or(none(12), on.i.out(12)), 0); }),
      invalid({"the send buffer is null, but has 12 elements"},
              [=](scene& on) { on.allreduce(on.odd_or(none(12), on.i.in(12)), on.i.out(12), op::sum); }),
      invalid({"the receive buffer is null"},
              [=](scene& on) { on.allgather(on.i.in(12), on.odd_or(none(each(12)), on.i.out(each(12)))); }),
      invalid({"the receive region", "its buffer holds only"},
              [=](scene& on) {
                on.scan(on.i.in(12), on.i.receive.subspan(on.odd_or(each(12) - 11, std::size_t{0}), 12), op::sum);
              }),
      invalid({"the send region", "its buffer holds only"},
              [=](scene& on) {
                on.gather(on.i.send.subspan(on.odd_or(~std::size_t{0}, std::size_t{0}), 4), on.i.out(each(4)), 0);
              }),
      invalid(
          {"overlap in one buffer"},
          [](scene& on) { on.allreduce(on.odd_or(on.i.receive.subspan(11, 12), on.i.in(12)), on.i.out(12), op::sum); }),
      // Counts.
      invalid({"the send region has 12 elements, the receive region 11", "allreduce needs as many in both"},
              [](scene& on) { on.allreduce(on.i.in(12), on.i.out(on.odd_or<std::size_t>(11, 12)), op::sum); }),
      invalid({"exscan needs as many in both"},
              [](scene& on) { on.exscan(on.i.in(on.odd_or<std::size_t>(11, 12)), on.i.out(12), op::sum); }),
      invalid({"the root's send region has"},
              [=](scene& on) { on.scatter(on.i.in(each(4) - on.odd_or<std::size_t>(1, 0)), on.i.out(4), odd()); }),
      invalid({"the root's receive region has"},
              [=](scene& on) { on.gather(on.i.in(4), on.i.out(each(on.odd_or<std::size_t>(5, 4))), odd()); }),
      invalid({"the receive region has", "allgather of 4 from each"},
              [=](scene& on) { on.allgather(on.i.in(4), on.i.out(each(4) + on.odd_or<std::size_t>(1, 0))); }),
      invalid({"are not a multiple of the"},
              [=](scene& on) {
                on.reduce_scatter_block(on.i.in(each(4) + on.odd_or<std::size_t>(1, 0)), on.i.out(4), op::sum);
              }),
      invalid({"the receive region has 10 elements; 4 from each of 2 sources needs 8"},
              [](scene& on) { on.neighbor_allgather(on.i.in(4), on.i.out(on.odd_or<std::size_t>(10, 8))); }),
      // Lists.
      invalid({"counts, but", "ranks"},
              [=](scene& on) {
                table by(5);
                if (on.odd_one()) by.counts.push_back(5);
                on.allgatherv(on.i.in(5), on.i.receive, by.counts, by.displacements);
              }),
      invalid({"displacements, but", "ranks"},
              [=](scene& on) {
                table by(5);
                if (on.odd_one()) by.displacements.pop_back();
                on.gatherv(on.i.in(5), on.i.receive, by.counts, by.displacements, odd());
              }),
      invalid({"the send block of rank 1 has elements", "the send region has only"},
              [=](scene& on) {
                table by(5);
                if (on.odd_one()) by.displacements[1] = each(12) - 4;
                on.scatterv(on.i.send, by.counts, by.displacements, on.i.out(5), odd());
              }),
      invalid({"two receive blocks overlap"},
              [=](scene& on) {
                table by(5);
                if (on.odd_one()) by.displacements[1] = by.displacements[0] + 4;
                on.gatherv(on.i.in(5), on.i.receive, by.counts, by.displacements, odd());
              }),
      invalid({"this rank's own, is 5"},
              [=](scene& on) {
                const table by(5);
                on.allgatherv(on.i.in(on.odd_or<std::size_t>(6, 5)), on.i.receive, by.counts, by.displacements);
              }),
      invalid({"the counts add up to"},
              [=](scene& on) {
                lists counts(static_cast<std::size_t>(size()), 4);
                if (on.odd_one()) ++counts.back();
                on.reduce_scatter(on.i.in(each(4)), on.i.out(4), counts, op::sum);
              }),
      invalid({"the receive region has 5 elements, but this rank's part has 4"},
              [=](scene& on) {
                const lists counts(static_cast<std::size_t>(size()), 4);
                on.reduce_scatter(on.i.in(each(4)), on.i.out(on.odd_or<std::size_t>(5, 4)), counts, op::max);
              }),
      invalid({"send types, but"},
              [=](scene& on) {
                const table by(1);
                std::vector<clique::datatype> types(by.counts.size(), clique::datatype::int32), mine = types;
                if (on.odd_one()) mine.pop_back();
                on.alltoallw(on.i.send, by.counts, by.displacements, mine, on.i.receive, by.counts, by.displacements,
                             types);
              }),
      // In place, where that is for the root.
      invalid({"clique::in_place for the send buffer of reduce is for the root, rank " + std::to_string(other)},
              [=](scene& on) {
                if (on.odd_one()) return on.reduce(clique::in_place, on.f.out(12), op::sum, other);
                on.reduce(on.f.in(12), on.f.out(12), op::sum, other);
              }),
      invalid({"clique::in_place for the receive buffer of scatter is for the root, rank " + std::to_string(other)},
              [=](scene& on) {
                if (on.odd_one()) return on.scatter(on.i.in(each(4)), clique::in_place, other);
                on.scatter(on.i.in(each(4)), on.i.out(4), other);
              }),
      invalid({"clique::in_place for the send buffer of gather is for the root, rank " + std::to_string(other)},
              [=](scene& on) {
                if (on.odd_one()) return on.gather(clique::in_place, on.i.out(each(4)), other);
                on.gather(on.i.in(4), on.i.out(each(4)), other);
              }),
  };
}

}  // namespace faults
