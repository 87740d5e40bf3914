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

namespace detail {
template <class S, class R>
requires send_and_receive<S, R> arguments reduce(const S& send, const R& receive, const reduce_op& op, int root) {
  return {.what = collective::reduce,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .root = root,
          .op = &op};
}
template <class S, class R>
requires send_and_receive<S, R> arguments allreduce(const S& send, const R& receive, const reduce_op& op) {
  return {.what = collective::allreduce,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .op = &op};
}
template <class S, class R>
requires send_and_receive<S, R> arguments reduce_scatter(const S& send, const R& receive, list counts,
                                                         const reduce_op& op) {
  return {.what = collective::reduce_scatter,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .op = &op,
          .receive_counts = counts};
}
template <class S, class R>
requires send_and_receive<S, R> arguments reduce_scatter_block(const S& send, const R& receive, const reduce_op& op) {
  return {.what = collective::reduce_scatter_block,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .op = &op};
}
template <class S, class R>
requires send_and_receive<S, R> arguments scan(const S& send, const R& receive, const reduce_op& op) {
  return {.what = collective::scan,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .op = &op};
}
template <class S, class R>
requires send_and_receive<S, R> arguments exscan(const S& send, const R& receive, const reduce_op& op) {
  return {.what = collective::exscan,
          .send = send.region(),
          .receive = receive.region(),
          .in_place = is_in_place<S>,
          .op = &op};
}
}  // namespace detail

// Element k of the root's `receive` becomes the reduction of all ranks' send[k]. As many elements on all ranks;
// `receive` is looked at on the root alone, where `send` may be clique::in_place: its elements stand in `receive`.
template <class S, class R>
requires detail::send_and_receive<S, R>
void reduce(communicator& comm, const S& send, const R& receive, const reduce_op& op, int root, const call& how = {}) {
  detail::run(comm, detail::reduce(send, receive, op, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ireduce(communicator& comm, const S& send, const R& receive, const reduce_op& op, int root,
                              const call& how = {}) {
  return detail::start(comm, detail::reduce(send, receive, op, root), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent reduce_init(communicator& comm, const S& send, const R& receive, const reduce_op& op, int root,
                                     const call& how = {}) {
  return detail::prepare(comm, detail::reduce(send, receive, op, root), how);
}

// The same on every rank. `send` may be clique::in_place.
template <class S, class R>
requires detail::send_and_receive<S, R>
void allreduce(communicator& comm, const S& send, const R& receive, const reduce_op& op, const call& how = {}) {
  detail::run(comm, detail::allreduce(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request iallreduce(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                                 const call& how = {}) {
  return detail::start(comm, detail::allreduce(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent allreduce_init(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                                        const call& how = {}) {
  return detail::prepare(comm, detail::allreduce(send, receive, op), how);
}

// The reduction of all ranks' `send`, of which rank i gets the i-th part, of counts[i] elements: send.count() is their
// sum, receive.count() the rank's own, and `counts` the same on all ranks. In place all elements stand in `receive`,
// and the part comes to its start; what follows is then undefined.
template <class S, class R>
requires detail::send_and_receive<S, R>
void reduce_scatter(communicator& comm, const S& send, const R& receive, detail::list counts, const reduce_op& op,
                    const call& how = {}) {
  detail::run(comm, detail::reduce_scatter(send, receive, counts, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ireduce_scatter(communicator& comm, const S& send, const R& receive, detail::list counts,
                                      const reduce_op& op, const call& how = {}) {
  return detail::start(comm, detail::reduce_scatter(send, receive, counts, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent reduce_scatter_init(communicator& comm, const S& send, const R& receive, detail::list counts,
                                             const reduce_op& op, const call& how = {}) {
  return detail::prepare(comm, detail::reduce_scatter(send, receive, counts, op), how);
}

// The same with equal parts: send.count() is size() * receive.count(). In place receive.count() is that of all parts.
template <class S, class R>
requires detail::send_and_receive<S, R>
void reduce_scatter_block(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                          const call& how = {}) {
  detail::run(comm, detail::reduce_scatter_block(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ireduce_scatter_block(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                                            const call& how = {}) {
  return detail::start(comm, detail::reduce_scatter_block(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent reduce_scatter_block_init(communicator& comm, const S& send, const R& receive,
                                                   const reduce_op& op, const call& how = {}) {
  return detail::prepare(comm, detail::reduce_scatter_block(send, receive, op), how);
}

// Rank r gets the reduction over ranks 0 .. r. `send` may be clique::in_place.
template <class S, class R>
requires detail::send_and_receive<S, R>
void scan(communicator& comm, const S& send, const R& receive, const reduce_op& op, const call& how = {}) {
  detail::run(comm, detail::scan(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request iscan(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                            const call& how = {}) {
  return detail::start(comm, detail::scan(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent scan_init(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                                   const call& how = {}) {
  return detail::prepare(comm, detail::scan(send, receive, op), how);
}

// Rank r gets the reduction over ranks 0 .. r-1. Rank 0 gets the operator's identity; of a user's operator that has
// none, it keeps what its `receive` holds.
template <class S, class R>
requires detail::send_and_receive<S, R>
void exscan(communicator& comm, const S& send, const R& receive, const reduce_op& op, const call& how = {}) {
  detail::run(comm, detail::exscan(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request iexscan(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                              const call& how = {}) {
  return detail::start(comm, detail::exscan(send, receive, op), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] persistent exscan_init(communicator& comm, const S& send, const R& receive, const reduce_op& op,
                                     const call& how = {}) {
  return detail::prepare(comm, detail::exscan(send, receive, op), how);
}

}  // namespace clique
