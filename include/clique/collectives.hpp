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

namespace detail {
inline arguments barrier() {
  return {.what = collective::barrier};
}
template <device_memory R>
arguments bcast(const R& buffer, int root) {
  return {.what = collective::bcast, .receive = buffer.region(), .root = root};
}
template <class S, class R>
requires send_and_keep<S, R> arguments scatter(const S& send, const R& receive, int root) {
  return {.what = collective::scatter,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<R>,
          .root = root};
}
template <class S, class R>
requires send_and_keep<S, R> arguments scatterv(const S& send, list counts, list displacements, const R& receive,
                                                int root) {
  return {.what = collective::scatterv,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<R>,
          .root = root,
          .send_counts = counts,
          .send_displacements = displacements};
}
template <class S, class R>
requires send_and_receive<S, R> arguments gather(const S& send, const R& receive, int root) {
  return {.what = collective::gather,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .root = root};
}
template <class S, class R>
requires send_and_receive<S, R> arguments gatherv(const S& send, const R& receive, list counts, list displacements,
                                                  int root) {
  return {.what = collective::gatherv,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .root = root,
          .receive_counts = counts,
          .receive_displacements = displacements};
}
template <class S, class R>
requires send_and_receive<S, R> arguments allgather(const S& send, const R& receive) {
  return {
      .what = collective::allgather, .send = send.region(), .receive = receive.region(), .in_place = is_in_place<S>};
}
template <class S, class R>
requires send_and_receive<S, R> arguments allgatherv(const S& send, const R& receive, list counts, list displacements) {
  return {.what = collective::allgatherv,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .receive_counts = counts,
          .receive_displacements = displacements};
}
template <class S, class R>
requires send_and_receive<S, R> arguments alltoall(const S& send, const R& receive) {
  return {.what = collective::alltoall, .send = send.region(), .receive = receive.region(), .in_place = is_in_place<S>};
}
template <class S, class R>
requires send_and_receive<S, R> arguments alltoallv(const S& send, list send_counts, list send_displacements,
                                                    const R& receive, list receive_counts, list receive_displacements) {
  return {.what = collective::alltoallv,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .send_counts = send_counts,
          .send_displacements = send_displacements,
          .receive_counts = receive_counts,
          .receive_displacements = receive_displacements};
}
template <class S, class R>
requires device_memory_or_in_place<S> && device_memory<R> arguments alltoallw(const S& send, list send_counts,
                                                                              list send_displacements, types send_types,
                                                                              const R& receive, list receive_counts,
                                                                              list receive_displacements,
                                                                              types receive_types) {
  return {.what = collective::alltoallw,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .send_counts = send_counts,
          .send_displacements = send_displacements,
          .receive_counts = receive_counts,
          .receive_displacements = receive_displacements,
          .send_types = send_types,
          .receive_types = receive_types};
}
}  // namespace detail

// No rank returns before all have called. The commands in a rank's queue before it are done when it arrives.
inline void barrier(communicator& comm, const call& how = {}) {
  detail::run(comm, detail::barrier(), how);
}
[[nodiscard]] inline request ibarrier(communicator& comm, const call& how = {}) {
  return detail::start(comm, detail::barrier(), how);
}
[[nodiscard]] inline persistent barrier_init(communicator& comm, const call& how = {}) {
  return detail::prepare(comm, detail::barrier(), how);
}

// The root's buffer is copied to all; as many elements on every rank.
template <detail::device_memory R>
void bcast(communicator& comm, const R& buffer, int root, const call& how = {}) {
  detail::run(comm, detail::bcast(buffer, root), how);
}
template <detail::device_memory R>
[[nodiscard]] request ibcast(communicator& comm, const R& buffer, int root, const call& how = {}) {
  return detail::start(comm, detail::bcast(buffer, root), how);
}
template <detail::device_memory R>
[[nodiscard]] persistent bcast_init(communicator& comm, const R& buffer, int root, const call& how = {}) {
  return detail::prepare(comm, detail::bcast(buffer, root), how);
}

