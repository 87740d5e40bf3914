#include "transport/mpi_messages.hpp"

#include "core/check.hpp"

namespace clique::transport {
namespace {
constexpr std::uint32_t tags = 32767;  // what every MPI library has at least
}

void check_mpi(int code, const char* what) {
  if (code == MPI_SUCCESS) [[likely]]
    return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) length = 0;
  throw error(status::mpi_failure,
              fmt::format("{} failed: {}", what, std::string_view(text, static_cast<std::size_t>(length))), -1, code);
}

mpi_messages::mpi_messages(MPI_Comm own) : comm_(own) {}

mpi_messages::~mpi_messages() {
  int finalized = 0;
  if (MPI_Finalized(&finalized) != MPI_SUCCESS || finalized != 0) return;
  for (MPI_Request& each : requests_) {
    if (each == MPI_REQUEST_NULL) continue;
    // A receive that nobody will send to, or a send that nobody takes: given up, without waiting for either.
    if (MPI_Cancel(&each) != MPI_SUCCESS || MPI_Request_free(&each) != MPI_SUCCESS) continue;
  }
  MPI_Comm_free(&comm_);
}

messages::ticket mpi_messages::fresh() {
  if (free_.empty()) {
    requests_.push_back(MPI_REQUEST_NULL);
    return static_cast<ticket>(requests_.size() - 1);
  }
  const ticket next = free_.back();
  free_.pop_back();
  return next;
}

messages::ticket mpi_messages::send(int peer, std::uint32_t tag, const std::byte* from, std::size_t bytes) {
  const ticket mine = fresh();
  check_mpi(
      MPI_Isend(from, static_cast<int>(bytes), MPI_BYTE, peer, static_cast<int>(tag % tags), comm_, &requests_[mine]),
      "MPI_Isend");
  return mine;
}

messages::ticket mpi_messages::receive(int peer, std::uint32_t tag, std::byte* to, std::size_t bytes) {
  const ticket mine = fresh();
  check_mpi(
      MPI_Irecv(to, static_cast<int>(bytes), MPI_BYTE, peer, static_cast<int>(tag % tags), comm_, &requests_[mine]),
      "MPI_Irecv");
  return mine;
}

bool mpi_messages::done(ticket of) {
  int flag = 0;
  check_mpi(MPI_Test(&requests_[of], &flag, MPI_STATUS_IGNORE), "MPI_Test");
  if (flag == 0) return false;
  free_.push_back(of);
  return true;
}

}  // namespace clique::transport
