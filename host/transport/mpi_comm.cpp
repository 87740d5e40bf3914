#include "transport/mpi_comm.hpp"

#include "core/check.hpp"
#include "transport/mpi_messages.hpp"

#include <mutex>

namespace clique::transport {

bool mpi_is_over() noexcept {
  int over = 0;
  return MPI_Finalized(&over) == MPI_SUCCESS && over != 0;
}

namespace {

// MPI calls the error handler of MPI_COMM_WORLD (since MPI 4: of MPI_COMM_SELF) for a handle that is no communicator,
// and that handler ends the job unless the program has set another one.
int size_without_abort(MPI_Comm comm, int& is_inter, int& size) {
  static std::mutex mutex;  // two threads that each restore what they found would leave the other's handler
  const std::lock_guard one_at_a_time(mutex);
  const mpi_errors_return world(MPI_COMM_WORLD), self(MPI_COMM_SELF);
  const int code = MPI_Comm_test_inter(comm, &is_inter);
  return code == MPI_SUCCESS ? MPI_Comm_size(comm, &size) : code;
}

}  // namespace

void require_usable(MPI_Comm comm) {
  int running = 0;
  check_mpi(MPI_Initialized(&running), "MPI_Initialized");
  require(running != 0, status::invalid_argument,
          "MPI is not initialized: call MPI_Init_thread, or make a clique::environment, before a communicator");
  require(!mpi_is_over(), status::invalid_argument, "MPI is finalized: no communicator can be made any more");
  require(comm != MPI_COMM_NULL, status::invalid_argument, "MPI_COMM_NULL is no communicator");
  int is_inter = 0, size = 0;
  if (const int code = size_without_abort(comm, is_inter, size); code != MPI_SUCCESS) {
    throw error(status::invalid_argument,
                "the handle is of no MPI communicator: it was freed, or never was one (MPI_Comm_size)", -1, code);
  }
  require(is_inter == 0, status::invalid_argument,
          "an intercommunicator (MPI_Intercomm_create) cannot be used: its two groups are no one order of ranks; "
          "MPI_Intercomm_merge makes an intracommunicator of it");
}

}  // namespace clique::transport
