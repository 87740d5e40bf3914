// allgather and allgatherv: rank i's block becomes block i of every rank.
#include "collectives/planning.hpp"

namespace clique::collectives {

plan_ref allgather(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size()), rank = static_cast<std::size_t>(frame.rank());
  const bool lists = args.what == collective::allgatherv;
  if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
  frame.bind(schedule::buffer::out, args.receive, "receive");
  std::size_t count = args.in_place ? args.receive.count / size : args.send.count;
  std::vector<schedule::block> theirs;
  if (lists) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    require_entries(args.receive_displacements, size, "displacements", "ranks");
    theirs =
        blocks(args.receive_counts, args.receive_displacements, args.receive.count, size_of(frame.type()), "receive");
    require_apart(theirs);
    if (args.in_place) count = args.receive_counts[rank];
    require(count == args.receive_counts[rank], status::invalid_argument,
            "the send region has {} elements, but counts[{}], this rank's own, is {}", count, rank,
            args.receive_counts[rank]);
  } else {
    require(args.receive.count == count * size, status::invalid_argument,
            "the receive region has {} elements; allgather of {} from each of {} ranks needs {}", args.receive.count,
            count, size, count * size);
    frame.signature().count = count;
  }
  return plan(frame, args, count, [&](draft& made) {
    schedule::shape& shape = made.shape;
    const std::size_t bytes = count * shape.element;
    made.pairs = lists;
    made.covers_out = !lists && !args.in_place;
    made.by_mpi.receive_counts.assign(args.receive_counts.begin(), args.receive_counts.end());
    made.by_mpi.receive_displacements.assign(args.receive_displacements.begin(), args.receive_displacements.end());
    if (!lists) made.bytes = shape.block_bytes = bytes;
    shape.receive = edges(lists ? theirs : even_blocks(size, bytes));
    const schedule::block own = args.in_place ? shape.receive[rank].where : schedule::block{0, bytes};
    for (int peer = 0; peer < shape.size; ++peer) shape.send.push_back({peer, own});
  });
}

}  // namespace clique::collectives
