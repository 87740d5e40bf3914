// How ranks talk before they share anything: in rounds, each an MPI_Iallgather with a deadline. An error on one rank
// goes to all with the round, and all throw it after it.
//
// A deadline, or a failure of MPI, leaves a request behind that cannot be taken back, and MPI may write to its memory
// whenever the missing rank comes after all: so that memory is kept for good (core/keep.hpp).
#pragma once

#include "core/check.hpp"
#include "core/keep.hpp"
#include "transport/mpi_messages.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace clique::engine {

struct failure_text {
  std::int32_t code = 0, native = 0;
  char text[1024] = {};

  void set(const error& from) noexcept {
    code = static_cast<std::int32_t>(from.code());
    native = from.native();
    std::strncpy(text, from.what(), sizeof text - 1);
  }
};

// Until MPI has done it, at most for CLIQUE_TIMEOUT: then it throws clique::error(timeout) that names `what`, and the
// process is tainted (communicator/process.hpp). Other communicators make progress meanwhile.
void await(MPI_Request& request, const char* what);

// Calls `start` with a request to fill in, and awaits it. Whatever MPI may touch lies in `memory`, the request
// included.
template <class Start>
void await_in(const std::shared_ptr<void>& memory, MPI_Request& request, const char* what, Start&& start) {
  try {
    transport::check_mpi(start(), what);
    await(request, what);
  } catch (...) {
    core::keep_for_good(memory);
    throw;
  }
}

// Every rank's record, by rank. Collective over `comm`.
template <class Record>
std::vector<Record> exchange(MPI_Comm comm, int size, const Record& own) {
  struct memory {
    Record own;
    std::vector<Record> all;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  const auto round = std::make_shared<memory>(memory{own, std::vector<Record>(static_cast<std::size_t>(size))});
  await_in(round, round->request, "MPI_Iallgather, to make a communicator", [&] {
    return MPI_Iallgather(&round->own, sizeof(Record), MPI_BYTE, round->all.data(), sizeof(Record), MPI_BYTE, comm,
                          &round->request);
  });
  return std::move(round->all);
}

// Throws the error of the lowest rank that has one, on all ranks the same.
template <class Record>
void throw_first_failure(const std::vector<Record>& by_rank) {
  for (std::size_t rank = 0; rank < by_rank.size(); ++rank) {
    const failure_text& failure = by_rank[rank].failure;
    if (failure.code != 0) {
      throw error(static_cast<status>(failure.code), core::formatted("rank {}: {}", rank, failure.text),
                  static_cast<int>(rank), failure.native);
    }
  }
}

// Runs one rank's part of a round; what it throws goes to the others with the round. Not after an earlier failure.
template <class Work>
void part(failure_text& failure, Work&& work) {
  if (failure.code != 0) return;
  try {
    work();
  } catch (...) {
    failure.set(core::current_error());
  }
}

}  // namespace clique::engine
