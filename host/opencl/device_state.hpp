// What all handles to one device share: context, queue, programs, and what was found out about it.
#pragma once

#include "opencl/check.hpp"
#include "opencl/program_cache.hpp"

#include <clique/device.hpp>
#include <clique/reduce_op.hpp>

#include <deque>
#include <optional>
#include <string>

namespace clique::opencl {

// How the host waits until what a device wrote is visible to it (host/DESIGN.md, "drain").
enum class drain_by { finish, marker };

// What is known of one operator's kernel for one type (reduction.hpp).
struct reduction_facts {
  reduce_op op;
  datatype type;
  program* kernel = nullptr;
  std::optional<bool> equals_host;
};

class device_state {
 public:
  // Retains all three. Throws clique::error(invalid_argument) where they do not belong together, or the queue is
  // out of order.
  device_state(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue);
  device_state(const device_state&) = delete;
  device_state& operator=(const device_state&) = delete;

  [[nodiscard]] const cl::Context& context() const noexcept { return context_; }
  [[nodiscard]] const cl::Device& native() const noexcept { return native_; }
  [[nodiscard]] const cl::CommandQueue& queue() const noexcept { return queue_; }
  [[nodiscard]] const device_info& info() const noexcept { return info_; }
  [[nodiscard]] program_cache& programs() noexcept { return programs_; }

  // Good as long as the device.
  [[nodiscard]] reduction_facts& reduction(const reduce_op& op, datatype type);

  // Blocks until all commands enqueued so far are done and what they wrote is visible to the host. Before the
  // self-test has shown that clFinish does, it is the slower marker.
  void drain() {
    if (drain_ == drain_by::finish) [[likely]] {
      check(clFinish(queue_()), "clFinish");
    } else {
      drain_with(drain_by::marker);
    }
  }
  // The same, in the way named: for the self-test.
  void drain_with(drain_by how);
  [[nodiscard]] drain_by drain_choice() const noexcept { return drain_; }

  // Whether arrays of this device come from the arena: the device works there, sees what the host writes, and the
  // host what it writes. The first call tests that with a few kernels. Throws clique::error(unsupported) if it
  // does not and CLIQUE_STAGING=direct asks for it.
  [[nodiscard]] bool arena_works();
  // Why, or why not; for people.
  [[nodiscard]] const std::string& arena_reason();

 private:
  void judge_arena();

  cl::Context context_;
  cl::Device native_;
  cl::CommandQueue queue_;
  device_info info_;
  program_cache programs_;
  std::deque<reduction_facts> reductions_;
  drain_by drain_ = drain_by::marker;
  std::optional<bool> arena_;
  std::string arena_reason_;
};

}  // namespace clique::opencl
