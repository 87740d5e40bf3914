// A non-blocking operation in flight.
#pragma once

#include <clique/export.hpp>

#include <CL/opencl.hpp>

#include <chrono>
#include <memory>

namespace clique {

namespace engine {
class operation;  // host/engine/
class communicator_state;
}  // namespace engine

// Move-only. A request that is destroyed early leaves its operation with the communicator, which completes it while
// it does other work. All calls but event() make progress on all communicators of the process. A request
// belongs to the thread that waits for it: not for use from two threads at once.
class CLIQUE_API request {
 public:
  request() noexcept;  // of nothing: done
  request(std::shared_ptr<engine::operation> operation, std::shared_ptr<engine::communicator_state> on) noexcept;
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

 private:
  std::shared_ptr<engine::operation> operation_;
  std::shared_ptr<engine::communicator_state> on_;
};

}  // namespace clique
