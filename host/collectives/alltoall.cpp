// alltoall, alltoallv and alltoallw: block j of rank i becomes block i of rank j.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_alltoall(communicator_state& on, const arguments& args) {
  const std::size_t size = size_of(on);
  const bool typed = args.what == collective::alltoallw;
  valid_call call = begin(on, args, typed ? datatype::uint8 : args.receive.type);
  if (!args.in_place) bind(on, call, buffer::in, args.send, "send");
  bind(on, call, buffer::out, args.receive, "receive");
  if (args.what == collective::alltoall) {
    require(args.in_place || args.send.count == args.receive.count, status::invalid_argument,
            "the send region has {} elements, the receive region {}; alltoall needs as many in both", args.send.count,
            args.receive.count);
    call.key.count = call.signature.count = part_of(args.receive.count, size);
    return call;
  }
  plan_key& key = call.key;
  if (args.in_place) {  // the send lists are not looked at
    key.lists[0] = key.receive_counts();
    key.lists[1] = key.receive_displacements();
    key.types[0] = key.receive_types();
  }
  require_entries(key.send_counts(), size, "send counts", "ranks");
  require_entries(key.send_displacements(), size, "send displacements", "ranks");
  require_entries(key.receive_counts(), size, "receive counts", "ranks");
  require_entries(key.receive_displacements(), size, "receive displacements", "ranks");
  if (typed) {
    require_types(key.send_types(), size, "send");
    require_types(key.receive_types(), size, "receive");
  }
  require_within(send_list(key), args.in_place ? args.receive : args.send, "send");
  require_within(receive_list(key), args.receive, "receive");
  return call;
}

void draw_alltoall(const communicator_state&, const plan_key& of, draft& made) {
  schedule::shape& shape = made.shape;
  shape.overlap = of.in_place;
  made.pairs = of.collective != collective::alltoall;
  if (made.pairs) {
    shape.receive = edges(require_apart(blocks(receive_list(of))));
    shape.send = edges(blocks(send_list(of)));
    made.send_types.assign(of.send_types().begin(), of.send_types().end());
    made.receive_types.assign(of.receive_types().begin(), of.receive_types().end());
    return;
  }
  shape.block_bytes = made.bytes = of.count * of.element;
  shape.send = shape.receive = edges(even_blocks(static_cast<std::size_t>(shape.size), made.bytes));
  made.covers_out = !of.in_place;
}

}  // namespace

const description alltoall{validate_alltoall, draw_alltoall};

}  // namespace clique::collectives
