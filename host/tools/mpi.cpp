#include "mpi.hpp"

#include <clique/error.hpp>

#include <fmt/core.h>

#include <numeric>

#include <sched.h>

namespace clique::tools {

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) length = 0;
  throw error(status::mpi_failure,
              fmt::format("{} failed: {}", call, std::string_view(text, static_cast<std::size_t>(length))), -1, code);
}

bool wait(MPI_Request& request, std::chrono::duration<double> limit) {
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) return true;
    if (std::chrono::steady_clock::now() - begin > limit) return false;
    sched_yield();
  }
}

void barrier(MPI_Comm comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibarrier(comm, &request), "MPI_Ibarrier");
  wait(request);
}

namespace {

template <class T>
void reduce(MPI_Comm comm, std::span<T> values, MPI_Datatype type, MPI_Op op) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), type, op, comm, &request),
        "MPI_Iallreduce");
  wait(request);
}

}  // namespace

void maximum(MPI_Comm comm, std::span<double> values) {
  reduce(comm, values, MPI_DOUBLE, MPI_MAX);
}
void maximum(MPI_Comm comm, std::span<std::uint64_t> values) {
  reduce(comm, values, MPI_UINT64_T, MPI_MAX);
}

std::uint64_t sum(MPI_Comm comm, std::uint64_t value) {
  reduce(comm, std::span(&value, 1), MPI_UINT64_T, MPI_SUM);
  return value;
}

std::string broadcast(MPI_Comm comm, std::string text) {
  // In two steps, since the others do not know its length.
  auto length = static_cast<std::uint64_t>(text.size());
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(&length, 1, MPI_UINT64_T, 0, comm, &request), "MPI_Ibcast");
  wait(request);
  text.resize(length);
  check(MPI_Ibcast(text.data(), static_cast<int>(length), MPI_CHAR, 0, comm, &request), "MPI_Ibcast");
  wait(request);
  return text;
}

std::vector<std::string> gather(MPI_Comm comm, const std::string& text) {
  int rank = 0, size = 1;
  check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  const auto ranks = static_cast<std::size_t>(rank == 0 ? size : 0);

  int length = static_cast<int>(text.size());
  std::vector<int> lengths(ranks), starts(ranks);
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Igather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, comm, &request), "MPI_Igather");
  wait(request);
  std::exclusive_scan(lengths.begin(), lengths.end(), starts.begin(), 0);

  std::string all(ranks == 0 ? 0 : static_cast<std::size_t>(starts.back() + lengths.back()), '\0');
  check(MPI_Igatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), starts.data(), MPI_CHAR, 0, comm,
                     &request),
        "MPI_Igatherv");
  wait(request);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ranks; ++i)
    texts.push_back(all.substr(static_cast<std::size_t>(starts[i]), static_cast<std::size_t>(lengths[i])));
  return texts;
}

}  // namespace clique::tools
