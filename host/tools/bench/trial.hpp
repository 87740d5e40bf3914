// One size of one collective: its buffers, the check of what it delivers, and those who compete over it.
#pragma once

#include "bench/benchmark.hpp"

namespace clique::tools {

// All member functions but bytes() are collective, and throw on all ranks.
class trial {
 public:
  // Local choice of the shape; the buffers come with prepare(). `op` is what reductions apply, and outlives this.
  trial(communicator& comm, const benchmark& what, const reference_op& op, const source& input, std::size_t elements);
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;

  // Of the largest buffer of a rank.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // Makes the buffers: random ones to send, poisoned ones to receive.
  void prepare();

  // One call: the elements of the receive buffers that are wrong, of all ranks.
  std::uint64_t count_wrong();

  // clique, naive, expert, MPI, floor; the middle ones without a call where this MPI library cannot.
  std::vector<contender> contenders();
  // Whether the device has memory of its own: then the floor is the bus to it, and the expert pins host memory.
  [[nodiscard]] bool behind_bus() const;

 private:
  // MPI's call on these host buffers.
  std::function<void()> mpi_on(const std::byte* send, std::byte* receive) const;
  // Read, MPI, write by way of these.
  std::function<void()> by_hand(const cl::CommandQueue& queue, std::byte* send, std::byte* receive) const;
  std::function<void()> by_mapping(const cl::CommandQueue& queue) const;
  std::function<void()> over_the_bus(const cl::CommandQueue& there, const cl::CommandQueue& back) const;
  [[nodiscard]] std::size_t sent() const { return mine_.send * size_of(problem_.input.type); }
  [[nodiscard]] std::size_t received() const { return mine_.receive * size_of(problem_.input.type); }

  communicator& comm_;
  const benchmark& what_;
  problem problem_;
  blocks mine_;
  std::size_t bytes_ = 0;
  std::optional<buffer> send_, receive_;
  std::vector<std::byte> host_send_, host_receive_;
  cl::Buffer naive_send_, naive_receive_;  // as an OpenCL program that knows nothing of clique makes them
  cl::Buffer pinned_;                      // host memory that the driver knows, where there is a bus
  std::byte* pinned_send_ = nullptr;       // mapped as long as this
  std::byte* pinned_receive_ = nullptr;
  std::function<void()> clique_;
};

}  // namespace clique::tools