// Block i of the root's `send` goes to rank i: at the root send.count() is size() * receive.count(), elsewhere `send`
// is not looked at. At the root `receive` may be clique::in_place: its own block stays where it is.
template <class S, class R>
requires detail::send_and_keep<S, R>
void scatter(communicator& comm, const S& send, const R& receive, int root, const call& how = {}) {
  detail::run(comm, detail::scatter(send, receive, root), how);
}
template <class S, class R>
requires detail::send_and_keep<S, R>
[[nodiscard]] request iscatter(communicator& comm, const S& send, const R& receive, int root, const call& how = {}) {
  return detail::start(comm, detail::scatter(send, receive, root), how);
}
template <class S, class R>
requires detail::send_and_keep<S, R>
[[nodiscard]] persistent scatter_init(communicator& comm, const S& send, const R& receive, int root,
                                      const call& how = {}) {
  return detail::prepare(comm, detail::scatter(send, receive, root), how);
}

// The same with counts[i] elements from displacements[i] of the root's `send` on for rank i, whose receive.count() that
// is. `send` and the lists are looked at on the root alone.
template <class S, class R>
requires detail::send_and_keep<S, R>
void scatterv(communicator& comm, const S& send, detail::list counts, detail::list displacements, const R& receive,
              int root, const call& how = {}) {
  detail::run(comm, detail::scatterv(send, counts, displacements, receive, root), how);
}
template <class S, class R>
requires detail::send_and_keep<S, R>
[[nodiscard]] request iscatterv(communicator& comm, const S& send, detail::list counts, detail::list displacements,
                                const R& receive, int root, const call& how = {}) {
  return detail::start(comm, detail::scatterv(send, counts, displacements, receive, root), how);
}
template <class S, class R>
requires detail::send_and_keep<S, R>
[[nodiscard]] persistent scatterv_init(communicator& comm, const S& send, detail::list counts,
                                       detail::list displacements, const R& receive, int root, const call& how = {}) {
  return detail::prepare(comm, detail::scatterv(send, counts, displacements, receive, root), how);
}

