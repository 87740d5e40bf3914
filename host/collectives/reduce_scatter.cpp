// reduce_scatter and reduce_scatter_block: each rank gets its part of the reduction.
#include "collectives/planning.hpp"

#include <numeric>

namespace clique::collectives {

plan_ref reduce_scatter(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size()), rank = static_cast<std::size_t>(frame.rank());
  const bool lists = args.what == collective::reduce_scatter;
  if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
  frame.bind(schedule::buffer::out, args.receive, "receive");
  const std::size_t all = args.in_place ? args.receive.count : args.send.count;
  std::vector<std::size_t> counts;
  if (lists) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    counts.assign(args.receive_counts.begin(), args.receive_counts.end());
    // All ranks must have the same list: their number of elements is not enough to tell.
    std::uint64_t hash = all;
    for (const std::size_t each : counts) hash = (hash ^ each) * 0x9e3779b97f4a7c15u;
    frame.signature().count = hash;
  } else {
    counts.assign(size, part_of(all, size));
    frame.signature().count = counts[0];
  }
  std::size_t sum = 0;
  for (const std::size_t each : counts) {
    require(each <= all - sum, status::invalid_argument, "the counts add up to more than the {} elements to reduce",
            all);
    sum += each;
  }
  require(sum == all, status::invalid_argument, "the counts add up to {}, but there are {} elements to reduce", sum,
          all);
  require(args.in_place || args.receive.count == counts[rank], status::invalid_argument,
          "the receive region has {} elements, but this rank's part has {}", args.receive.count, counts[rank]);
  frame.reduce_with(*args.op);
  return plan(frame, args, all, [&](draft& made) {
    made.bytes = made.shape.vector_bytes = all * made.shape.element;
    for (const std::size_t each : counts) made.shape.parts.push_back(each * made.shape.element);
    made.covers_out = !args.in_place;
    made.by_mpi.count = counts[rank];
    made.by_mpi.receive_counts = counts;
  });
}

}  // namespace clique::collectives
