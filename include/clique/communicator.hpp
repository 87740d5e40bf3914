// A group of ranks, each with a device, that call collectives together.
#pragma once

#include <clique/device.hpp>
#include <clique/export.hpp>

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clique {

namespace engine {
class communicator_state;  // host/engine/
}

// Initializes MPI with MPI_THREAD_MULTIPLE where nobody has, and then finalizes it when it goes. A program that
// calls MPI_Init itself does not need it.
class CLIQUE_API environment {
 public:
  environment();
  environment(int& argc, char**& argv);
  ~environment();
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  bool initialized_;
};

// One rank's place in a communicator, for people to read.
struct rank_info {
  int rank = 0, size = 1;
  int node_rank = 0, node_size = 1;  // among the ranks that share this rank's memory
  std::string host;
  device_info device;
  std::string staging, staging_reason;  // of arrays
  std::string buffers, buffers_reason;  // the same of other buffers that the host may touch
  // Bytes of the memory that blocks of this process go through in segments, for all its communicators: now, the most so
  // far, and at the most (CLIQUE_STAGING_BYTES); beyond that each call in flight gets what it needs to get on.
  std::size_t staging_used = 0, staging_peak = 0, staging_limit = 0;
  std::string transport;  // "shm", "mpi", "shm+mpi" or "none"
  std::string transport_reason;
  std::string mpi;  // the MPI library and its version
};

// How blocks get from one rank to another, for people to read.
struct way_info {
  std::string name;  // "self", "device", "process", "shm" or "mpi"
  std::string why;   // how a block travels, and why no better way was taken
};

// Which ranks compare what they call before a call goes on.
//
//   full    All of them. A call that they do not make alike, or that one of them cannot make, throws the same error on
//           all, has moved nothing, and the communicator works on. Nobody returns from a collective before all have
//           called it; from a send before its receive has the message.
//   pairs   A rank compares with those alone from whom it receives: the ranks of a bcast or scatter with the root, the
//           root of a gather or reduce with all, rank r of a scan with those below r. Who only gives returns as soon as
//           it may overwrite what it gave: with small blocks up to 8 calls ahead of the others; and its small messages
//           (up to 144 bytes), where the host addresses or maps them, are sent before anybody asks for them. What does
//           not fit together is found by who receives, and ends the communicator: that call throws
//           clique::error(poisoned) there, and so do the others' next ones. A call that does not fit and gives nothing
//           to anybody may not be found at all.
//
// All ranks of a call must say the same. A barrier is always full, and so are starts of persistent collectives,
// communicators whose ranks do not all share memory, communicator::agree and whatever makes communicators.
enum class agreement : std::uint8_t { full, pairs };

// A colour for communicator::split: in no part.
inline constexpr int undefined = MPI_UNDEFINED;

// Ranks 0 .. size-1, in the order of the MPI communicator. Collectives on it must be called by all ranks in the same
// order. Move-only. Calls on one communicator from several threads are taken one at a time.
class CLIQUE_API communicator {
 public:
  // Collective over `comm`, an intracommunicator; only this constructor and those of communicators made from this one
  // call MPI on it, so it may be freed when no more of these are to come. Blocks. The device is chosen by the
  // node-local rank (device::choose), or the user's own. An error on one rank (no device, a malformed environment
  // variable, different settings or versions of the library, no memory, no threads) is thrown on all: either all ranks
  // have their communicator, or none has. What is no such communicator (MPI_COMM_NULL, a freed one, an
  // intercommunicator; any, before MPI_Init and after MPI_Finalize) is invalid_argument at once, on the rank that gives
  // it.
  explicit communicator(MPI_Comm comm = MPI_COMM_WORLD);
  communicator(MPI_Comm comm, const clique::device& device);
  communicator(communicator&&) noexcept;
  communicator& operator=(communicator&&) noexcept;
  // Local, does not block, whatever is in flight. Destroyed by an exception it poisons the communicator: the other
  // ranks throw instead of waiting for this one.
  ~communicator();

  [[nodiscard]] int rank() const noexcept;
  [[nodiscard]] int size() const noexcept;
  // The rank() and size() of device() are this communicator's.
  [[nodiscard]] const clique::device& device() const noexcept;
  operator const clique::device&() const noexcept { return device(); }  // NOLINT: array<T>(comm, n) reads well

  // The longest that a wait may take before it throws clique::error(timeout): CLIQUE_TIMEOUT, or 300 s. Local; a rank
  // that waits less than others poisons the communicator for them too.
  void set_timeout(std::chrono::duration<double> limit);
  [[nodiscard]] std::chrono::duration<double> timeout() const;

  // Of calls that do not say otherwise (call::agreement); full at first. Local, and to be alike on all ranks. Those
  // made from this communicator begin with it.
  void set_agreement(clique::agreement with);
  [[nodiscard]] clique::agreement agreement() const;

  // Collective, blocks: runs `local` here and throws on all ranks, naming the odd one, if it threw on any. With it,
  // what may fail on one rank alone (a kernel build, a file) fails on all.
  void agree(const std::function<void()>& local);

  // Communicators made from this one. Collective over this one; block, also for those that get none. The devices are
  // this one's (device() is the same but for its rank() and size()), and so is the timeout; the MPI communicator
  // underneath is their own. They may be used and destroyed in any order, on each rank in another, and outlive this
  // one. Errors are thrown on all ranks, and none then gets a communicator: invalid_argument for what one rank gave,
  // mismatch where the ranks call different ones of these, mpi_failure where MPI has no communicators left (MPICH has
  // some 2000).
  //
  // The same ranks, and the same topology, if it has one.
  [[nodiscard]] communicator dup();
  // The ranks of one colour, by key, those of one key in this one's order. `color` is 0 or more, or clique::undefined:
  // then this rank gets nothing.
  [[nodiscard]] std::optional<communicator> split(int color, int key = 0);
  // The ranks that share this rank's memory (transport shm), as was found out when this communicator was made; a rank
  // that shares it with none is alone.
  [[nodiscard]] communicator split_by_node(int key = 0);

  // This rank's row. Local.
  [[nodiscard]] rank_info describe() const;
  // How this rank reaches each rank, itself among them, by rank; either way between two ranks is the same. Local.
  [[nodiscard]] std::vector<way_info> ways() const;

  // For clique's own rooms.
  explicit communicator(std::shared_ptr<engine::communicator_state> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] engine::communicator_state& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<engine::communicator_state> state_;
};

}  // namespace clique