// Each rank's `send` becomes block i of the root's `receive`: there receive.count() is size() * send.count(), elsewhere
// `receive` is not looked at. At the root `send` may be clique::in_place: its block stands there already.
template <class S, class R>
requires detail::send_and_receive<S, R>
void gather(communicator& comm, const S& send, const R& receive, int root, const call& how = {}) {
  detail::run(comm, detail::gather(send, receive, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request igather(communicator& comm, const S& send, const R& receive, int root, const call& how = {}) {
  return detail::start(comm, detail::gather(send, receive, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent gather_init(communicator& comm, const S& send, const R& receive, int root,
                                     const call& how = {}) {
  return detail::prepare(comm, detail::gather(send, receive, root), how);
}

// The same with rank i's send.count() == counts[i] elements at displacements[i] of the root's `receive`. `receive` and
// the lists are looked at on the root alone. Received blocks must not overlap.
template <class S, class R>
requires detail::send_and_receive<S, R>
void gatherv(communicator& comm, const S& send, const R& receive, detail::list counts, detail::list displacements,
             int root, const call& how = {}) {
  detail::run(comm, detail::gatherv(send, receive, counts, displacements, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request igatherv(communicator& comm, const S& send, const R& receive, detail::list counts,
                               detail::list displacements, int root, const call& how = {}) {
  return detail::start(comm, detail::gatherv(send, receive, counts, displacements, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent gatherv_init(communicator& comm, const S& send, const R& receive, detail::list counts,
                                      detail::list displacements, int root, const call& how = {}) {
  return detail::prepare(comm, detail::gatherv(send, receive, counts, displacements, root), how);
}

// Rank i's `send` becomes block i of every rank's `receive`: receive.count() is size() * send.count(). With
// clique::in_place for `send` each rank's block stands in `receive` already.
template <class S, class R>
requires detail::send_and_receive<S, R>
void allgather(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  detail::run(comm, detail::allgather(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request iallgather(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::start(comm, detail::allgather(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent allgather_init(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::prepare(comm, detail::allgather(send, receive), how);
}

// The same with counts[i] elements of rank i at displacements[i] of `receive`; its send.count() is that. Received
// blocks must not overlap.
template <class S, class R>
requires detail::send_and_receive<S, R>
void allgatherv(communicator& comm, const S& send, const R& receive, detail::list counts, detail::list displacements,
                const call& how = {}) {
  detail::run(comm, detail::allgatherv(send, receive, counts, displacements), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request iallgatherv(communicator& comm, const S& send, const R& receive, detail::list counts,
                                  detail::list displacements, const call& how = {}) {
  return detail::start(comm, detail::allgatherv(send, receive, counts, displacements), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent allgatherv_init(communicator& comm, const S& send, const R& receive, detail::list counts,
                                         detail::list displacements, const call& how = {}) {
  return detail::prepare(comm, detail::allgatherv(send, receive, counts, displacements), how);
}

// Block j of `send` goes to rank j, block i of `receive` comes from rank i. Both have size() blocks of equal count:
// send.count() == receive.count(), a multiple of size(), and the same on all ranks. `send` may be clique::in_place.
template <class S, class R>
requires detail::send_and_receive<S, R>
void alltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  detail::run(comm, detail::alltoall(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ialltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::start(comm, detail::alltoall(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent alltoall_init(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::prepare(comm, detail::alltoall(send, receive), how);
}

// send_counts[j] elements from send_displacements[j] of `send` go to rank j; receive_counts[i] elements from rank i
// come to receive_displacements[i] of `receive`. What i sends to j must be what j expects from i. Received blocks must
// not overlap. With clique::in_place for `send` the send lists are not looked at: block j of `receive` is exchanged
// with rank j.
template <class S, class R>
requires detail::send_and_receive<S, R>
void alltoallv(communicator& comm, const S& send, detail::list send_counts, detail::list send_displacements,
               const R& receive, detail::list receive_counts, detail::list receive_displacements,
               const call& how = {}) {
  detail::run(comm,
              detail::alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
              how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ialltoallv(communicator& comm, const S& send, detail::list send_counts,
                                 detail::list send_displacements, const R& receive, detail::list receive_counts,
                                 detail::list receive_displacements, const call& how = {}) {
  return detail::start(
      comm, detail::alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
      how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent alltoallv_init(communicator& comm, const S& send, detail::list send_counts,
                                        detail::list send_displacements, const R& receive, detail::list receive_counts,
                                        detail::list receive_displacements, const call& how = {}) {
  return detail::prepare(
      comm, detail::alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
      how);
}

// As alltoallv with a type for each block: counts in elements of send_types[j] or receive_types[i], displacements in
// bytes from the start of the two regions, whose own types say only how many bytes they have. What i sends to j must be
// what j expects from i, in count and type.
template <class S, class R>
requires detail::device_memory_or_in_place<S> && detail::device_memory<R>
void alltoallw(communicator& comm, const S& send, detail::list send_counts, detail::list send_displacements,
               detail::types send_types, const R& receive, detail::list receive_counts,
               detail::list receive_displacements, detail::types receive_types, const call& how = {}) {
  detail::run(comm,
              detail::alltoallw(send, send_counts, send_displacements, send_types, receive, receive_counts,
                                receive_displacements, receive_types),
              how);
}
template <class S, class R>
requires detail::device_memory_or_in_place<S> && detail::device_memory<R>
[[nodiscard]] request ialltoallw(communicator& comm, const S& send, detail::list send_counts,
                                 detail::list send_displacements, detail::types send_types, const R& receive,
                                 detail::list receive_counts, detail::list receive_displacements,
                                 detail::types receive_types, const call& how = {}) {
  return detail::start(comm,
                       detail::alltoallw(send, send_counts, send_displacements, send_types, receive, receive_counts,
                                         receive_displacements, receive_types),
                       how);
}
template <class S, class R>
requires detail::device_memory_or_in_place<S> && detail::device_memory<R>
[[nodiscard]] persistent alltoallw_init(communicator& comm, const S& send, detail::list send_counts,
                                        detail::list send_displacements, detail::types send_types, const R& receive,
                                        detail::list receive_counts, detail::list receive_displacements,
                                        detail::types receive_types, const call& how = {}) {
  return detail::prepare(comm,
                         detail::alltoallw(send, send_counts, send_displacements, send_types, receive, receive_counts,
                                           receive_displacements, receive_types),
                         how);
}

}  // namespace clique
