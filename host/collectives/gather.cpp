// gather and gatherv: rank i's block becomes block i of the root.
#include "collectives/planning.hpp"

namespace clique::collectives {

plan_ref gather(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  const bool root = frame.rank() == args.root, lists = args.what == collective::gatherv;
  require_root(frame, args);
  require_in_place_at_root(frame, args, "send");
  if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
  if (root) frame.bind(schedule::buffer::out, args.receive, "receive");
  frame.signature().root = args.root;
  std::size_t count = args.in_place && !lists ? part_of(args.receive.count, size) : args.send.count;
  std::vector<schedule::block> theirs;
  if (root && lists) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    require_entries(args.receive_displacements, size, "displacements", "ranks");
    theirs =
        blocks(args.receive_counts, args.receive_displacements, args.receive.count, size_of(frame.type()), "receive");
    require_apart(theirs);
    if (args.in_place) count = args.receive_counts[static_cast<std::size_t>(args.root)];
  } else if (root) {
    require(args.receive.count / size == count && args.receive.count % size == 0, status::invalid_argument,
            "the root's receive region has {} elements; gather of {} from each of {} ranks needs {}",
            args.receive.count, count, size, count * size);
  }
  if (!lists) frame.signature().count = count;
  return plan(frame, args, count, [&](draft& made) {
    schedule::shape& shape = made.shape;
    const std::size_t bytes = count * shape.element;
    made.pairs = lists;
    if (!lists) made.bytes = shape.block_bytes = bytes;
    if (root) {
      shape.receive = edges(lists ? theirs : even_blocks(size, bytes));
      made.covers_out = !lists && !args.in_place;
      made.by_mpi.receive_counts.assign(args.receive_counts.begin(), args.receive_counts.end());
      made.by_mpi.receive_displacements.assign(args.receive_displacements.begin(), args.receive_displacements.end());
    }
    const schedule::block own =
        args.in_place ? shape.receive[static_cast<std::size_t>(args.root)].where : schedule::block{0, bytes};
    shape.send.push_back({args.root, own});
  });
}

}  // namespace clique::collectives
