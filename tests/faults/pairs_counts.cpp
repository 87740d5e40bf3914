// Pairs of calls with different counts, roots and lists.
#include "pairs.hpp"

namespace faults {
namespace {

using clique::status;
namespace op = clique::op;

pair differs(std::vector<std::string> parts, std::function<void(scene&)> call) {
  return {status::mismatch, culprit::differing, std::move(parts), std::move(call)};
}
// A pair of ranks of which one does not expect what the other sends.
pair sends(culprit from, std::vector<std::string> parts, std::function<void(scene&)> call) {
  return {status::mismatch, from, std::move(parts), std::move(call)};
}

int next_of(int rank) {
  return (rank + 1) % size();
}
std::string sent(std::size_t count, int from, int to, std::size_t expected) {
  return "rank " + std::to_string(from) + " sends " + std::to_string(count) + " elements to rank " +
         std::to_string(to) + ", which expects " + std::to_string(expected);
}

// Lists of 5 elements for each rank, with another count for one of them on the odd rank.
table five(const scene& on, int for_rank, std::size_t count) {
  table result(5);
  if (on.odd_one()) result.counts[static_cast<std::size_t>(for_rank)] = count;
  return result;
}

// In a line each rank has one neighbour that it surely has: which of the two that is, and who.
int side() {
  return odd() > 0 ? 0 : 1;
}
int neighbor() {
  return odd() > 0 ? odd() - 1 : 1;
}

}  // namespace

std::vector<pair> count_pairs() {
  const auto each = scene::each;
  return {
      differs({"bcast of int32, 11 elements", "bcast of int32, 12 elements"},
              [](scene& on) { on.bcast(on.i.out(on.odd_or<std::size_t>(11, 12)), 0); }),
      differs({"scatter of int32, 3 for each rank", "scatter of int32, 4 for each rank"},
              [=](scene& on) {
                const auto count = on.odd_or<std::size_t>(3, 4);
                on.scatter(on.i.in(each(count)), on.i.out(count), 0);
              }),
      differs({"gather of int32, 0 for each rank", "gather of int32, 4 for each rank"},
              [=](scene& on) {
                const auto count = on.odd_or<std::size_t>(0, 4);
                on.gather(on.i.in(count), on.i.out(each(count)), 0);
              }),
      differs({"allgather of int32, 5 for each rank", "allgather of int32, 4 for each rank"},
              [=](scene& on) {
                const auto count = on.odd_or<std::size_t>(5, 4);
                on.allgather(on.i.in(count), on.i.out(each(count)));
              }),
      differs({"reduce of float32, sum, 11 elements", "reduce of float32, sum, 12 elements"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(11, 12);
                on.reduce(on.f.in(count), on.f.out(count), op::sum, 0);
              }),
      differs({"allreduce of float32, max, 0 elements", "allreduce of float32, max, 12 elements"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(0, 12);
                on.allreduce(on.f.in(count), on.f.out(count), op::max);
              }),
      differs({"scan of int32, sum, 1 elements", "scan of int32, sum, 12 elements"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(1, 12);
                on.scan(on.i.in(count), on.i.out(count), op::sum);
              }),
      differs({"exscan of int32, band, 13 elements", "exscan of int32, band, 12 elements"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(13, 12);
                on.exscan(on.i.in(count), on.i.out(count), op::band);
              }),
      differs({"reduce_scatter_block of int32, sum, 3 for each rank", "reduce_scatter_block of int32, sum, 4 for each"},
              [=](scene& on) {
                const auto count = on.odd_or<std::size_t>(3, 4);
                on.reduce_scatter_block(on.i.in(each(count)), on.i.out(count), op::sum);
              }),
      differs({"neighbor_allgather of int32, 3 for each rank", "neighbor_allgather of int32, 4 for each rank"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(3, 4);
                on.neighbor_allgather(on.i.in(count), on.i.out(2 * count));
              }),
      differs({"neighbor_alltoall of int32, 6 for each rank", "neighbor_alltoall of int32, 5 for each rank"},
              [](scene& on) {
                const auto count = on.odd_or<std::size_t>(12, 10);
                on.neighbor_alltoall(on.i.in(count), on.i.out(count));
              }),
      // Roots.
      differs({"bcast of int32, 12 elements, root 1", "bcast of int32, 12 elements, root 0"},
              [](scene& on) { on.bcast(on.i.out(12), on.odd_or(1, 0)); }),
      differs({"scatter of int32, 4 for each rank, root 0", "scatter of int32, 4 for each rank, root 1"},
              [=](scene& on) { on.scatter(on.i.in(each(4)), on.i.out(4), on.odd_or(0, 1)); }),
      differs({"gather of int32, 4 for each rank, root 1", "gather of int32, 4 for each rank, root 0"},
              [=](scene& on) { on.gather(on.i.in(4), on.i.out(each(4)), on.odd_or(1, 0)); }),
      differs({"reduce of float32, sum, 12 elements, root 1", "reduce of float32, sum, 12 elements, root 0"},
              [](scene& on) { on.reduce(on.f.in(12), on.f.out(12), op::sum, on.odd_or(1, 0)); }),
      differs({"scatterv of int32, root 1", "scatterv of int32, root 0"},
              [](scene& on) {
                const table by(5);
                on.scatterv(on.i.send, by.counts, by.displacements, on.i.out(5), on.odd_or(1, 0));
              }),
      differs({"gatherv of int32, root 0", "gatherv of int32, root 1"},
              [](scene& on) {
                const table by(5);
                on.gatherv(on.i.in(5), on.i.receive, by.counts, by.displacements, on.odd_or(0, 1));
              }),
  };
}

std::vector<pair> list_pairs() {
  const int who = odd(), next = next_of(who);
  const std::string odd_one = std::to_string(who), after = std::to_string(next), beside = std::to_string(neighbor());
  using clique::datatype;
  using type_list = std::vector<datatype>;
  const auto all = [](datatype each) { return type_list(static_cast<std::size_t>(size()), each); };
  // An alltoallw of 5 elements of 4 bytes each, 48 bytes apart, where the odd rank has another type for the next.
  const auto typed = [=](datatype usual, datatype sends, datatype expects) {
    return [=](scene& on) {
      table by(5);
      for (std::size_t& each : by.displacements) each *= 4;
      type_list out = all(usual), in = all(usual);
      out[static_cast<std::size_t>(next)] = on.odd_or(sends, usual);
      in[static_cast<std::size_t>(next)] = on.odd_or(expects, usual);
      on.alltoallw(on.i.send, by.counts, by.displacements, out, on.i.receive, by.counts, by.displacements, in);
    };
  };
  const datatype float32 = datatype::float32, int32 = datatype::int32;
  const datatype second = clique::type_of<seconds>(), meter = clique::type_of<meters>();
  return {
      // The odd rank expects more, or sends less, than the other knows of.
      sends(culprit::next, {sent(5, next, who, 6), "scatterv of int32, root " + after},
            [=](scene& on) {
              const table by(5);
              on.scatterv(on.i.send, by.counts, by.displacements, on.i.out(on.odd_or<std::size_t>(6, 5)), next);
            }),
      sends(culprit::odd, {sent(6, who, next, 5), "scatterv of int32"},
            [=](scene& on) {
              const table by = five(on, next, 6);
              on.scatterv(on.i.send, by.counts, by.displacements, on.i.out(5), who);
            }),
      sends(culprit::odd, {sent(4, who, next, 5), "gatherv of int32, root " + after},
            [=](scene& on) {
              const table by(5);
              on.gatherv(on.i.in(on.odd_or<std::size_t>(4, 5)), on.i.receive, by.counts, by.displacements, next);
            }),
      sends(culprit::next, {sent(5, next, who, 0), "gatherv of int32"},
            [=](scene& on) {
              const table by = five(on, next, 0);
              on.gatherv(on.i.in(5), on.i.receive, by.counts, by.displacements, who);
            }),
      sends(culprit::odd, {"rank " + odd_one + " sends 6 elements", "which expects 5", "allgatherv of int32"},
            [=](scene& on) {
              const table by = five(on, who, 6);
              on.allgatherv(on.i.in(on.odd_or<std::size_t>(6, 5)), on.i.receive, by.counts, by.displacements);
            }),
      sends(culprit::next, {sent(5, next, who, 6), "allgatherv of int32"},
            [=](scene& on) {
              const table by = five(on, next, 6);
              on.allgatherv(on.i.in(5), on.i.receive, by.counts, by.displacements);
            }),
      sends(culprit::next, {sent(5, next, who, 7), "alltoallv of int32"},
            [=](scene& on) {
              const table by(5), wants = five(on, next, 7);
              on.alltoallv(on.i.send, by.counts, by.displacements, on.i.receive, wants.counts, wants.displacements);
            }),
      sends(culprit::odd,
            {"rank " + odd_one + " sends 24 bytes of int32 to rank " + after + ", which expects 20 of int32",
             "alltoallw"},
            [=](scene& on) {
              table by(5), more = five(on, next, 6);
              for (std::size_t& each : by.displacements) each *= 4;
              on.alltoallw(on.i.send, more.counts, by.displacements, all(int32), on.i.receive, by.counts,
                           by.displacements, all(int32));
            }),
      sends(culprit::odd,
            {"rank " + odd_one + " sends 20 bytes of float32 to rank " + after + ", which expects 20 of int32"},
            typed(int32, float32, int32)),
      sends(culprit::next,
            {"rank " + after + " sends 20 bytes of float32 to rank " + odd_one + ", which expects 20 of int32"},
            typed(float32, float32, int32)),
      sends(culprit::odd,
            {"rank " + odd_one + " sends 20 bytes of seconds to rank " + after + ", which expects 20 of meters"},
            typed(meter, second, meter)),
      sends(culprit::next,
            {"rank " + after + " sends 20 bytes of seconds to rank " + odd_one + ", which expects 20 of float32"},
            typed(second, second, float32)),
      // The same number of elements, shared out otherwise.
      differs({"reduce_scatter of int32, sum, "},
              [=](scene& on) {
                lists counts(static_cast<std::size_t>(size()), 4);
                if (on.odd_one()) {
                  counts[0] = 3;
                  counts[1] = 5;
                }
                on.reduce_scatter(on.i.in(scene::each(4)), on.i.out(counts[static_cast<std::size_t>(rank())]), counts,
                                  op::sum);
              }),
      differs({"reduce_scatter of int32, max, "},
              [=](scene& on) {
                lists counts(static_cast<std::size_t>(size()), 4);
                if (on.odd_one()) counts.back() = 5;
                on.reduce_scatter(on.i.in(scene::each(4) + on.odd_or<std::size_t>(1, 0)),
                                  on.i.out(counts[static_cast<std::size_t>(rank())]), counts, op::max);
              }),
      // Neighbours.
      sends(culprit::odd, {sent(6, who, neighbor(), 5), "neighbor_alltoallv of int32"},
            [=](scene& on) {
              lists counts{5, 5}, at{0, 12}, mine = counts;
              if (on.odd_one()) mine[static_cast<std::size_t>(side())] = 6;
              on.neighbor_alltoallv(on.i.send, mine, at, on.i.receive, counts, at);
            }),
      {status::mismatch,
       culprit::odd,
       {"rank " + odd_one + " sends 20 bytes of float32 to rank " + beside + ", which expects 20 of int32",
        "neighbor_alltoallw"},
       [=](scene& on) {
         const lists counts{5, 5}, at{0, 48};
         type_list mine{int32, int32};
         const type_list theirs = mine;
         if (on.odd_one()) mine[static_cast<std::size_t>(side())] = float32;
         on.neighbor_alltoallw(on.i.send, counts, at, mine, on.i.receive, counts, at, theirs);
       }},
      sends(culprit::odd, {"rank " + odd_one + " sends 4 elements to rank " + beside, "which expects 5"},
            [=](scene& on) {
              const lists counts{5, 5}, at{0, 12};
              on.neighbor_allgatherv(on.i.in(on.odd_or<std::size_t>(4, 5)), on.i.receive, counts, at);
            }),
  };
}

}  // namespace faults
