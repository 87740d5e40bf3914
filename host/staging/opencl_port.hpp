// The staging port of an OpenCL device. A ticket is a retained cl_event.
//
// Copies and mappings go through a queue of its own: in the user's they would stand behind kernels that wait for the
// event of the very operation that they belong to.
#pragma once

#include "core/watchdog.hpp"
#include "opencl/buffer_facts.hpp"
#include "opencl/device_state.hpp"
#include "staging/port.hpp"

#include <clique/reduce_op.hpp>

#include <array>
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
  explicit opencl_port(const clique::device& device) : handle_(device), device_(handle_.state()) {}
  ~opencl_port() override;

  void prepare() override;
  void pin(const std::byte* from, std::size_t bytes, std::shared_ptr<void> mapped) override;
  [[nodiscard]] std::size_t piece_of(std::size_t block_bytes, std::size_t most) const override;
  ticket map(binding& range, bool write, ticket gate) override;
  ticket unmap(binding& range) override;
  ticket read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) override;
  ticket write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) override;
  ticket copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
              std::size_t bytes) override;
  ticket copy_apart(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                    std::size_t bytes) override;
  [[nodiscard]] std::uint64_t exports_as() override { return device_.exports() ? device_.exported().key() : 0; }
  bool share(const binding& range, std::span<const std::uint64_t> with) override {
    return device_.exported().share(range.exported, with);
  }
  binding see(const exported_place& what, std::size_t bytes) override;
  ticket work_on(std::span<const exported_work> all) override;
  void collect_shared() override { device_.exported().collect(); }
  ticket combine(const combiner& how, const binding& left, std::size_t left_offset, const binding& right,
                 std::size_t right_offset, const binding& to, std::size_t to_offset, std::size_t count) override;
  void wait_if_better(ticket of) override;
  bool done(ticket& of) override;
  void forget(ticket of) noexcept override;
  void when_done(ticket of, std::function<void(bool failed)> then) override;

  // The kernel of an operator, built at the first call. Throws clique::error(build_failure, unsupported). Good as long
  // as the port.
  const combiner* combiner_of(const reduce_op& op, datatype type);

  // What is under way may go on after the port: what it copies through, and the device, which knows that, stay for
  // good.
  void keep_for_good();

  // What is known of buffers. Under the lock of the port's communicator.
  [[nodiscard]] opencl::recent_buffers& buffers() noexcept { return buffers_; }

  // An event of everything enqueued so far and of `wait_list`: once it is done, the device's queue is known to be.
  ticket marker(const cl_event* wait_list, cl_uint count);
  // Done when those events are, whatever the device's queue holds. At least one; the queues that they are of are
  // flushed, or they might wait for good.
  ticket all_of(const cl_event* events, cl_uint count);

 private:
  // What reads, writes and works on the device stands in a queue of its own where the device has memory of its own: the
  // bus carries both ways at once. Elsewhere there is one queue for all. In order; made when they are first needed,
  // which they never are where all memory is direct.
  enum class lane : std::uint8_t { work, to_host, to_device, apart };
  cl_command_queue queue(lane of);
  // The commands above where other processes share the device: through copy engines alone.
  cl_event write_in(lane of, const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from);
  static cl_event write_in_rows(cl_command_queue in, const binding& range, std::size_t offset, std::size_t bytes,
                                const std::byte* from);
  ticket copy_by_host(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                      std::size_t bytes);
  ticket copy_in(lane of, const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                 std::size_t bytes);
  std::byte* bounce();

  // How many commands stood before a marker that is done with.
  std::optional<std::uint64_t> counted_by(ticket marker) noexcept;
  static ticket begun(cl_command_queue in, cl_event event);

  const clique::device handle_;
  opencl::device_state& device_;
  opencl::recent_buffers buffers_;
  core::watchdog::post waits_;
  std::array<cl::CommandQueue, 4> queues_;
  std::byte* bounce_ = nullptr;                            // of copy_by_host(); taken when it is first needed
  std::vector<std::pair<ticket, std::uint64_t>> markers_;  // in flight
  std::map<std::pair<const opencl::program*, datatype>, combiner> combiners_;
};

}  // namespace clique::staging
