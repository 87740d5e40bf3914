// Reductions, blocking: built-in operators and one of the user's, small and large, in place.
#include "families.hpp"

namespace workload {
namespace {

void all(script& run, place& on, const char* name, kind of, std::size_t count, const clique::reduce_op& op) {
  const exchange made(on, of, operand(1, on.rank(), count), sum(1, on.size(), count));
  run.collective(name, on, made.results,
                 [&] { clique::allreduce(*on.comm, made.send->all(), made.receive->all(), op); });
}

void in_place(script& run, place& on, const char* name, kind of, const clique::reduce_op& op) {
  const in_one made(on, of, operand(2, on.rank(), some), sum(2, on.size(), some));
  run.collective(name, on, made.results, [&] { clique::allreduce(*on.comm, clique::in_place, made.data->all(), op); });
}

void scatters(script& run, place& on) {
  const std::size_t whole = some * static_cast<std::size_t>(on.size());
  const auto part = [&](int mark) {
    const numbers all = sum(mark, on.size(), whole);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(some) * on.rank();
    return exchange(on, kind::plain, operand(mark, on.rank(), whole),
                    {first, first + static_cast<std::ptrdiff_t>(some)});
  };
  const exchange even = part(6), listed = part(7);
  run.collective("reduce_scatter_block", on, even.results, [&] {
    clique::reduce_scatter_block(*on.comm, even.send->all(), even.receive->all(), clique::op::sum);
  });
  const std::vector<std::size_t> counts(static_cast<std::size_t>(on.size()), some);
  run.collective("reduce_scatter", on, listed.results, [&] {
    clique::reduce_scatter(*on.comm, listed.send->all(), listed.receive->all(), counts, clique::op::sum);
  });
}

void scans(script& run, place& on, kind of, const clique::reduce_op& op) {
  const exchange upto(on, of, operand(3, on.rank(), some), sum(3, on.rank() + 1, some));
  run.collective("scan", on, upto.results, [&] { clique::scan(*on.comm, upto.send->all(), upto.receive->all(), op); });
  const exchange below(on, of, operand(4, on.rank(), some),
                       on.rank() == 0 && op.is_user() ? numbers(some, -7) : sum(4, on.rank(), some));
  run.collective("exscan", on, below.results,
                 [&] { clique::exscan(*on.comm, below.send->all(), below.receive->all(), op); });
}

}  // namespace

void reductions(script& run, place& on) {
  const clique::reduce_op own = clique::reduce_op::expression("a + b");
  all(run, on, "allreduce_of_few", kind::array, few, clique::op::sum);
  all(run, on, "allreduce", kind::array, some, clique::op::sum);
  all(run, on, "allreduce_plain", kind::plain, some, clique::op::sum);
  all(run, on, "allreduce_own", kind::array, some, own);
  all(run, on, "allreduce_own_plain", kind::plain, some, own);
  in_place(run, on, "allreduce_in_place_plain", kind::plain, clique::op::sum);
  in_place(run, on, "allreduce_own_in_place_plain", kind::plain, own);

  const int last = on.size() - 1;
  const exchange to_last(on, kind::plain, operand(5, on.rank(), some),
                         on.rank() == last ? sum(5, on.size(), some) : numbers(some, -7));
  run.collective("reduce", on, to_last.results,
                 [&] { clique::reduce(*on.comm, to_last.send->all(), to_last.receive->all(), clique::op::sum, last); });
  scatters(run, on);
  scans(run, on, kind::plain, clique::op::sum);
  scans(run, on, kind::array, own);
  all(run, on, "allreduce_of_many", kind::array, many, clique::op::sum);
  all(run, on, "allreduce_of_many_plain", kind::plain, many, clique::op::sum);
}

}  // namespace workload
