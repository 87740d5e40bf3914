// bcast: the root's block goes to all others.
#include "collectives/planning.hpp"

namespace clique::collectives {

plan_ref bcast(call_frame& frame, const arguments& args) {
  require_root(frame, args);
  frame.bind(schedule::buffer::out, args.receive, "bcast");
  frame.signature().count = args.receive.count;
  frame.signature().root = args.root;
  return plan(frame, args, args.receive.count, [&](draft& made) {
    schedule::shape& shape = made.shape;
    const schedule::block all{0, args.receive.count * shape.element};
    shape.in_place = true;  // its one buffer is the receive buffer
    made.bytes = shape.block_bytes = all.bytes;
    if (shape.rank != shape.root) {
      shape.receive.push_back({shape.root, all});
      return;
    }
    for (int peer = 0; peer < shape.size; ++peer) {
      if (peer != shape.rank) shape.send.push_back({peer, all});
    }
  });
}

}  // namespace clique::collectives
