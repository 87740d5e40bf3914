// Point-to-point: messages between two ranks. send and recv, both at once, and groups of any number.
//
// A message is matched as in MPI: a receive takes the first message, in the order of their sending, from the rank and
// with the tag that it asks for, or from any rank (any_source) or with any tag (any_tag); where several receives fit a
// message, the one that was posted first takes it. Tags are 0 or more. Messages and collectives do not disturb each
// other.
//
// Beyond the border of a grid there is no_rank: what is sent there, or received from there, is done at once and moves
// nothing.
//
// A send is synchronous: it is done when its receiver has matched it and taken the data. So two ranks that both send
// before they receive wait for each other for good, whatever the size: use sendrecv, a group, or the non-blocking form.
// A rank may send to itself in these.
//
// Both sides give the same element type and count. Where they differ both throw the same clique::error(mismatch), which
// says what each rank called; nothing is moved, and the communicator works on. An empty message has no data that it
// would have to wait for: it does not follow the device.
//
// When a call begins, what the blocking and the non-blocking form promise, and how long buffers must live is as in
// collectives.hpp. The persistent form (`..._init`) checks and binds its arguments once, keeps the buffers, and begins
// at every persistent::start().
//
// Errors: mismatch, on the two ranks concerned (a group throws when all of its messages are done, its first error);
// invalid_argument (a rank that is not in the communicator, a negative tag, a region beyond its buffer), on this rank
// alone and before anything is sent; timeout, poisoned, opencl_failure and mpi_failure as in collectives.hpp.
// Thread-safe, as the communicator is: calls of several threads are taken one at a time, and a thread that waits lets
// others in.
#pragma once

#include <clique/array.hpp>
#include <clique/collectives.hpp>
#include <clique/communicator.hpp>
#include <clique/request.hpp>

#include <vector>

