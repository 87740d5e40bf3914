// bcast: the root's block goes to all others.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_bcast(communicator_state& on, const arguments& args) {
  require_root(on, args);
  valid_call call = begin(on, args, args.receive.type);
  bind(on, call, buffer::out, args.receive, "bcast");
  call.key.count = call.signature.count = args.receive.count;
  call.signature.root = args.root;
  return call;
}

void draw_bcast(const communicator_state&, const plan_key& of, draft& made) {
  schedule::shape& shape = made.shape;
  const schedule::block all{0, of.count * of.element};
  shape.in_place = true;  // its one buffer is the receive buffer
  made.bytes = shape.block_bytes = all.bytes;
  made.covers_out = shape.rank != shape.root;
  if (shape.rank != shape.root) {
    shape.receive.push_back({shape.root, all});
    return;
  }
  for (int peer = 0; peer < shape.size; ++peer) {
    if (peer != shape.rank) shape.send.push_back({peer, all});
  }
}

}  // namespace

const description bcast{validate_bcast, draw_bcast};

}  // namespace clique::collectives
