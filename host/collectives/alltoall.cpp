// alltoall, alltoallv and alltoallw: block j of rank i becomes block i of rank j.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

plan_ref uniform(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  require(args.in_place || args.send.count == args.receive.count, status::invalid_argument,
          "the send region has {} elements, the receive region {}; alltoall needs as many in both", args.send.count,
          args.receive.count);
  // By the elements of all blocks: what a division would tell, the plan knows.
  plan_ref result = plan(frame, args, args.receive.count, [&](draft& made) {
    made.count = made.by_mpi.count = part_of(args.receive.count, size);
    made.shape.block_bytes = made.bytes = made.count * made.shape.element;
    made.shape.send = made.shape.receive = edges(even_blocks(size, made.bytes));
    made.shape.overlap = args.in_place;
    made.covers_out = !args.in_place;
  });
  frame.signature().count = result->count;
  return result;
}

plan_ref lists(call_frame& frame, const arguments& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  const std::size_t element = size_of(frame.type());
  const bool typed = args.what == collective::alltoallw;
  arguments of = args;
  if (args.in_place) {  // the send lists are not looked at
    of.send_counts = args.receive_counts;
    of.send_displacements = args.receive_displacements;
    of.send_types = args.receive_types;
  }
  const region& source = args.in_place ? args.receive : args.send;
  require_entries(of.send_counts, size, "send counts", "ranks");
  require_entries(of.send_displacements, size, "send displacements", "ranks");
  require_entries(of.receive_counts, size, "receive counts", "ranks");
  require_entries(of.receive_displacements, size, "receive displacements", "ranks");
  const auto of_region = [&](detail::list counts, detail::list displacements, detail::types types, const region& in,
                             const char* what) {
    return typed ? blocks(counts, displacements, types, detail::bytes_of(in.count, in.type), what)
                 : blocks(counts, displacements, in.count, element, what);
  };
  const auto send = of_region(of.send_counts, of.send_displacements, of.send_types, source, "send");
  const auto receive =
      of_region(of.receive_counts, of.receive_displacements, of.receive_types, args.receive, "receive");
  return plan(frame, of, 0, [&](draft& made) {
    require_apart(receive);
    made.pairs = true;
    made.send_types.assign(of.send_types.begin(), of.send_types.end());
    made.receive_types.assign(of.receive_types.begin(), of.receive_types.end());
    made.shape.send = edges(send);
    made.shape.receive = edges(receive);
    made.shape.overlap = args.in_place;
    made.by_mpi.send_counts.assign(of.send_counts.begin(), of.send_counts.end());
    made.by_mpi.send_displacements.assign(of.send_displacements.begin(), of.send_displacements.end());
    made.by_mpi.receive_counts.assign(of.receive_counts.begin(), of.receive_counts.end());
    made.by_mpi.receive_displacements.assign(of.receive_displacements.begin(), of.receive_displacements.end());
  });
}

}  // namespace

plan_ref alltoall(call_frame& frame, const arguments& args) {
  if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
  frame.bind(schedule::buffer::out, args.receive, "receive");
  return args.what == collective::alltoall ? uniform(frame, args) : lists(frame, args);
}

}  // namespace clique::collectives
