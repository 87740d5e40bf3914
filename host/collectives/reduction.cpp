// reduce, allreduce, scan and exscan: as many elements on all ranks.
#include "collectives/planning.hpp"

#include "core/arithmetic.hpp"

namespace clique::collectives {
plan_ref reduction(call_frame& frame, const arguments& args) {
  const bool rooted = args.what == collective::reduce, prefix = args.what == collective::exscan;
  const bool receives = !rooted || frame.rank() == args.root;
  if (rooted) {
    require_root(frame, args);
    require_in_place_at_root(frame, args, "send");
    frame.signature().root = args.root;
  }
  if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
  if (receives) frame.bind(schedule::buffer::out, args.receive, "receive");
  const std::size_t count = args.in_place ? args.receive.count : args.send.count;
  require(!receives || args.receive.count == count, status::invalid_argument,
          "the send region has {} elements, the receive region {}; {} needs as many in both", count, args.receive.count,
          name(args.what));
  require(args.op->kind() != op_kind::mean || (args.what != collective::scan && !prefix), status::invalid_argument,
          "{} has no mean: each rank's would be of another number of ranks", name(args.what));
  frame.signature().count = count;
  frame.reduce_with(*args.op);
  // exscan's rank 0 has nothing to reduce: it gets what the operator begins with, where that is known.
  std::vector<std::byte> identity;
  if (prefix && frame.rank() == 0 && core::has_identity(*args.op, frame.type())) {
    identity.resize(size_of(frame.type()));
    core::identity(*args.op, frame.type(), identity.data());
    frame.fill_temporary(identity);
  }
  return plan(frame, args, count, [&](draft& made) {
    made.bytes = made.shape.vector_bytes = count * made.shape.element;
    made.fills_out = !identity.empty();
    made.covers_out = !args.in_place && (!prefix || frame.rank() != 0 || made.fills_out);
  });
}

}  // namespace clique::collectives
