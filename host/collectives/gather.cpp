// gather and gatherv: rank i's block becomes block i of the root.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_gather(communicator_state& on, const arguments& args) {
  const std::size_t size = size_of(on);
  const bool root = on.rank() == args.root, lists = args.what == collective::gatherv;
  require_root(on, args);
  require_in_place_at_root(on, args, "send");
  valid_call call = begin(on, args, args.in_place ? args.receive.type : args.send.type);
  if (!args.in_place) bind(on, call, buffer::in, args.send, "send");
  if (root) bind(on, call, buffer::out, args.receive, "receive");
  std::size_t& count = call.key.count = args.send.count;
  if (root && lists) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    require_entries(args.receive_displacements, size, "displacements", "ranks");
    require_within(receive_list(call.key), args.receive, "receive");
    if (args.in_place) count = args.receive_counts[rank_of(on)];
  } else if (root) {
    if (args.in_place) count = part_of(args.receive.count, size);
    require(args.receive.count / size == count && args.receive.count % size == 0, status::invalid_argument,
            "the root's receive region has {} elements; gather of {} from each of {} ranks needs {}",
            args.receive.count, count, size, count * size);
  }
  if (!lists) call.signature.count = count;
  call.signature.root = args.root;
  return call;
}

void draw_gather(const communicator_state&, const plan_key& of, draft& made) {
  schedule::shape& shape = made.shape;
  const std::size_t bytes = of.count * of.element;
  made.pairs = of.collective == collective::gatherv;
  if (!made.pairs) made.bytes = shape.block_bytes = bytes;
  if (shape.rank == shape.root) {
    shape.receive = edges(made.pairs ? require_apart(blocks(receive_list(of)))
                                     : even_blocks(static_cast<std::size_t>(shape.size), bytes));
    made.covers_out = !made.pairs && !of.in_place;
  }
  const schedule::block own =
      of.in_place ? shape.receive[static_cast<std::size_t>(shape.root)].where : schedule::block{0, bytes};
  shape.send.push_back({shape.root, own});
}

}  // namespace

const description gather{validate_gather, draw_gather};

}  // namespace clique::collectives
