// scatter and scatterv: block i of the root goes to rank i.
#include "collectives/planning.hpp"

namespace clique::collectives {

plan_ref scatter(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  const bool root = frame.rank() == args.root, lists = args.what == collective::scatterv;
  require_root(frame, args);
  require_in_place_at_root(frame, args, "receive");
  if (root) frame.bind(schedule::buffer::in, args.send, "send");
  if (!args.in_place) frame.bind(schedule::buffer::out, args.receive, "receive");
  frame.signature().root = args.root;
  std::size_t count = args.in_place && !lists ? part_of(args.send.count, size) : args.receive.count;
  std::vector<schedule::block> mine;
  if (root && lists) {
    require_entries(args.send_counts, size, "counts", "ranks");
    require_entries(args.send_displacements, size, "displacements", "ranks");
    mine = blocks(args.send_counts, args.send_displacements, args.send.count, size_of(frame.type()), "send");
    if (args.in_place) count = args.send_counts[static_cast<std::size_t>(args.root)];
  } else if (root) {
    require(args.send.count / size == count && args.send.count % size == 0, status::invalid_argument,
            "the root's send region has {} elements; scatter of {} to each of {} ranks needs {}", args.send.count,
            count, size, count * size);
  }
  if (!lists) frame.signature().count = count;
  return plan(frame, args, count, [&](draft& made) {
    schedule::shape& shape = made.shape;
    const std::size_t bytes = count * shape.element;
    made.pairs = lists;
    if (!lists) made.bytes = shape.block_bytes = bytes;
    if (root) {
      shape.send = edges(lists ? mine : even_blocks(size, bytes));
      made.by_mpi.send_counts.assign(args.send_counts.begin(), args.send_counts.end());
      made.by_mpi.send_displacements.assign(args.send_displacements.begin(), args.send_displacements.end());
      if (args.in_place) std::erase_if(shape.send, [&](const auto& each) { return each.peer == args.root; });
    }
    if (!args.in_place) shape.receive.push_back({args.root, {0, bytes}});
    shape.in_place = false;  // the blocks lie in the send buffer
  });
}

}  // namespace clique::collectives
