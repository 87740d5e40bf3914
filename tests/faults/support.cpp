#include "support.hpp"

#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace faults {
namespace {
int the_odd = 0;
}

int rank() {
  int result = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &result);
  return result;
}
int size() {
  int result = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &result);
  return result;
}
void set_odd(int of) {
  the_odd = of;
}
int odd() {
  return the_odd;
}

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("rank %d, with rank %d as the odd one: not as expected: %s\n", rank(), odd(), what.c_str());
  std::fflush(nullptr);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the launcher would lose it
  MPI_Abort(MPI_COMM_WORLD, 1);
  std::_Exit(1);
}

thrown thrown_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const clique::error& caught) {
    return {caught.code(), caught.rank(), caught.what()};
  }
  return {};
}

void expect_error(const thrown& error, clique::status code, std::initializer_list<std::string_view> parts) {
  expect(error.code == code,
         std::string(clique::name(error.code)) + " instead of " + clique::name(code) + ": " + error.text);
  for (const std::string_view part : parts)
    expect(error.text.find(part) != std::string::npos, "\"" + std::string(part) + "\" is not in: " + error.text);
}

void expect_same(const thrown& error, clique::status code, int culprit, std::initializer_list<std::string_view> parts) {
  expect_error(error, code, parts);
  expect(error.rank == culprit,
         "rank() is " + std::to_string(error.rank) + ", not " + std::to_string(culprit) + ": " + error.text);
  constexpr std::size_t bytes = 2048;
  std::vector<char> mine(bytes), all(bytes * static_cast<std::size_t>(size()));
  error.text.copy(mine.data(), bytes - 1);
  MPI_Allgather(mine.data(), bytes, MPI_CHAR, all.data(), bytes, MPI_CHAR, MPI_COMM_WORLD);
  for (int peer = 0; peer < size(); ++peer) {
    const char* const theirs = all.data() + static_cast<std::size_t>(peer) * bytes;
    expect(std::strcmp(theirs, mine.data()) == 0,
           "rank " + std::to_string(peer) + " has \"" + theirs + "\", this one \"" + mine.data() + "\"");
  }
}

void expect_works(clique::communicator& comm) {
  for (const std::size_t count : {std::size_t{3}, std::size_t{40000}}) {
    const std::size_t all = count * static_cast<std::size_t>(comm.size());
    clique::array<std::int32_t> send(comm, all), receive(comm, all);
    send.transform("1000 * rank + (int)(i / n)", {{"n", static_cast<std::uint64_t>(count)}});
    clique::alltoall(comm, send, receive);
    const auto got = receive.to_host();
    for (std::size_t k = 0; k < all; ++k) {
      expect(got[k] == 1000 * static_cast<std::int32_t>(k / count) + comm.rank(),
             "the next call received a wrong element " + std::to_string(k));
    }
  }
}

void passed() {
  std::printf("clique-test: rank %d of %d passed\n", rank(), size());
  std::fflush(nullptr);
}

}  // namespace faults
