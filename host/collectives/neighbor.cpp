// The collectives of neighbourhoods: blocks to the destinations and from the sources of this rank's topology.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

bool has_lists(collective what) {
  return what != collective::neighbor_allgather && what != collective::neighbor_alltoall;
}
bool gathers(collective what) {
  return what == collective::neighbor_allgather || what == collective::neighbor_allgatherv;
}

valid_call validate_neighbor(communicator_state& on, const arguments& args) {
  const neighborhood* const around = on.neighbors();
  require(around != nullptr, status::invalid_argument, "{} on a communicator without topology (see topology.hpp)",
          name(args.what));
  const std::size_t sources = around->sources.size(), destinations = around->destinations.size();
  const bool typed = args.what == collective::neighbor_alltoallw;
  valid_call call = begin(on, args, typed ? datatype::uint8 : args.receive.type);
  bind(on, call, buffer::in, args.send, "send");
  bind(on, call, buffer::out, args.receive, "receive");
  std::size_t& count = call.key.count = args.send.count;
  if (!gathers(args.what) && !has_lists(args.what)) {
    require(destinations == 0 || count % destinations == 0, status::invalid_argument,
            "{} elements are not a multiple of the {} destinations", count, destinations);
    if (destinations != 0)
      count /= destinations;
    else if (sources != 0)
      count = args.receive.count / sources;
  } else if (!gathers(args.what)) {
    require_entries(args.send_counts, destinations, "counts", "send");
    require_entries(args.send_displacements, destinations, "displacements", "send");
    if (typed) require_types(args.send_types, destinations, "send");
    require_within(send_list(call.key), args.send, "send");
  }
  if (has_lists(args.what)) {
    require_entries(args.receive_counts, sources, "counts", "receive");
    require_entries(args.receive_displacements, sources, "displacements", "receive");
    if (typed) require_types(args.receive_types, sources, "receive");
    require_within(receive_list(call.key), args.receive, "receive");
  } else {
    require(args.receive.count == count * sources, status::invalid_argument,
            "the receive region has {} elements; {} from each of {} sources needs {}", args.receive.count, count,
            sources, count * sources);
    call.signature.count = count;
  }
  return call;
}

// The edges of those neighbours that there are, in `order`.
std::vector<schedule::edge> joined(const std::vector<int>& peers, const std::vector<schedule::block>& of,
                                   const std::vector<int>* order) {
  std::vector<schedule::edge> result;
  for (std::size_t k = 0; k < peers.size(); ++k) {
    const std::size_t at = order == nullptr ? k : static_cast<std::size_t>((*order)[k]);
    if (peers[at] >= 0) result.push_back({peers[at], of[at]});
  }
  return result;
}

void draw_neighbor(const communicator_state& on, const plan_key& of, draft& made) {
  const neighborhood& around = *on.neighbors();
  const std::size_t sources = around.sources.size(), destinations = around.destinations.size();
  const std::size_t bytes = of.count * of.element;
  made.pairs = has_lists(of.collective);
  const std::vector<schedule::block> send = gathers(of.collective)
                                                ? std::vector(destinations, schedule::block{0, bytes})
                                            : made.pairs ? blocks(send_list(of))
                                                         : even_blocks(destinations, bytes);
  made.shape.send = joined(around.destinations, send, nullptr);
  made.shape.receive =
      joined(around.sources, made.pairs ? require_apart(blocks(receive_list(of))) : even_blocks(sources, bytes),
             &around.order);
  for (std::size_t k = 0; k < of.send_types().size(); ++k) {
    if (around.destinations[k] >= 0) made.send_types.push_back(of.send_types()[k]);
  }
  for (std::size_t k = 0; k < of.receive_types().size(); ++k) {
    const auto at = static_cast<std::size_t>(around.order[k]);
    if (around.sources[at] >= 0) made.receive_types.push_back(of.receive_types()[at]);
  }
}

}  // namespace

const description neighbor{validate_neighbor, draw_neighbor};

}  // namespace clique::collectives
