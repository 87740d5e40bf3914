// What all collectives share: how one call differs from the usual, and what a call is inside the library.
#pragma once

#include <clique/array.hpp>
#include <clique/collective.hpp>
#include <clique/communicator.hpp>
#include <clique/error.hpp>
#include <clique/list.hpp>
#include <clique/reduce_op.hpp>
#include <clique/request.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

namespace clique {

// What a call begins after, on this rank.
enum class after : std::uint8_t {
  queue,   // all that was enqueued before it in the communicator's queue, and the events of the wait list
  events,  // those events alone; with none of them at once: the data is there, and nothing writes or reads it any more
};

// How one call differs from the usual. Of a persistent one: all its starts.
struct call {
  std::span<const cl::Event> wait_list{};                   // to be done before the collective begins
  std::optional<std::chrono::duration<double>> deadline{};  // instead of communicator::timeout
  // Where the queue may have work to do, `events` saves a marker behind it (30 us on PoCL), and the call does not wait
  // for what it has nothing to do with. The events' queues are flushed.
  clique::after after = clique::after::queue;
  std::optional<clique::agreement> agreement{};  // instead of communicator::agreement
};

// Given for one of the two buffers: the data stands in the other one already.
struct in_place_t {
  [[nodiscard]] clique::region region() const noexcept { return {}; }
};
inline constexpr in_place_t in_place{};

namespace detail {

// A call of any collective. Lists are borrowed for the length of the call.
struct arguments {
  collective what;
  region send{}, receive{};
  bool in_place = false;
  int root = 0;
  const reduce_op* op = nullptr;
  std::span<const std::size_t> send_counts{}, send_displacements{}, receive_counts{}, receive_displacements{};
  std::span<const datatype> send_types{}, receive_types{};
  const error* refused = nullptr;  // what was wrong before it came to a call: all ranks will throw it
};
// Blocking; non-blocking; persistent.
CLIQUE_API void run(communicator& comm, const arguments& what, const call& how);
CLIQUE_API request start(communicator& comm, const arguments& what, const call& how);
CLIQUE_API persistent prepare(communicator& comm, const arguments& what, const call& how);
// Throws what request::event() will, before anything has begun.
CLIQUE_API void require_events(const communicator& comm);

template <class A>
inline constexpr bool is_in_place = std::same_as<A, in_place_t>;

template <class A>
concept device_memory_or_in_place =
    holds(is_in_place<A> || device_range<A>,
          "not device memory: use clique::array, or clique::span of a cl::Buffer, or clique::in_place");

template <class A, class B>
inline constexpr bool fits = one_element_type<A, B>;
template <class B>
inline constexpr bool fits<in_place_t, B> = true;

// Two buffers of one element type; the first one may be in_place.
template <class S, class R>
concept send_and_receive = device_memory_or_in_place<S> && device_memory<R> &&
    holds(fits<S, R>, "send and receive buffers have different element types");
// The same; the second one may be in_place.
template <class S, class R>
concept send_and_keep = send_and_receive<R, S>;

using list = list_of<std::size_t>;
using types = list_of<datatype>;

}  // namespace detail
}  // namespace clique

// The three forms of a collective, from one description: behind HEAD (a template's head, or nothing), with PARAMETERS
// in parentheses, of which FIELDS, those of detail::arguments, are made,
//
//   void NAME(communicator& comm, PARAMETERS, const call& how = {})               blocking
//   request iNAME(communicator& comm, PARAMETERS, const call& how = {})           non-blocking
//   persistent NAME_init(communicator& comm, PARAMETERS, const call& how = {})    persistent
#define CLIQUE_COLLECTIVE(NAME, HEAD, PARAMETERS, ...)                                                                \
  HEAD inline void NAME(communicator& comm, CLIQUE_BEFORE_CALL PARAMETERS const call& how = {}) {                     \
    detail::run(comm, {.what = collective::NAME, __VA_ARGS__}, how);                                                  \
  }                                                                                                                   \
  HEAD [[nodiscard]] inline request i##NAME(communicator& comm, CLIQUE_BEFORE_CALL PARAMETERS const call& how = {}) { \
    return detail::start(comm, {.what = collective::NAME, __VA_ARGS__}, how);                                         \
  }                                                                                                                   \
  HEAD [[nodiscard]] inline persistent NAME##_init(communicator& comm,                                                \
                                                   CLIQUE_BEFORE_CALL PARAMETERS const call& how = {}) {              \
    return detail::prepare(comm, {.what = collective::NAME, __VA_ARGS__}, how);                                       \
  }
#define CLIQUE_BEFORE_CALL(...) __VA_ARGS__ __VA_OPT__(, )

// Heads: S `send` and R `receive`, of one element type; the first one, or the second one, may be clique::in_place; of
// any element types.
#define CLIQUE_SEND_AND_RECEIVE \
  template <class S, class R>   \
  requires detail::send_and_receive<S, R>
#define CLIQUE_SEND_AND_KEEP  \
  template <class S, class R> \
  requires detail::send_and_keep<S, R>
#define CLIQUE_SEND_AND_RECEIVE_TYPED \
  template <class S, class R>         \
  requires detail::device_memory_or_in_place<S> && detail::device_memory<R>
#define CLIQUE_MEMORY_TO_MEMORY template <detail::device_memory S, detail::device_memory R>