namespace clique {

namespace detail {
// One message's half.
struct message_args {
  enum class kind { send, receive, replace } what;  // replace: the send of sendrecv_replace
  clique::region region;
  int peer, tag;
};
// All of them together; `received`, as long as there are receives or empty, is filled in.
CLIQUE_API void exchange(communicator& comm, std::span<const message_args> what, const call& how,
                         std::span<message> received);
CLIQUE_API request iexchange(communicator& comm, std::span<const message_args> what, const call& how);
CLIQUE_API persistent exchange_init(communicator& comm, std::span<const message_args> what, const call& how);

inline message_args sends(const region& from, int to, int tag) {
  return {message_args::kind::send, from, to, tag};
}
inline message_args receives(const region& to, int from, int tag) {
  return {message_args::kind::receive, to, from, tag};
}
inline std::array<message_args, 2> replaces(const region& data, int to, int send_tag, int from, int receive_tag) {
  return {{{message_args::kind::replace, data, to, send_tag}, receives(data, from, receive_tag)}};
}
}  // namespace detail

// Sends the elements of `data` to rank `to`.
template <detail::device_memory S>
void send(communicator& comm, const S& data, int to, int tag = 0, const call& how = {}) {
  const detail::message_args one = detail::sends(data.region(), to, tag);
  detail::exchange(comm, {&one, 1}, how, {});
}
template <detail::device_memory S>
[[nodiscard]] request isend(communicator& comm, const S& data, int to, int tag = 0, const call& how = {}) {
  const detail::message_args one = detail::sends(data.region(), to, tag);
  return detail::iexchange(comm, {&one, 1}, how);
}
template <detail::device_memory S>
[[nodiscard]] persistent send_init(communicator& comm, const S& data, int to, int tag = 0, const call& how = {}) {
  const detail::message_args one = detail::sends(data.region(), to, tag);
  return detail::exchange_init(comm, {&one, 1}, how);
}

// Fills `data`, all of it, with a message from rank `from` or any_source. Says where it came from: the blocking form
// returns it, a request and a persistent call have it in request::received().
template <detail::device_memory R>
message recv(communicator& comm, const R& data, int from = any_source, int tag = any_tag, const call& how = {}) {
  const detail::message_args one = detail::receives(data.region(), from, tag);
  message got;
  detail::exchange(comm, {&one, 1}, how, {&got, 1});
  return got;
}
template <detail::device_memory R>
[[nodiscard]] request irecv(communicator& comm, const R& data, int from = any_source, int tag = any_tag,
                            const call& how = {}) {
  const detail::message_args one = detail::receives(data.region(), from, tag);
  return detail::iexchange(comm, {&one, 1}, how);
}
template <detail::device_memory R>
[[nodiscard]] persistent recv_init(communicator& comm, const R& data, int from = any_source, int tag = any_tag,
                                   const call& how = {}) {
  const detail::message_args one = detail::receives(data.region(), from, tag);
  return detail::exchange_init(comm, {&one, 1}, how);
}

// Both at once: sends `out` to rank `to` and receives `in` from rank `from`. The two may have different types and
// counts, and must not overlap.
template <detail::device_memory S, detail::device_memory R>
message sendrecv(communicator& comm, const S& out, int to, int send_tag, const R& in, int from, int receive_tag,
                 const call& how = {}) {
  const detail::message_args both[] = {detail::sends(out.region(), to, send_tag),
                                       detail::receives(in.region(), from, receive_tag)};
  message got;
  detail::exchange(comm, both, how, {&got, 1});
  return got;
}
template <detail::device_memory S, detail::device_memory R>
[[nodiscard]] request isendrecv(communicator& comm, const S& out, int to, int send_tag, const R& in, int from,
                                int receive_tag, const call& how = {}) {
  const detail::message_args both[] = {detail::sends(out.region(), to, send_tag),
                                       detail::receives(in.region(), from, receive_tag)};
  return detail::iexchange(comm, both, how);
}
template <detail::device_memory S, detail::device_memory R>
[[nodiscard]] persistent sendrecv_init(communicator& comm, const S& out, int to, int send_tag, const R& in, int from,
                                       int receive_tag, const call& how = {}) {
  const detail::message_args both[] = {detail::sends(out.region(), to, send_tag),
                                       detail::receives(in.region(), from, receive_tag)};
  return detail::exchange_init(comm, both, how);
}

// The same in one region: its elements are sent, and replaced by what is received. Takes memory for a copy, which a
// persistent one makes at every start.
template <detail::device_memory A>
message sendrecv_replace(communicator& comm, const A& data, int to, int send_tag, int from, int receive_tag,
                         const call& how = {}) {
  message got;
  detail::exchange(comm, detail::replaces(data.region(), to, send_tag, from, receive_tag), how, {&got, 1});
  return got;
}
template <detail::device_memory A>
[[nodiscard]] request isendrecv_replace(communicator& comm, const A& data, int to, int send_tag, int from,
                                        int receive_tag, const call& how = {}) {
  return detail::iexchange(comm, detail::replaces(data.region(), to, send_tag, from, receive_tag), how);
}
template <detail::device_memory A>
[[nodiscard]] persistent sendrecv_replace_init(communicator& comm, const A& data, int to, int send_tag, int from,
                                               int receive_tag, const call& how = {}) {
  return detail::exchange_init(comm, detail::replaces(data.region(), to, send_tag, from, receive_tag), how);
}

// Sends and receives that go on together, so that their order does not matter: a group cannot wait for itself, and
// groups of different ranks cannot wait for each other in a circle. A group on one rank needs no group on the other:
// its messages match any send or recv. The regions of its receives must overlap no other region of the group.
//
//   clique::group g(comm);
//   g.send(halo, right, tag);
//   g.recv(ghost, left, tag);
//   g.run();
//
// Borrows the regions until run() or start() is called, and may be run again: it then sends what the buffers hold.
class CLIQUE_API group {
 public:
  explicit group(communicator& on) noexcept : on_(&on) {}

  template <detail::device_memory S>
  group& send(const S& data, int to, int tag = 0) {
    messages_.push_back(detail::sends(data.region(), to, tag));
    return *this;
  }
  template <detail::device_memory R>
  group& recv(const R& data, int from = any_source, int tag = any_tag) {
    messages_.push_back(detail::receives(data.region(), from, tag));
    return *this;
  }
  // Messages added so far.
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  void clear() noexcept { messages_.clear(); }

  // Blocks until all are done. Returns where the received ones came from, in the order of the receives.
  std::vector<message> run(const call& how = {});
  [[nodiscard]] request start(const call& how = {});
  [[nodiscard]] persistent init(const call& how = {});

 private:
  communicator* on_;
  std::vector<detail::message_args> messages_;
};

}  // namespace clique
