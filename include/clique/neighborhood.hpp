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

namespace detail {
template <class S, class R>
requires send_and_receive<S, R> arguments neighbor_allgather(const S& send, const R& receive) {
  return {.what = collective::neighbor_allgather, .send = send.region(), .receive = receive.region()};
}
template <class S, class R>
requires send_and_receive<S, R> arguments neighbor_allgatherv(const S& send, const R& receive, list counts,
                                                              list displacements) {
  return {.what = collective::neighbor_allgatherv,
          .send = send.region(),
          .receive = receive.region(),
          .receive_counts = counts,
          .receive_displacements = displacements};
}
template <class S, class R>
requires send_and_receive<S, R> arguments neighbor_alltoall(const S& send, const R& receive) {
  return {.what = collective::neighbor_alltoall, .send = send.region(), .receive = receive.region()};
}
template <class S, class R>
requires send_and_receive<S, R> arguments neighbor_alltoallv(const S& send, list send_counts, list send_displacements,
                                                             const R& receive, list receive_counts,
                                                             list receive_displacements) {
  return {.what = collective::neighbor_alltoallv,
          .send = send.region(),
          .receive = receive.region(),
          .send_counts = send_counts,
          .send_displacements = send_displacements,
          .receive_counts = receive_counts,
          .receive_displacements = receive_displacements};
}
template <device_memory S, device_memory R>
arguments neighbor_alltoallw(const S& send, list send_counts, list send_displacements, types send_types,
                             const R& receive, list receive_counts, list receive_displacements, types receive_types) {
  return {.what = collective::neighbor_alltoallw,
          .send = send.region(),
          .receive = receive.region(),
          .send_counts = send_counts,
          .send_displacements = send_displacements,
          .receive_counts = receive_counts,
          .receive_displacements = receive_displacements,
          .send_types = send_types,
          .receive_types = receive_types};
}
}  // namespace detail

// `send` goes to every destination; block i of `receive` comes from source i: receive.count() is send.count() times the
// number of sources. As many elements on all ranks.
template <class S, class R>
requires detail::send_and_receive<S, R>
void neighbor_allgather(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  detail::run(comm, detail::neighbor_allgather(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ineighbor_allgather(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::start(comm, detail::neighbor_allgather(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent neighbor_allgather_init(communicator& comm, const S& send, const R& receive,
                                                 const call& how = {}) {
  return detail::prepare(comm, detail::neighbor_allgather(send, receive), how);
}

// The same with counts[i] elements of source i at displacements[i] of `receive`.
template <class S, class R>
requires detail::send_and_receive<S, R>
void neighbor_allgatherv(communicator& comm, const S& send, const R& receive, detail::list counts,
                         detail::list displacements, const call& how = {}) {
  detail::run(comm, detail::neighbor_allgatherv(send, receive, counts, displacements), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ineighbor_allgatherv(communicator& comm, const S& send, const R& receive, detail::list counts,
                                           detail::list displacements, const call& how = {}) {
  return detail::start(comm, detail::neighbor_allgatherv(send, receive, counts, displacements), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent neighbor_allgatherv_init(communicator& comm, const S& send, const R& receive,
                                                  detail::list counts, detail::list displacements,
                                                  const call& how = {}) {
  return detail::prepare(comm, detail::neighbor_allgatherv(send, receive, counts, displacements), how);
}

// Block j of `send` goes to destination j, block i of `receive` comes from source i; blocks of equal count, the same on
// all ranks.
template <class S, class R>
requires detail::send_and_receive<S, R>
void neighbor_alltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  detail::run(comm, detail::neighbor_alltoall(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ineighbor_alltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::start(comm, detail::neighbor_alltoall(send, receive), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent neighbor_alltoall_init(communicator& comm, const S& send, const R& receive,
                                                const call& how = {}) {
  return detail::prepare(comm, detail::neighbor_alltoall(send, receive), how);
}

// The same with lists, as in alltoallv; one entry for each destination and each source.
template <class S, class R>
requires detail::send_and_receive<S, R>
void neighbor_alltoallv(communicator& comm, const S& send, detail::list send_counts, detail::list send_displacements,
                        const R& receive, detail::list receive_counts, detail::list receive_displacements,
                        const call& how = {}) {
  detail::run(
      comm,
      detail::neighbor_alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
      how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ineighbor_alltoallv(communicator& comm, const S& send, detail::list send_counts,
                                          detail::list send_displacements, const R& receive,
                                          detail::list receive_counts, detail::list receive_displacements,
                                          const call& how = {}) {
  return detail::start(
      comm,
      detail::neighbor_alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
      how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent neighbor_alltoallv_init(communicator& comm, const S& send, detail::list send_counts,
                                                 detail::list send_displacements, const R& receive,
                                                 detail::list receive_counts, detail::list receive_displacements,
                                                 const call& how = {}) {
  return detail::prepare(
      comm,
      detail::neighbor_alltoallv(send, send_counts, send_displacements, receive, receive_counts, receive_displacements),
      how);
}

// The same with a type for each block and displacements in bytes, as in alltoallw.
template <detail::device_memory S, detail::device_memory R>
void neighbor_alltoallw(communicator& comm, const S& send, detail::list send_counts, detail::list send_displacements,
                        detail::types send_types, const R& receive, detail::list receive_counts,
                        detail::list receive_displacements, detail::types receive_types, const call& how = {}) {
  detail::run(comm,
              detail::neighbor_alltoallw(send, send_counts, send_displacements, send_types, receive, receive_counts,
                                         receive_displacements, receive_types),
              how);
}
template <detail::device_memory S, detail::device_memory R>
[[nodiscard]] request ineighbor_alltoallw(communicator& comm, const S& send, detail::list send_counts,
                                          detail::list send_displacements, detail::types send_types, const R& receive,
                                          detail::list receive_counts, detail::list receive_displacements,
                                          detail::types receive_types, const call& how = {}) {
  return detail::start(comm,
                       detail::neighbor_alltoallw(send, send_counts, send_displacements, send_types, receive,
                                                  receive_counts, receive_displacements, receive_types),
                       how);
}
template <detail::device_memory S, detail::device_memory R>
[[nodiscard]] persistent neighbor_alltoallw_init(communicator& comm, const S& send, detail::list send_counts,
                                                 detail::list send_displacements, detail::types send_types,
                                                 const R& receive, detail::list receive_counts,
                                                 detail::list receive_displacements, detail::types receive_types,
                                                 const call& how = {}) {
  return detail::prepare(comm,
                         detail::neighbor_alltoallw(send, send_counts, send_displacements, send_types, receive,
                                                    receive_counts, receive_displacements, receive_types),
                         how);
}

}  // namespace clique
