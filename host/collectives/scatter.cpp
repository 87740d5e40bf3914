// scatter and scatterv: block i of the root goes to rank i.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_scatter(communicator_state& on, const arguments& args) {
  const std::size_t size = size_of(on);
  const bool root = on.rank() == args.root, lists = args.what == collective::scatterv;
  require_root(on, args);
  require_in_place_at_root(on, args, "receive");
  valid_call call = begin(on, args, args.in_place ? args.send.type : args.receive.type);
  if (root) bind(on, call, buffer::in, args.send, "send");
  if (!args.in_place) bind(on, call, buffer::out, args.receive, "receive");
  std::size_t& count = call.key.count = args.receive.count;
  if (root && lists) {
    require_entries(args.send_counts, size, "counts", "ranks");
    require_entries(args.send_displacements, size, "displacements", "ranks");
    require_within(send_list(call.key), args.send, "send");
    if (args.in_place) count = args.send_counts[rank_of(on)];
  } else if (root) {
    if (args.in_place) count = part_of(args.send.count, size);
    require(args.send.count / size == count && args.send.count % size == 0, status::invalid_argument,
            "the root's send region has {} elements; scatter of {} to each of {} ranks needs {}", args.send.count,
            count, size, count * size);
  }
  if (!lists) call.signature.count = count;
  call.signature.root = args.root;
  return call;
}

void draw_scatter(const communicator_state&, const plan_key& of, draft& made) {
  schedule::shape& shape = made.shape;
  const std::size_t bytes = of.count * of.element;
  made.pairs = of.collective == collective::scatterv;
  if (!made.pairs) made.bytes = shape.block_bytes = bytes;
  if (shape.rank == shape.root) {
    shape.send = edges(made.pairs ? blocks(send_list(of)) : even_blocks(static_cast<std::size_t>(shape.size), bytes));
    if (of.in_place) std::erase_if(shape.send, [&](const auto& each) { return each.peer == shape.root; });
  }
  if (!of.in_place) shape.receive.push_back({shape.root, {0, bytes}});
  shape.in_place = false;  // the blocks lie in the send buffer
}

}  // namespace

const description scatter{validate_scatter, draw_scatter};

}  // namespace clique::collectives
