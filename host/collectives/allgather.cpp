// allgather and allgatherv: rank i's block becomes block i of every rank.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_allgather(communicator_state& on, const arguments& args) {
  const std::size_t size = size_of(on), rank = rank_of(on);
  valid_call call = begin(on, args, args.receive.type);
  if (!args.in_place) bind(on, call, buffer::in, args.send, "send");
  bind(on, call, buffer::out, args.receive, "receive");
  std::size_t& count = call.key.count = args.in_place ? args.receive.count / size : args.send.count;
  if (args.what == collective::allgatherv) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    require_entries(args.receive_displacements, size, "displacements", "ranks");
    require_within(receive_list(call.key), args.receive, "receive");
    if (args.in_place) count = args.receive_counts[rank];
    require(count == args.receive_counts[rank], status::invalid_argument,
            "the send region has {} elements, but counts[{}], this rank's own, is {}", count, rank,
            args.receive_counts[rank]);
  } else {
    require(args.receive.count == count * size, status::invalid_argument,
            "the receive region has {} elements; allgather of {} from each of {} ranks needs {}", args.receive.count,
            count, size, count * size);
    call.signature.count = count;
  }
  return call;
}

void draw_allgather(const communicator_state&, const plan_key& of, draft& made) {
  schedule::shape& shape = made.shape;
  const std::size_t bytes = of.count * of.element;
  made.pairs = of.collective == collective::allgatherv;
  made.covers_out = !made.pairs && !of.in_place;
  if (!made.pairs) made.bytes = shape.block_bytes = bytes;
  shape.receive = edges(made.pairs ? require_apart(blocks(receive_list(of)))
                                   : even_blocks(static_cast<std::size_t>(shape.size), bytes));
  const schedule::block own =
      of.in_place ? shape.receive[static_cast<std::size_t>(shape.rank)].where : schedule::block{0, bytes};
  for (int peer = 0; peer < shape.size; ++peer) shape.send.push_back({peer, own});
}

}  // namespace

const description allgather{validate_allgather, draw_allgather};

}  // namespace clique::collectives
