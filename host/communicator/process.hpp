// What the communicators of a process share: the list of those alive, the thread that makes progress for events, and
// the end of the process.
#pragma once

#include "transport/mpi_comm.hpp"

#include <clique/error.hpp>

#include <cstddef>
#include <memory>
#include <mutex>

namespace clique::transport {
class board;
}

namespace clique::engine {

class communicator_state;

namespace process {

// Starts what the process needs once, before anything of its first communicator can fail: the watchdog, the hook that
// MPI_Finalize calls first, and those of exit() and quick_exit(). Throws clique::error(mpi_failure), and what the
// standard library throws where no thread can be started.
void begin();
// From now on progress_all() serves it.
void enlist(const std::shared_ptr<communicator_state>& state);
// Called by a communicator's destructor.
void retire();
// Keeps an orphan alive until its operations are done.
void adopt(std::shared_ptr<communicator_state> orphan);

// Does what can be done for all communicators but `except`; true if anything was. Thread-safe.
bool progress_all(const communicator_state* except = nullptr);

// Starts the progress thread, once. Thread-safe.
void start_thread();
// The thread has work to look for.
void wake_thread();
// While it lives no thread of clique's own (the progress thread, the watchdog's) holds a communicator or is in MPI;
// nothing in such a thread itself.
// MPI_Finalize needs that from its first instruction on, before it calls any hook: MPICH stops locking there, and a
// thread that was in MPI then leaves a lock behind, on which MPI_Finalize aborts. So communicators are let go under a
// pause, after which the thread has no reason to call MPI.
class [[nodiscard]] thread_pause {
 public:
  thread_pause();

 private:
  std::unique_lock<std::mutex> look_;
};
// For good; what it would have served is served by the hook on MPI_Finalize.
void stop_thread();

// A control block that peers may still write to: kept until all have closed theirs.
void keep_until_closed(std::shared_ptr<transport::board> board, std::shared_ptr<std::byte> control);
// An MPI communicator that this thread may not free: freed by the next sweep().
void free_later(transport::mpi_comm comm);
// Lets go what nobody needs any more, orphans too. By a thread that may call MPI.
void sweep();

// A communicator was poisoned, or could not be made for a deadline: MPI_Finalize, which would wait for what never
// comes, aborts instead, and says why.
void taint(const char* why) noexcept;
[[nodiscard]] bool tainted();
// This is a child of the process that has the communicators (fork): what it has of them, in shared memory and in MPI's,
// is its parent's to change. Thread-safe.
[[nodiscard]] bool forked() noexcept;
// MPI_Finalize has begun: nothing here calls MPI any more. Thread-safe.
[[nodiscard]] bool finalizes() noexcept;
// Aborts when the process exits, instead of in MPI_Finalize.
void abort_at_exit();

}  // namespace process
}  // namespace clique::engine
