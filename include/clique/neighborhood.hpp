// The collectives of neighbourhoods, on communicators with a topology (topology.hpp): Cartesian ones, whose neighbours
// are, for each dimension, first the one in negative and then the one in positive direction, and graphs, whose
// neighbours are those of make_graph(). What collectives.hpp says of all collectives holds for them too: each is called
// by all ranks of the communicator.
//
// A block for each destination and one from each source, in their order; at the border of a dimension that is not
// periodic the block of the missing neighbour is neither sent nor touched. invalid_argument on a communicator without
// topology.
#pragma once

#include <clique/call.hpp>

namespace clique {

// `send` goes to every destination; block i of `receive` comes from source i: receive.count() is send.count() times the
// number of sources. As many elements on all ranks.
CLIQUE_COLLECTIVE(neighbor_allgather, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive), .send = send.region(),
                  .receive = receive.region())

// The same with counts[i] elements of source i at displacements[i] of `receive`.
CLIQUE_COLLECTIVE(neighbor_allgatherv, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, const R& receive, detail::list counts, detail::list displacements),
                  .send = send.region(), .receive = receive.region(), .receive_counts = counts,
                  .receive_displacements = displacements)

// Block j of `send` goes to destination j, block i of `receive` comes from source i; blocks of equal count, the same on
// all ranks.
CLIQUE_COLLECTIVE(neighbor_alltoall, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive), .send = send.region(),
                  .receive = receive.region())

// The same with lists, as in alltoallv; one entry for each destination and each source.
CLIQUE_COLLECTIVE(neighbor_alltoallv, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, detail::list send_counts, detail::list send_displacements, const R& receive,
                   detail::list receive_counts, detail::list receive_displacements),
                  .send = send.region(), .receive = receive.region(), .send_counts = send_counts,
                  .send_displacements = send_displacements, .receive_counts = receive_counts,
                  .receive_displacements = receive_displacements)

// The same with a type for each block and displacements in bytes, as in alltoallw.
CLIQUE_COLLECTIVE(neighbor_alltoallw, CLIQUE_MEMORY_TO_MEMORY,
                  (const S& send, detail::list send_counts, detail::list send_displacements, detail::types send_types,
                   const R& receive, detail::list receive_counts, detail::list receive_displacements,
                   detail::types receive_types),
                  .send = send.region(), .receive = receive.region(), .send_counts = send_counts,
                  .send_displacements = send_displacements, .receive_counts = receive_counts,
                  .receive_displacements = receive_displacements, .send_types = send_types,
                  .receive_types = receive_types)

}  // namespace clique
