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

  // clique, naive, MPI, memcpy; naive and MPI without a call where this MPI library cannot.
  std::vector<contender> contenders();

 private:
  communicator& comm_;
  const benchmark& what_;
  problem problem_;
  blocks mine_;
  std::size_t bytes_ = 0;
  std::optional<buffer> send_, receive_;
  std::vector<std::byte> host_send_, host_receive_;
  cl::Buffer naive_send_, naive_receive_;  // as an OpenCL program that knows nothing of clique makes them
  std::function<void()> clique_;
};

}  // namespace clique::tools
