// Messages over MPI, on a communicator of its own. Transport mpi.
#pragma once

#include "transport/messages.hpp"

#include <mpi.h>

#include <vector>

namespace clique::transport {

// Throws clique::error(mpi_failure) with MPI's text where `code` is not MPI_SUCCESS.
void check_mpi(int code, const char* what);

class mpi_messages final : public messages {
 public:
  // Takes over `own`, a duplicate that nobody else uses and whose errors return.
  explicit mpi_messages(MPI_Comm own);
  // After cancel().
  ~mpi_messages() override;
  mpi_messages(const mpi_messages&) = delete;
  mpi_messages& operator=(const mpi_messages&) = delete;

  ticket send(int peer, std::uint32_t tag, const std::byte* from, std::size_t bytes) override;
  ticket receive(int peer, std::uint32_t tag, std::byte* to, std::size_t bytes) override;
  bool done(ticket of) override;
  bool all_done(std::span<const ticket> of) override;
  ticket receive_any(std::uint32_t tag, std::byte* to, std::size_t bytes) override;
  std::optional<origin> came(ticket of) override;

  // Gives up all that is under way, for good; true if MPI will not touch the memory of any of it again. Otherwise this
  // object, and that memory, must stay until exit.
  bool cancel() noexcept;

 private:
  ticket fresh();

  MPI_Comm comm_;
  std::vector<MPI_Request> requests_;
  std::vector<ticket> free_;
  std::vector<MPI_Request> several_;
};

}  // namespace clique::transport
