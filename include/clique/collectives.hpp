// The collectives that move data, and barrier. Reductions: reductions.hpp; those of neighbourhoods: neighborhood.hpp.
//
// Every rank of the communicator must call the same ones in the same order. Counts and displacements are in elements;
// any may be zero. Regions must not overlap each other. A collective begins on a rank when the commands enqueued so far
// in the communicator's queue and the events of call::wait_list are done.
//
// Each comes in three forms. The blocking one (bcast) returns when the received data is there for kernels enqueued
// afterwards and the send buffer may be changed. The non-blocking one (ibcast) returns at once, and both hold when its
// request is done. The persistent one (bcast_init) is a collective call itself, which blocks until all ranks have
// agreed on it and built what it needs; then each start() is a non-blocking call (request.hpp says in which order).
// Buffers of the latter two are retained, lists are copied.
//
// Buffers: any cl_mem buffer of the device's context, parts of others too. One that the host may not read or write
// (CL_MEM_HOST_NO_ACCESS and its like) takes part by a copy on the device.
//
// Errors. Before anything has moved, and the communicator works on: invalid_argument, mismatch, unsupported,
// out_of_memory, build_failure, and opencl_failure where the device has failed by then (an event of the wait list),
// the same on all ranks. After that, and the communicator is poisoned: opencl_failure, mpi_failure, timeout. Where all
// ranks share memory, all throw it in this call; over messages a rank that is done with the call throws it in its next
// one, as it is or as `poisoned`. What else is in flight ends with it. For all this every collective waits for all
// ranks to arrive, also where only some exchange data.
#pragma once

#include <clique/call.hpp>

namespace clique {

// No rank returns before all have called. The commands in a rank's queue before it are done when it arrives.
CLIQUE_COLLECTIVE(barrier, , ())

// The root's buffer is copied to all; as many elements on every rank.
CLIQUE_COLLECTIVE(bcast, template <detail::device_memory R>, (const R& buffer, int root), .receive = buffer.region(),
                  .root = root)

// Block i of the root's `send` goes to rank i: at the root send.count() is size() * receive.count(), elsewhere `send`
// is not looked at. At the root `receive` may be clique::in_place: its own block stays where it is.
CLIQUE_COLLECTIVE(scatter, CLIQUE_SEND_AND_KEEP, (const S& send, const R& receive, int root), .send = send.region(),
                  .receive = receive.region(), .in_place = detail::is_in_place<R>, .root = root)

// The same with counts[i] elements from displacements[i] of the root's `send` on for rank i, whose receive.count() that
// is. `send` and the lists are looked at on the root alone.
CLIQUE_COLLECTIVE(scatterv, CLIQUE_SEND_AND_KEEP,
                  (const S& send, detail::list counts, detail::list displacements, const R& receive, int root),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<R>, .root = root,
                  .send_counts = counts, .send_displacements = displacements)

// Each rank's `send` becomes block i of the root's `receive`: there receive.count() is size() * send.count(), elsewhere
// `receive` is not looked at. At the root `send` may be clique::in_place: its block stands there already.
CLIQUE_COLLECTIVE(gather, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive, int root), .send = send.region(),
                  .receive = receive.region(), .in_place = detail::is_in_place<S>, .root = root)

// The same with rank i's send.count() == counts[i] elements at displacements[i] of the root's `receive`. `receive` and
// the lists are looked at on the root alone. Received blocks must not overlap.
CLIQUE_COLLECTIVE(gatherv, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, const R& receive, detail::list counts, detail::list displacements, int root),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>, .root = root,
                  .receive_counts = counts, .receive_displacements = displacements)

// Rank i's `send` becomes block i of every rank's `receive`: receive.count() is size() * send.count(). With
// clique::in_place for `send` each rank's block stands in `receive` already.
CLIQUE_COLLECTIVE(allgather, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive), .send = send.region(),
                  .receive = receive.region(), .in_place = detail::is_in_place<S>)

// The same with counts[i] elements of rank i at displacements[i] of `receive`; its send.count() is that. Received
// blocks must not overlap.
CLIQUE_COLLECTIVE(allgatherv, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, const R& receive, detail::list counts, detail::list displacements),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>,
                  .receive_counts = counts, .receive_displacements = displacements)

// Block j of `send` goes to rank j, block i of `receive` comes from rank i. Both have size() blocks of equal count:
// send.count() == receive.count(), a multiple of size(), and the same on all ranks. `send` may be clique::in_place.
CLIQUE_COLLECTIVE(alltoall, CLIQUE_SEND_AND_RECEIVE, (const S& send, const R& receive), .send = send.region(),
                  .receive = receive.region(), .in_place = detail::is_in_place<S>)

// send_counts[j] elements from send_displacements[j] of `send` go to rank j; receive_counts[i] elements from rank i
// come to receive_displacements[i] of `receive`. What i sends to j must be what j expects from i. Received blocks must
// not overlap. With clique::in_place for `send` the send lists are not looked at: block j of `receive` is exchanged
// with rank j.
CLIQUE_COLLECTIVE(alltoallv, CLIQUE_SEND_AND_RECEIVE,
                  (const S& send, detail::list send_counts, detail::list send_displacements, const R& receive,
                   detail::list receive_counts, detail::list receive_displacements),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>,
                  .send_counts = send_counts, .send_displacements = send_displacements,
                  .receive_counts = receive_counts, .receive_displacements = receive_displacements)

// As alltoallv with a type for each block: counts in elements of send_types[j] or receive_types[i], displacements in
// bytes from the start of the two regions, whose own types say only how many bytes they have. What i sends to j must be
// what j expects from i, in count and type.
CLIQUE_COLLECTIVE(alltoallw, CLIQUE_SEND_AND_RECEIVE_TYPED,
                  (const S& send, detail::list send_counts, detail::list send_displacements, detail::types send_types,
                   const R& receive, detail::list receive_counts, detail::list receive_displacements,
                   detail::types receive_types),
                  .send = send.region(), .receive = receive.region(), .in_place = detail::is_in_place<S>,
                  .send_counts = send_counts, .send_displacements = send_displacements,
                  .receive_counts = receive_counts, .receive_displacements = receive_displacements,
                  .send_types = send_types, .receive_types = receive_types)

}  // namespace clique
