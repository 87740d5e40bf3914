// The collectives of neighbourhoods: blocks to the destinations and from the sources of this rank's topology.
#include "collectives/planning.hpp"

namespace clique::collectives {
namespace {

// Of each block: with a list of its own, or one size for all.
std::vector<schedule::block> side(const arguments& args, const region& in, detail::list counts,
                                  detail::list displacements, detail::types types, std::size_t neighbors,
                                  std::size_t element, const char* what) {
  require_entries(counts, neighbors, "counts", what);
  require_entries(displacements, neighbors, "displacements", what);
  return args.what == collective::neighbor_alltoallw
             ? blocks(counts, displacements, types, detail::bytes_of(in.count, in.type), what)
             : blocks(counts, displacements, in.count, element, what);
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

}  // namespace

plan_ref neighbor(call_frame& frame, const arguments& args) {
  const neighborhood* const around = frame.neighbors();
  require(around != nullptr, status::invalid_argument, "{} on a communicator without topology (see topology.hpp)",
          name(args.what));
  const std::size_t sources = around->sources.size(), destinations = around->destinations.size();
  const std::size_t element = size_of(frame.type());
  frame.bind(schedule::buffer::in, args.send, "send");
  frame.bind(schedule::buffer::out, args.receive, "receive");
  const bool gathers = args.what == collective::neighbor_allgather || args.what == collective::neighbor_allgatherv;
  const bool lists = args.what != collective::neighbor_allgather && args.what != collective::neighbor_alltoall;

  std::vector<schedule::block> send, receive;
  std::size_t count = args.send.count;
  if (!gathers && !lists) {
    require(destinations == 0 || count % destinations == 0, status::invalid_argument,
            "{} elements are not a multiple of the {} destinations", count, destinations);
    if (destinations != 0)
      count /= destinations;
    else if (sources != 0)
      count = args.receive.count / sources;
  }
  if (gathers) {
    send.assign(destinations, {0, count * element});
  } else if (lists) {
    send = side(args, args.send, args.send_counts, args.send_displacements, args.send_types, destinations, element,
                "send");
  } else {
    send = even_blocks(destinations, count * element);
  }
  if (lists) {
    receive = side(args, args.receive, args.receive_counts, args.receive_displacements, args.receive_types, sources,
                   element, "receive");
    require_apart(receive);
  } else {
    require(args.receive.count == count * sources, status::invalid_argument,
            "the receive region has {} elements; {} from each of {} sources needs {}", args.receive.count, count,
            sources, count * sources);
    receive = even_blocks(sources, count * element);
    frame.signature().count = count;
  }
  return plan(frame, args, count, [&](draft& made) {
    made.pairs = lists;
    made.shape.send = joined(around->destinations, send, nullptr);
    made.shape.receive = joined(around->sources, receive, &around->order);
    for (std::size_t k = 0; k < args.send_types.size(); ++k) {
      if (around->destinations[k] >= 0) made.send_types.push_back(args.send_types[k]);
    }
    for (std::size_t k = 0; k < args.receive_types.size(); ++k) {
      const auto at = static_cast<std::size_t>(around->order[k]);
      if (around->sources[at] >= 0) made.receive_types.push_back(args.receive_types[at]);
    }
  });
}

}  // namespace clique::collectives
