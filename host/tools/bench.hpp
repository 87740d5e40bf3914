// What the parts of `clique bench` share: how a collective describes itself to it, and what comes out.
#pragma once

#include "buffer.hpp"
#include "rows.hpp"
#include "statistics.hpp"

#include <clique/collective.hpp>
#include <clique/communicator.hpp>

#include <mpi.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clique::tools {

// One rank's call: counts and displacements in elements, by peer.
struct blocks {
  std::vector<std::size_t> send_counts, send_displacements, receive_counts, receive_displacements;
  std::size_t send = 0, receive = 0;  // elements of the two buffers
};

// The random data that the ranks send: element `index` of rank `rank`'s send buffer.
struct source {
  datatype type;
  std::uint64_t seed;
  [[nodiscard]] std::uint64_t seed_of(int rank) const { return seed * 0x10001 + static_cast<std::uint64_t>(rank); }
  void operator()(int rank, std::size_t index, std::byte* out) const { random_at(type, seed_of(rank), index, out); }
};

// Host buffers, and the unit that MPI counts in.
struct host_call {
  MPI_Comm comm;
  std::size_t element_bytes;
  bool large;  // some count or displacement of some rank passes INT_MAX bytes
  const std::byte* send;
  std::byte* receive;
};

// A collective, as the benchmark sees it: add one here and in benchmarks().
struct benchmark {
  const char* name;
  collective what;
  // The call of one rank, whose larger buffer holds about `elements`; every rank can work out every other's.
  blocks (*shape)(int rank, int size, std::size_t elements);
  // One call of clique's, ready to be repeated; what it refers to outlives it.
  std::function<void()> (*clique)(communicator& comm, const blocks& mine, const buffer& send, const buffer& receive);
  // MPI's on host memory; empty where this MPI library cannot (large counts need MPI 4).
  std::function<void()> (*mpi)(const host_call& call, const blocks& mine);
  // What the receive buffer of `rank` must hold afterwards.
  void (*expected)(int rank, int size, std::size_t elements, const source& input, std::byte* out);
  // Bytes of the larger buffer that chosen_algorithm() asks for: one block's; 0 where ranks have different ones.
  std::size_t (*block_bytes)(std::size_t bytes, int size);
  // busbw / algbw, as nccl-tests define it.
  double (*bus_factor)(int size);
};

// All there are; the first is the default.
[[nodiscard]] std::span<const benchmark> benchmarks();

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
  std::optional<double> naive_us, mpi_us;  // none: more than this MPI library can count
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
