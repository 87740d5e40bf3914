// One size of one collective: its buffers, the check of what it delivers, and those who compete over it.
#pragma once

#include "bench/benchmark.hpp"

namespace clique::tools {

// How clique is called: in which form, with its own arrays or with buffers of the program's.
struct variant {
  form as = form::blocking;
  bool user = false;
};

// Whether the device has memory of its own: then the floor is the bus to it, and the expert pins host memory.
[[nodiscard]] bool is_behind_bus(const communicator& comm);
[[nodiscard]] inline const char* expert_name(bool behind_bus) {
  return behind_bus ? "pinned" : "map";
}

// All member functions but bytes() are collective, and throw on all ranks.
class trial {
 public:
  // Local choice of the shape; the buffers come with prepare(). `op` is what reductions apply, and outlives this.
  trial(communicator& comm, const benchmark& what, const reference_op& op, const source& input, std::size_t elements);
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;

  // Of the largest buffer of a rank.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // Makes the buffers, random ones to send and poisoned ones to receive, and the calls of these variants.
  void prepare(const std::vector<variant>& variants);

  // One call of the k-th variant: the elements of the receive buffers that are wrong, of all ranks.
  std::uint64_t count_wrong(std::size_t k);

  // Those without a call are what this MPI library cannot.
  struct field {
    std::vector<contender> clique;  // by variant
    contender naive, expert;
    std::vector<contender> mpi;     // by form
    std::vector<contender> floors;  // of which the fastest one counts
  };
  [[nodiscard]] field contenders(const std::vector<form>& forms);
  [[nodiscard]] bool behind_bus() const { return is_behind_bus(comm_); }

 private:
  // MPI's call on these host buffers.
  std::function<void()> mpi_on(const std::byte* send, std::byte* receive, form as = form::blocking) const;
  // Read, MPI, write by way of these.
  std::function<void()> by_hand(const cl::CommandQueue& queue, std::byte* send, std::byte* receive) const;
  std::function<void()> by_mapping(const cl::CommandQueue& queue) const;
  std::function<void()> over_the_bus(const cl::CommandQueue& there, const cl::CommandQueue& back) const;
  [[nodiscard]] std::vector<contender> floors();
  [[nodiscard]] std::size_t sent() const { return mine_.send * size_of(problem_.input.type); }
  [[nodiscard]] std::size_t received() const { return mine_.receive * size_of(problem_.input.type); }

  communicator& comm_;
  const benchmark& what_;
  problem problem_;
  blocks mine_;
  std::size_t bytes_ = 0;
  struct pair {
    buffer send, receive;
  };
  std::optional<pair> arrays_, user_;
  std::vector<std::byte> host_send_, host_receive_;
  cl::Buffer naive_send_, naive_receive_;  // as an OpenCL program that knows nothing of clique makes them
  cl::Buffer pinned_;                      // host memory that the driver knows, where there is a bus
  std::byte* pinned_send_ = nullptr;       // mapped as long as this
  std::byte* pinned_receive_ = nullptr;
  std::vector<variant> variants_;
  std::vector<std::function<void()>> clique_;  // by variant
};

}  // namespace clique::tools
