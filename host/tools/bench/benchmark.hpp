// What the parts of `clique bench` share: how a collective describes itself to it, and what comes out.
#pragma once

#include "bench/statistics.hpp"
#include "buffer.hpp"
#include "json.hpp"
#include "mpi.hpp"
#include "reference.hpp"

#include <clique/collective.hpp>
#include <clique/communicator.hpp>
#include <clique/request.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
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

// Blocking; started and waited for; prepared once, and each time started and waited for.
enum class form { blocking, nonblocking, persistent };
[[nodiscard]] const char* name(form of);

// This rank's call of clique's; what it refers to outlives it.
struct device_call {
  communicator& comm;
  form as;
  const blocks& mine;
  const buffer &send, &receive;
  const reduce_op& op;
};

// This rank's call of MPI's, on host buffers.
struct host_call {
  MPI_Comm comm;
  form as;
  int rank, size;
  const blocks& mine;
  std::size_t element_bytes;
  MPI_Datatype type;  // the element and the operator, of reductions; null where MPI has none
  MPI_Op op;
  bool large;  // some count or displacement of some rank passes INT_MAX bytes
  const std::byte* send;
  std::byte* receive;
};

// What a rank's host cannot do without, bytes: `parts` vectors of `combined` each become one, and `copied` are copied.
struct host_work {
  std::size_t parts = 0, combined = 0, copied = 0;
};

// A collective, as the benchmark sees it: add one to one of the tables.
struct benchmark {
  const char* name;
  std::optional<collective> what;  // none: messages
  bool reduces;
  // The call of one rank.
  blocks (*shape)(int rank, int size, std::size_t elements);
  // One call of clique's, ready to be repeated. Collective where the form is persistent, and so is the next.
  std::function<void()> (*clique)(const device_call& call);
  // MPI's; empty where this MPI library cannot: counts and persistent calls that need MPI 4, types and operators that
  // it does not have.
  std::function<void()> (*mpi)(const host_call& call);
  // What the receive buffer of `rank` must hold afterwards.
  void (*expected)(const problem& of, int rank, std::byte* out);
  // Bytes that chosen_algorithm() asks for, of the largest buffer's.
  std::size_t (*known_bytes)(std::size_t bytes, int size);
  // Of a rank that receives so many bytes.
  host_work (*floor)(std::size_t received, int size);
  // busbw / algbw, as nccl-tests define it.
  double (*bus_factor)(int size);
};
[[nodiscard]] std::span<const benchmark> moving_benchmarks();    // bench/moves.cpp
[[nodiscard]] std::span<const benchmark> reducing_benchmarks();  // bench/reductions.cpp

