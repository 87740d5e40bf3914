// A non-blocking operation in flight, and one that can be started again and again.
#pragma once

#include <clique/export.hpp>

#include <CL/opencl.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace clique {

namespace engine {
struct task;  // host/engine/
class communicator_state;
}  // namespace engine

inline constexpr int any_source = -2;  // of a receive: from whichever rank
inline constexpr int any_tag = -1;     // of a receive: whatever the tag
// A message to or from it is done at once and moves nothing, as with MPI_PROC_NULL: the neighbour beyond a border.
inline constexpr int no_rank = -1;

// Where a received message came from.
struct message {
  int source = no_rank;
  int tag = any_tag;
};

// Move-only. A request that is destroyed early leaves its operation with the communicator, which completes it while
// it does other work. All calls but event() make progress on all communicators of the process. A request
// belongs to the thread that waits for it: not for use from two threads at once.
class CLIQUE_API request {
 public:
  request() noexcept;  // of nothing: done
  request(std::shared_ptr<engine::task> task, std::shared_ptr<engine::communicator_state> on) noexcept;
  request(request&&) noexcept;
  request& operator=(request&&) noexcept;
  ~request();

  // True once the operation is done: the receive buffer is filled, the send buffer may be changed. Does not block.
  // Throws the operation's error, as all ranks' do.
  bool test();

  // Blocks until done, at most until the communicator's deadline (communicator::timeout), or for `limit`. Throws the
  // operation's error. Past the deadline it throws clique::error(timeout), which says who waits for whom, and the
  // communicator is poisoned: all ranks throw from then on.
  void wait();
  void wait_for(std::chrono::duration<double> limit);

  // An event of the communicator's context that becomes CL_COMPLETE when the operation is done, or negative if it
  // fails; kernels may wait for it. From the first call on a progress thread works for this process, which needs
  // MPI_THREAD_MULTIPLE unless all peers are reached through shared memory (clique::error(unsupported)).
  [[nodiscard]] cl::Event event();

  // Of point-to-point (point_to_point.hpp), once it is done: what receive `k` of the call was given, counted in the
  // order of the call's receives. Throws clique::error(invalid_argument) before that, or where there is no such
  // receive.
  [[nodiscard]] message received(std::size_t k = 0) const;
  [[nodiscard]] int source() const { return received().source; }
  [[nodiscard]] int tag() const { return received().tag; }

 private:
  std::shared_ptr<engine::task> task_;
  std::shared_ptr<engine::communicator_state> on_;
};

// A call whose arguments were checked and bound once, to be started many times: what the functions named `..._init`
// return.
//
// Starts of persistent collectives are matched by the call that they are of: the ranks may start several in different
// orders, and wait for one before they start another, for up to 8 of a communicator in flight. Order still means
// something in two ways: a collective that is not persistent must come after the same number of starts on all ranks;
// and a start follows what the rank's own queue holds by then.
//
// Its buffers are kept, and it may outlive the communicator's handle. Move-only; not for use from two threads
// at once. Destroyed while it is in flight it leaves its operation with the communicator, as a request does.
class CLIQUE_API persistent {
 public:
  persistent() noexcept;  // of nothing: cannot be started
  // `start` begins the call once more; it is called by start() alone.
  explicit persistent(std::function<request()> start) noexcept;
  persistent(persistent&&) noexcept;
  persistent& operator=(persistent&&) noexcept;
  ~persistent();

  // Begins the call, as its non-blocking form does, with what the buffers then hold. Throws
  // clique::error(invalid_argument) while the call before is not done, and that one's error if nobody has seen it yet.
  void start();
  // As request's, of the call that was started last; before the first start() it is done.
  bool test();
  void wait();
  void wait_for(std::chrono::duration<double> limit);
  [[nodiscard]] cl::Event event();
  // The request of the call that was started last.
  [[nodiscard]] const request& current() const noexcept { return current_; }

 private:
  template <class Look>
  bool seen(Look&& look);

  std::function<request()> start_;
  request current_;
  bool open_ = false;  // the current one's end has not been seen
};

}  // namespace clique
