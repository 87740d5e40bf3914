// The reductions. What collectives.hpp says of all collectives holds for them too.
//
// The same bits every time: the elements of ranks 0 .. n-1 are combined in one association, the balanced binary tree
// over the ranks in their order that splits n at the largest power of two below it, whatever the algorithm, the size,
// the transport and the place where it runs. So operators need not be commutative, and need not be exactly associative
// to give equal results on every rank and in every run. What each operator does with NaN, zeros and overflow:
// reduce_op.hpp. An operator that does not fit the type is an error (invalid_argument); one of the user's that does not
// compile too (build_failure), on all ranks.
#pragma once

#include <clique/call.hpp>

namespace clique {

// Element k of the root's `receive` becomes the reduction of all ranks' send[k]. As many elements on all ranks;
// `receive` is looked at on the root alone, where `send` may be clique::in_place: its elements stand in `receive`.
CLIQUE_COLLECTIVE(reduce, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, const reduce_op& op, int root),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .root = root,
                  .op = &op)

// The same on every rank. `send` may be clique::in_place.
CLIQUE_COLLECTIVE(allreduce, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, const reduce_op& op),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .op = &op)

// The reduction of all ranks' `send`, of which rank i gets the i-th part, of counts[i] elements: send.count() is their
// sum, receive.count() the rank's own, and `counts` the same on all ranks. In place all elements stand in `receive`,
// and the part comes to its start; what follows is then undefined.
CLIQUE_COLLECTIVE(reduce_scatter, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, const R& receive, detail::list counts, const reduce_op& op), .send = send.region(),
                  .receive = receive.region(), .in_place = detail::is_in_place<S>, .op = &op, .receive_counts = counts)

// The same with equal parts: send.count() is size() * receive.count(). In place receive.count() is that of all parts.
CLIQUE_COLLECTIVE(reduce_scatter_block, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, const reduce_op& op),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .op = &op)

// Rank r gets the reduction over ranks 0 .. r. `send` may be clique::in_place.
CLIQUE_COLLECTIVE(scan, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, const reduce_op& op),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .op = &op)

// Rank r gets the reduction over ranks 0 .. r-1. Rank 0 gets the operator's identity; of a user's operator that has
// none, it keeps what its `receive` holds.
CLIQUE_COLLECTIVE(exscan, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, const reduce_op& op),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .op = &op)

}  // namespace clique