// Each form of one of clique's calls: CLIQUE_CALL(call, bcast, data, 0) is bcast(call.comm, data, 0), or ibcast(...)
// and the wait for it, or the start and the wait of bcast_init(...). Its arguments are copied.
template <class Blocking, class Start, class Prepare>
std::function<void()> in_form(form as, Blocking blocking, Start start, Prepare prepare) {
  if (as == form::blocking) return blocking;
  if (as == form::nonblocking) return [start] { start().wait(); };
  return [kept = std::make_shared<persistent>(prepare())] {
    kept->start();
    kept->wait();
  };
}
#define CLIQUE_CALL(call, name, ...)                                                \
  in_form((call).as, [=] { clique::name((call).comm __VA_OPT__(, ) __VA_ARGS__); }, \
          [=] { return clique::i##name((call).comm __VA_OPT__(, ) __VA_ARGS__); },  \
          [=] { return clique::name##_init((call).comm __VA_OPT__(, ) __VA_ARGS__); })

// MPI's functions for one call in all forms; `large` ones, and persistent ones, of MPI 4 alone: else 0.
template <class Blocking, class Nonblocking, class Persistent, class Large, class LargeNonblocking,
          class LargePersistent>
struct mpi_functions {
  const char* name;
  Blocking blocking;
  Nonblocking nonblocking;
  Persistent persistent;
  Large large;
  LargeNonblocking large_nonblocking;
  LargePersistent large_persistent;
};
#if MPI_VERSION >= 4
#define CLIQUE_MPI(blocking, nonblocking)                                                               \
  mpi_functions {                                                                                       \
#blocking, blocking, nonblocking, blocking##_init, blocking##_c, nonblocking##_c, blocking##_init_c \
  }
#define CLIQUE_MPI_WITHOUT_COUNTS(blocking, nonblocking)       \
  mpi_functions {                                              \
#blocking, blocking, nonblocking, blocking##_init, 0, 0, 0 \
  }
#else
#define CLIQUE_MPI(blocking, nonblocking)        \
  mpi_functions {                                \
#blocking, blocking, nonblocking, 0, 0, 0, 0 \
  }
#define CLIQUE_MPI_WITHOUT_COUNTS(blocking, nonblocking) CLIQUE_MPI(blocking, nonblocking)
#endif

// Requests that are started again and again.
class mpi_persistent {
 public:
  explicit mpi_persistent(std::size_t requests) : all_(requests, MPI_REQUEST_NULL) {}
  mpi_persistent(const mpi_persistent&) = delete;
  mpi_persistent& operator=(const mpi_persistent&) = delete;
  ~mpi_persistent() {
    for (MPI_Request& each : all_)
      if (each != MPI_REQUEST_NULL) MPI_Request_free(&each);
  }
  [[nodiscard]] MPI_Request* request(std::size_t k = 0) { return &all_[k]; }
  void run() {
    const int count = static_cast<int>(all_.size());
    check(MPI_Startall(count, all_.data()), "MPI_Startall");
    check(MPI_Waitall(count, all_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  }

 private:
  std::vector<MPI_Request> all_;
};

// MPI's call ready to be repeated: `invoke(function, counts, tail...)` makes it, with the functions of one form, whose
// last arguments are `tail`. `counts`: what small() gives, or large() where a count is too large for an int.
template <class Functions, class Small, class Large, class Invoke>
std::function<void()> repeat(const host_call& call, const Functions& all, Small small, Large large, Invoke invoke) {
  const auto made = [&]([[maybe_unused]] auto blocking, [[maybe_unused]] auto nonblocking,
                        [[maybe_unused]] auto persistent, auto counts) -> std::function<void()> {
    const char* const name = all.name;
    if (call.as == form::blocking) return [=] { check(invoke(blocking, counts), name); };
    if (call.as == form::nonblocking) {
      return [=] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(invoke(nonblocking, counts, &request), name);
        check(MPI_Wait(&request, MPI_STATUS_IGNORE), "MPI_Wait");
      };
    }
    if constexpr (std::is_pointer_v<decltype(persistent)>) {
      struct bound {
        explicit bound(const decltype(counts)& of) : lists(of) {}
        decltype(counts) lists;  // as long as the request
        mpi_persistent requests{1};
      };
      const auto kept = std::make_shared<bound>(counts);
      check(invoke(persistent, kept->lists, MPI_INFO_NULL, kept->requests.request()), name);
      return [kept] { kept->requests.run(); };
    }
    return {};
  };
  if (!call.large) return made(all.blocking, all.nonblocking, all.persistent, small());
  if constexpr (std::is_pointer_v<decltype(all.large)>)
    return made(all.large, all.large_nonblocking, all.large_persistent, large());
  return {};
}
// The same with one count.
template <class Functions, class Invoke>
std::function<void()> repeat(const host_call& call, const Functions& all, std::size_t count, Invoke invoke) {
  return repeat(
      call, all, [=] { return static_cast<int>(count); }, [=] { return static_cast<MPI_Count>(count); }, invoke);
}

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
inline host_work copies(std::size_t received, int) {
  return {.copied = received};
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
// ranks. `latency`: the ranks meet before each call; else calls follow each other, and who need not wait runs ahead. A
// contender without a call has no timing. Collective.
[[nodiscard]] std::vector<timing> race(const std::vector<contender>& contenders, std::size_t iterations, bool crowded,
                                       bool latency);

struct bench_row {
  std::string collective, type, op;  // op is empty where the collective has none
  std::string form, buffers;         // of clique's call; "array" or "user"
  std::size_t bytes = 0;             // of the largest buffer of a rank
  std::string staging, transport, algorithm;
  std::size_t iterations = 0;
  summary us;
  std::optional<summary> naive_us, expert_us, mpi_us;  // none: this MPI library cannot; MPI's in the same form
  std::string expert;                                  // "map", or "pinned" where a device has memory of its own
  std::string floor;                                   // "memcpy", "combine" of reductions, or "bus" behind one
  double floor_us = 0;
  double algbw = 0, busbw = 0;  // GB/s, of 1e9 bytes
  std::uint64_t wrong = 0;      // elements, on all ranks
};

struct bench_report {
  int ranks = 1, nodes = 1;
  std::string mpi, threads;  // the library; the level that it gave
  bool latency = false;
  std::vector<std::string> devices;  // by rank
  std::vector<bench_row> rows;
};

[[nodiscard]] std::string head(const bench_report& report);  // two lines, of all tables
[[nodiscard]] std::string table_head(const std::string& collective, const std::string& type, const std::string& expert);
[[nodiscard]] std::string table_line(const bench_row& row);
[[nodiscard]] json to_json(const bench_report& report);
[[nodiscard]] std::string to_csv(const bench_report& report);

}  // namespace clique::tools
