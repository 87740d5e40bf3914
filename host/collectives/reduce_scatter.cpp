// reduce_scatter and reduce_scatter_block: each rank gets its part of the reduction.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

valid_call validate_reduce_scatter(communicator_state& on, const arguments& args) {
  const std::size_t size = size_of(on);
  valid_call call = begin(on, args, args.receive.type);
  if (!args.in_place) bind(on, call, buffer::in, args.send, "send");
  bind(on, call, buffer::out, args.receive, "receive");
  const std::size_t all = call.key.count = args.in_place ? args.receive.count : args.send.count;
  std::size_t mine = 0;
  if (args.what == collective::reduce_scatter) {
    require_entries(args.receive_counts, size, "counts", "ranks");
    // All ranks must have the same list: their number of elements is not enough to tell.
    std::uint64_t hash = all;
    std::size_t sum = 0;
    for (const std::size_t each : args.receive_counts) {
      hash = (hash ^ each) * 0x9e3779b97f4a7c15u;
      require(each <= all - sum, status::invalid_argument, "the counts add up to more than the {} elements to reduce",
              all);
      sum += each;
    }
    require(sum == all, status::invalid_argument, "the counts add up to {}, but there are {} elements to reduce", sum,
            all);
    call.signature.count = hash;
    mine = args.receive_counts[rank_of(on)];
  } else {
    call.signature.count = mine = part_of(all, size);
  }
  require(args.in_place || args.receive.count == mine, status::invalid_argument,
          "the receive region has {} elements, but this rank's part has {}", args.receive.count, mine);
  require_operator(call);
  return call;
}

void draw_reduce_scatter(const communicator_state& on, const plan_key& of, draft& made) {
  made.bytes = made.shape.vector_bytes = of.count * of.element;
  std::vector<std::size_t>& counts = made.by_mpi.receive_counts;
  if (of.collective == collective::reduce_scatter_block) counts.assign(size_of(on), of.count / size_of(on));
  for (const std::size_t each : counts) made.shape.parts.push_back(each * of.element);
  made.covers_out = !of.in_place;
  made.by_mpi.count = counts[rank_of(on)];
}

}  // namespace

const description reduce_scatter{validate_reduce_scatter, draw_reduce_scatter};

}  // namespace clique::collectives
