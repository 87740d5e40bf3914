// The collectives. Every rank of the communicator must call the same ones in the same order.
//
// Counts and displacements are in elements; any may be zero. Regions must not overlap each other. A collective begins
// on a rank when the commands enqueued so far in the communicator's queue and the events of call::wait_list are done.
// The blocking form returns when the received data is there for kernels enqueued afterwards and the send buffer may be
// changed; the non-blocking form returns at once, and both hold when its request is done. Buffers of a non-blocking
// call are retained; the count and displacement lists are copied.
//
// Errors, the same on all ranks: invalid_argument and mismatch (no data has moved, the communicator works on),
// timeout, poisoned, opencl_failure and mpi_failure (the communicator is poisoned, unless the device failed before the
// ranks had agreed, as in the wait list of a blocking call).
#pragma once

#include <clique/array.hpp>
#include <clique/communicator.hpp>
#include <clique/request.hpp>

#include <optional>
#include <span>

namespace clique {

// How one call differs from the usual.
struct call {
  std::span<const cl::Event> wait_list{};                   // to be done before the collective begins
  std::optional<std::chrono::duration<double>> deadline{};  // instead of communicator::timeout
};

// Given for the send buffer: the data to send stands in the receive buffer.
struct in_place_t {
  [[nodiscard]] clique::region region() const noexcept { return {}; }
};
inline constexpr in_place_t in_place{};

namespace detail {
struct alltoall_args {
  region send, receive;
  bool in_place = false;
  // alltoall: `count` elements to each; alltoallv: the four lists (send ones unused in place), each of size() elements.
  bool uniform = true;
  std::span<const std::size_t> send_counts{}, send_displacements{}, receive_counts{}, receive_displacements{};
};
CLIQUE_API void alltoall(communicator& comm, const alltoall_args& args, const call& how);
CLIQUE_API request ialltoall(communicator& comm, const alltoall_args& args, const call& how);

template <class S, class R>
concept send_and_receive = device_range<R> &&
    (std::same_as<S, in_place_t> || (device_range<S> && std::same_as<typename S::value_type, typename R::value_type>));

template <class S>
alltoall_args uniform(const S& send, const region& receive) {
  return {send.region(), receive, std::same_as<S, in_place_t>, true};
}
}  // namespace detail

// Block j of `send` goes to rank j, block i of `receive` comes from rank i. Both have size() blocks of equal count:
// send.count() == receive.count(), a multiple of size(), and the same on all ranks. `send` may be clique::in_place.
template <class S, class R>
requires detail::send_and_receive<S, R>
void alltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  detail::alltoall(comm, detail::uniform(send, receive.region()), how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ialltoall(communicator& comm, const S& send, const R& receive, const call& how = {}) {
  return detail::ialltoall(comm, detail::uniform(send, receive.region()), how);
}

// send_counts[j] elements from send_displacements[j] of `send` go to rank j; receive_counts[i] elements from rank i
// come to receive_displacements[i] of `receive`. What i sends to j must be what j expects from i. Receive blocks must
// not overlap. With clique::in_place for `send` the send lists are ignored: block j of `receive` is exchanged with rank
// j.
template <class S, class R>
requires detail::send_and_receive<S, R>
void alltoallv(communicator& comm, const S& send, std::span<const std::size_t> send_counts,
               std::span<const std::size_t> send_displacements, const R& receive,
               std::span<const std::size_t> receive_counts, std::span<const std::size_t> receive_displacements,
               const call& how = {}) {
  detail::alltoall(comm,
                   {send.region(), receive.region(), std::same_as<S, in_place_t>, false, send_counts,
                    send_displacements, receive_counts, receive_displacements},
                   how);
}
template <class S, class R>
requires detail::send_and_receive<S, R>
[[nodiscard]] request ialltoallv(communicator& comm, const S& send, std::span<const std::size_t> send_counts,
                                 std::span<const std::size_t> send_displacements, const R& receive,
                                 std::span<const std::size_t> receive_counts,
                                 std::span<const std::size_t> receive_displacements, const call& how = {}) {
  return detail::ialltoall(comm,
                           {send.region(), receive.region(), std::same_as<S, in_place_t>, false, send_counts,
                            send_displacements, receive_counts, receive_displacements},
                           how);
}

}  // namespace clique
