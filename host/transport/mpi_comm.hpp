// MPI communicators: one of one's own, and what there is to ask of somebody else's.
#pragma once

#include <mpi.h>

#include <utility>

namespace clique::transport {

// MPI_Finalize has been called: nothing of MPI may be.
[[nodiscard]] bool mpi_is_over() noexcept;

// Throws clique::error(invalid_argument) where no collective can run on `comm`: MPI is not running, the handle is null,
// freed or none at all (as far as the MPI library can tell), or an intercommunicator. Local; MPI's own error handlers
// are not called.
void require_usable(MPI_Comm comm);

// Freed when its holder goes, but not after MPI_Finalize. MPI_Comm_free is collective by its name; in MPICH and Open
// MPI it waits for nobody, so that ranks may free several in different orders.
class mpi_comm {
 public:
  mpi_comm() = default;
  explicit mpi_comm(MPI_Comm own) noexcept : comm_(own) {}
  mpi_comm(mpi_comm&& other) noexcept : comm_(std::exchange(other.comm_, MPI_COMM_NULL)) {}
  mpi_comm& operator=(mpi_comm&& other) noexcept {
    if (this != &other) {
      free();
      comm_ = std::exchange(other.comm_, MPI_COMM_NULL);
    }
    return *this;
  }
  ~mpi_comm() { free(); }

  [[nodiscard]] MPI_Comm get() const noexcept { return comm_; }

 private:
  void free() noexcept {
    if (comm_ != MPI_COMM_NULL && !mpi_is_over()) MPI_Comm_free(&comm_);
  }
  MPI_Comm comm_ = MPI_COMM_NULL;
};

// While it lives, errors of calls on `comm` come back as codes, whatever its user has set.
class mpi_errors_return {
 public:
  explicit mpi_errors_return(MPI_Comm comm) : comm_(comm) {
    known_ = MPI_Comm_get_errhandler(comm, &before_) == MPI_SUCCESS;
    if (known_) MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  }
  ~mpi_errors_return() {
    if (!known_) return;
    MPI_Comm_set_errhandler(comm_, before_);
    MPI_Errhandler_free(&before_);
  }
  mpi_errors_return(const mpi_errors_return&) = delete;
  mpi_errors_return& operator=(const mpi_errors_return&) = delete;

 private:
  MPI_Comm comm_;
  MPI_Errhandler before_ = MPI_ERRHANDLER_NULL;
  bool known_ = false;
};

}  // namespace clique::transport
