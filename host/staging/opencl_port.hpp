// The staging port of an OpenCL device. A ticket is a retained cl_event.
//
// Copies and mappings go through a queue of its own: in the user's they would stand behind kernels that wait for the
// event of the very operation that they belong to.
#pragma once

#include "opencl/buffer_facts.hpp"
#include "opencl/device_state.hpp"
#include "staging/port.hpp"

#include <clique/reduce_op.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace clique::staging {

struct combiner {
  opencl::program* built;
};

class opencl_port final : public port {
 public:
  explicit opencl_port(opencl::device_state& device) : device_(device) {}

  void prepare() override { queue(); }
  ticket map(binding& range, bool write, ticket gate) override;
  ticket unmap(binding& range) override;
  ticket read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) override;
  ticket write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) override;
  ticket copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
              std::size_t bytes) override;
  ticket combine(const combiner& how, const binding& left, std::size_t left_offset, const binding& right,
                 std::size_t right_offset, const binding& to, std::size_t to_offset, std::size_t count) override;
  bool done(ticket& of) override;
  void forget(ticket of) noexcept override;
  void when_done(ticket of, std::function<void(bool failed)> then) override;

  // The kernel of an operator, built at the first call. Throws clique::error(build_failure, unsupported). Good as long
  // as the port.
  const combiner* combiner_of(const reduce_op& op, datatype type);

  // What is known of buffers. Under the lock of the port's communicator.
  [[nodiscard]] opencl::recent_buffers& buffers() noexcept { return buffers_; }

  // An event of everything enqueued so far and of `wait_list`: once it is done, the device's queue is known to be.
  ticket marker(const cl_event* wait_list, cl_uint count);

 private:
  // In order; made when it is first needed, which it never is where all memory is direct.
  cl_command_queue queue();
  // How many commands stood before a marker that is done with.
  std::optional<std::uint64_t> counted_by(ticket marker) noexcept;
  static ticket begun(cl_command_queue in, cl_event event);

  opencl::device_state& device_;
  opencl::recent_buffers buffers_;
  cl::CommandQueue queue_;
  std::vector<std::pair<ticket, std::uint64_t>> markers_;  // in flight
  std::map<std::pair<const opencl::program*, datatype>, combiner> combiners_;
};

}  // namespace clique::staging
