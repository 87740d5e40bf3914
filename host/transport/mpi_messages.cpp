#include "transport/mpi_messages.hpp"

#include "core/check.hpp"
#include "transport/mpi_comm.hpp"

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
              core::formatted("{} failed: {}", what, std::string_view(text, static_cast<std::size_t>(length))), -1,
              code);
}

mpi_messages::mpi_messages(MPI_Comm own) : comm_(own) {}

mpi_messages::~mpi_messages() {
  if (!mpi_is_over()) MPI_Comm_free(&comm_);
}

// A receive that nobody will send to is cancelled in a few looks. One that has met its message ends with it, in time
// perhaps; a send that nobody takes may not end at all.
bool mpi_messages::cancel() noexcept {
  constexpr int looks = 100;
  if (mpi_is_over()) return true;
  bool quiet = true;
  for (MPI_Request& request : requests_) {
    if (request == MPI_REQUEST_NULL) continue;
    if (MPI_Cancel(&request) != MPI_SUCCESS) return false;
  }
  for (MPI_Request& request : requests_) {
    int flag = request == MPI_REQUEST_NULL ? 1 : 0;
    for (int look = 0; flag == 0 && look < looks; ++look) {
      if (MPI_Test(&request, &flag, MPI_STATUS_IGNORE) != MPI_SUCCESS) return false;
    }
    quiet = quiet && flag != 0;
  }
  return quiet;
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

bool mpi_messages::all_done(std::span<const ticket> of) {
  several_.clear();
  for (const ticket each : of) several_.push_back(requests_[each]);
  int flag = 0;
  check_mpi(MPI_Testall(static_cast<int>(several_.size()), several_.data(), &flag, MPI_STATUSES_IGNORE), "MPI_Testall");
  if (flag == 0) return false;
  for (const ticket each : of) {
    requests_[each] = MPI_REQUEST_NULL;
    free_.push_back(each);
  }
  return true;
}

messages::ticket mpi_messages::receive_any(std::uint32_t tag, std::byte* to, std::size_t bytes) {
  return receive(MPI_ANY_SOURCE, tag, to, bytes);
}

std::optional<messages::origin> mpi_messages::came(ticket of) {
  int flag = 0, bytes = 0;
  MPI_Status status;
  check_mpi(MPI_Test(&requests_[of], &flag, &status), "MPI_Test");
  if (flag == 0) return std::nullopt;
  free_.push_back(of);
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &bytes), "MPI_Get_count");
  return origin{status.MPI_SOURCE, static_cast<std::size_t>(bytes)};
}

}  // namespace clique::transport
