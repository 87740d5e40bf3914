// What the parts of `clique bench` share: how a collective describes itself to it, and what comes out.
#pragma once

#include "bench/statistics.hpp"
#include "buffer.hpp"
#include "json.hpp"
#include "mpi.hpp"
#include "reference.hpp"

#include <clique/collective.hpp>
#include <clique/communicator.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace clique::tools {

// One rank's call: elements of its two buffers; of alltoallv also counts and displacements in elements, by peer.
struct blocks {
  std::size_t send = 0, receive = 0;
  std::vector<std::size_t> send_counts{}, send_displacements{}, receive_counts{}, receive_displacements{};
};

// The random data that the ranks send: element `index` of rank `rank`'s send buffer.
struct source {
  datatype type;
  std::uint64_t seed;
  [[nodiscard]] std::uint64_t seed_of(int rank) const { return seed * 0x10001 + static_cast<std::uint64_t>(rank); }
  void operator()(int rank, std::size_t index, std::byte* out) const { random_at(type, seed_of(rank), index, out); }
};

// What all ranks call. The root is rank 0.
struct problem {
  int size;
  std::size_t elements;  // about as many as the larger buffer of a rank holds
  source input;
  const reference_op* op;  // none where nothing is reduced
};

// This rank's call of clique's; what it refers to outlives it.
struct device_call {
  communicator& comm;
  const blocks& mine;
  const buffer &send, &receive;
  const reduce_op& op;
};

// This rank's call of MPI's, on host buffers.
struct host_call {
  MPI_Comm comm;
  int rank, size;
  const blocks& mine;
  std::size_t element_bytes;
  MPI_Datatype type;  // the element and the operator, of reductions; null where MPI has none
  MPI_Op op;
  bool large;  // some count or displacement of some rank passes INT_MAX bytes
  const std::byte* send;
  std::byte* receive;
};

// A collective, as the benchmark sees it: add one to one of the tables.
struct benchmark {
  const char* name;
  std::optional<collective> what;  // none: messages
  bool reduces;
  // The call of one rank.
  blocks (*shape)(int rank, int size, std::size_t elements);
  // One call of clique's, ready to be repeated.
  std::function<void()> (*clique)(const device_call& call);
  // MPI's; empty where this MPI library cannot: counts that need MPI 4, types and operators that it does not have.
  std::function<void()> (*mpi)(const host_call& call);
  // What the receive buffer of `rank` must hold afterwards.
  void (*expected)(const problem& of, int rank, std::byte* out);
  // Bytes that chosen_algorithm() asks for, of the largest buffer's.
  std::size_t (*known_bytes)(std::size_t bytes, int size);
  // busbw / algbw, as nccl-tests define it.
  double (*bus_factor)(int size);
};
[[nodiscard]] std::span<const benchmark> moving_benchmarks();    // bench/moves.cpp
[[nodiscard]] std::span<const benchmark> reducing_benchmarks();  // bench/reductions.cpp

// MPI's call ready to be repeated, with `count` as an int or, where it is too large for that, as an MPI_Count.
// `invoke(function, count)` makes it; the functions come from CLIQUE_MPI(MPI_Alltoall).
template <class Small, class Large, class Invoke>
std::function<void()> repeat(bool large, std::size_t count, const char* name, Small function,
                             [[maybe_unused]] Large large_function, Invoke invoke) {
  if (!large) return [=, n = static_cast<int>(count)] { check(invoke(function, n), name); };
  if constexpr (std::is_pointer_v<Large>)
    return [=, n = static_cast<MPI_Count>(count)] { check(invoke(large_function, n), name); };
  else
    return {};
}
#if MPI_VERSION >= 4
#define CLIQUE_MPI(name) #name, name, name##_c
#else
#define CLIQUE_MPI(name) #name, name, 0
#endif

namespace bench_parts {                                    // shared by the tables
inline std::size_t part(int size, std::size_t elements) {  // of a buffer with a block for each rank
  return std::max<std::size_t>(1, elements / static_cast<std::size_t>(size));
}
inline std::size_t block_bytes(std::size_t bytes, int size) {
  return bytes / static_cast<std::size_t>(size);
}
inline std::size_t all_bytes(std::size_t bytes, int) {
  return bytes;
}
inline double once(int) {
  return 1;
}
inline double all_but_own(int size) {
  return static_cast<double>(size - 1) / size;
}
inline double twice_all_but_own(int size) {
  return 2 * all_but_own(size);
}
}  // namespace bench_parts

// One of those that are compared: `call` is made many times in a row, `finish` once after a row, within the time.
struct contender {
  std::function<void()> call;
  std::function<void()> finish = [] {};
};

struct timing {
  std::vector<double> us;  // per call, of the slowest rank, one value per row of calls
  std::size_t calls = 0;
};

// Times them in turns, so that what else happens on the machine happens to all; `iterations` calls of each, or, if
// that is 0, as many as fit about half a second in all. `crowded`: a node has more ranks than cores; the same on all
// ranks. A contender without a call has no timing. Collective.
[[nodiscard]] std::vector<timing> race(const std::vector<contender>& contenders, std::size_t iterations, bool crowded);

struct bench_row {
  std::string collective, type, op;  // op is empty where the collective has none
  std::size_t bytes = 0;             // of the largest buffer of a rank
  std::string staging, transport, algorithm;
  std::size_t iterations = 0;
  summary us;
  std::optional<double> naive_us, expert_us, mpi_us;  // none: this MPI library cannot
  std::string floor;                                  // "memcpy", or "bus" where a device has memory of its own
  double floor_us = 0;
  double algbw = 0, busbw = 0;  // GB/s, of 1e9 bytes
  std::uint64_t wrong = 0;      // elements, on all ranks
};

struct bench_report {
  int ranks = 1, nodes = 1;
  std::string mpi;
  std::vector<std::string> devices;  // by rank
  std::vector<bench_row> rows;
};

[[nodiscard]] std::string table_head(const std::string& collective, const std::string& type);
[[nodiscard]] std::string table_line(const bench_row& row);
[[nodiscard]] json to_json(const bench_report& report);
[[nodiscard]] std::string to_csv(const bench_report& report);

}  // namespace clique::tools
