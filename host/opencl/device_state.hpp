// What all handles to one device share: context, queue, programs, and what was found out about it.
#pragma once

#include "opencl/check.hpp"
#include "opencl/exported_memory.hpp"
#include "opencl/program_cache.hpp"

#include <clique/device.hpp>
#include <clique/reduce_op.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace clique::opencl {

// How the host waits until what a device wrote is visible to it (host/DESIGN.md, "drain").
enum class drain_by { finish, marker };

// What is known of one operator's kernel for one type (reduction.hpp). Each is found out once and then holds: threads
// that find it unknown at the same time find out the same, so that a plain store of either will do.
struct reduction_facts {
  enum class answer : std::uint8_t { unknown, yes, no };

  reduction_facts(const reduce_op& which, datatype element) : op(which), type(element) {}
  const reduce_op op;
  const datatype type;
  std::atomic<program*> kernel{nullptr};
  std::atomic<answer> equals_host{answer::unknown};
};

// Which buffers the host finds always at the address at which they were mapped once (address_test.hpp).
struct kept_addresses {
  bool own = false;          // those whose memory the driver allocates
  bool host_memory = false;  // those around the program's (CL_MEM_USE_HOST_PTR)
  std::string reason;        // for people
};

// Thread-safe: communicators that drive one device share its state, each with a lock of its own, and so do the threads
// that use the device. What is written after construction, and under what:
//
//   programs_             its own locks (program_cache.hpp)
//   reductions_           reductions_mutex_, the list; its entries are atomics, and are never removed
//   arena_, arena_reason_ arena_once_
//   addresses_, asks_     addresses_once_
//   drain_                written under arena_once_, read by anybody at any time
//   commands_             by who has enqueued a command, after that: how many there were
//   drained_              by who has seen all commands done that had been counted before it began to wait. One that
//                         was enqueued meanwhile is counted later, and then the two differ
//   handed_out_           by who gives the queue to the program; never unset
//   pinned_               pinned_mutex_
//   exported_             its own lock
//   marked_               set_shared_once_
//   spares_compute_       after that, by who makes a communicator in which other processes drive the device; never
//   unset
class device_state {
 public:
  // The queue, for one command: a temporary of the statement that enqueues it, which it counts when it goes.
  class command {
   public:
    explicit command(device_state& in) noexcept : in_(in) {}
    command(const command&) = delete;
    command& operator=(const command&) = delete;
    ~command() { in_.commands_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] cl_command_queue operator()() const noexcept { return in_.queue_(); }

   private:
    device_state& in_;
  };

  // Retains all three. Throws clique::error(invalid_argument) where they do not belong together, or the queue is
  // out of order.
  device_state(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue);
  device_state(const device_state&) = delete;
  device_state& operator=(const device_state&) = delete;

  [[nodiscard]] const cl::Context& context() const noexcept { return context_; }
  [[nodiscard]] const cl::Device& native() const noexcept { return native_; }
  [[nodiscard]] command queue() noexcept { return command(*this); }
  // For the program, which may enqueue from now on what is not counted.
  [[nodiscard]] const cl::CommandQueue& hand_out_queue() noexcept {
    handed_out_.store(true, std::memory_order_relaxed);
    return queue_;
  }
  // For what is no command: a marker, a question.
  [[nodiscard]] cl_command_queue uncounted_queue() const noexcept { return queue_(); }
  [[nodiscard]] const device_info& info() const noexcept { return info_; }
  [[nodiscard]] program_cache& programs() noexcept { return programs_; }

  // Good as long as the device.
  [[nodiscard]] reduction_facts& reduction(const reduce_op& op, datatype type);

  // Blocks until all commands enqueued so far are done and what they wrote is visible to the host. Before the
  // self-test has shown that clFinish does, it is the slower marker.
  void drain() {
    if (idle()) return;
    const std::uint64_t before = commands();
    if (drain_choice() == drain_by::finish) [[likely]] {
      check(clFinish(queue_()), "clFinish");
    } else {
      drain_with(drain_by::marker);
    }
    drained(before);
  }
  // All commands are done and seen, for certain: false where the program has the queue. It saves the call of a driver
  // that an idle queue costs: 2.5 us on NVIDIA's, 1.4 us on Intel's, 0.03 us on PoCL.
  [[nodiscard]] bool idle() const noexcept {
    return drained_.load(std::memory_order_acquire) == commands() && !handed_out_.load(std::memory_order_relaxed);
  }
  // How many were enqueued; and that so many are done.
  [[nodiscard]] std::uint64_t commands() const noexcept { return commands_.load(std::memory_order_acquire); }
  void drained(std::uint64_t commands) noexcept { drained_.store(commands, std::memory_order_release); }
  // The same, in the way named: for the self-test.
  void drain_with(drain_by how);
  [[nodiscard]] drain_by drain_choice() const noexcept { return drain_.load(std::memory_order_relaxed); }

  // Whether its memory is its own, behind a bus: no host reads it where it lies.
  [[nodiscard]] bool has_own_memory() const noexcept { return !info_.host_unified && info_.type != "cpu"; }
  // Whether other processes drive it too. A GPU gives its compute engine to one process at a time, in slices: then
  // commands that need it take ten times as long as those of the copy engines, which all share (tests/gpu_model/).
  // Throws clique::error(opencl_failure).
  void set_shared();
  [[nodiscard]] bool spares_compute() const noexcept { return spares_compute_.load(std::memory_order_acquire); }

  // Host memory that stays as long as this state, which holds `mapped` for that: the driver gets to know its pages.
  // Where it refuses, and where host and device share memory, nothing happens.
  void pin(const std::byte* from, std::size_t bytes, std::shared_ptr<void> mapped);
  struct pinned_use {
    std::size_t pieces = 0, bytes = 0;
  };
  [[nodiscard]] pinned_use pinned();

  // Memory that other processes see. Arrays come from there, if it works, once set_exports() was called: by who
  // makes a communicator in which other processes drive the device, and have such memory too.
  [[nodiscard]] exported_memory& exported() noexcept { return exported_; }
  void set_exports() noexcept { exports_.store(true, std::memory_order_release); }
  [[nodiscard]] bool exports() const noexcept { return exports_.load(std::memory_order_acquire); }

  // An event of everything enqueued so far and of `wait_list`; to be flushed. A marker, or, where the compute engine is
  // spared, a read of a few bytes. The caller releases it.
  cl_event mark(const cl_event* wait_list, cl_uint count);

  // Whether arrays of this device come from the arena: the device works there, sees what the host writes, and the
  // host what it writes. The first call tests that with a few kernels. Throws clique::error(unsupported) if it
  // does not and CLIQUE_STAGING=direct asks for it.
  [[nodiscard]] bool arena_works();
  // Why, or why not; for people.
  [[nodiscard]] const std::string& arena_reason();

  // The first call tests that with a few kernels, where host and device share memory. Throws
  // clique::error(unsupported) if there are none and CLIQUE_STAGING=host asks for them.
  [[nodiscard]] const kept_addresses& addresses();
  // Where the host finds a buffer of this context's, made with those flags; null: only while it is mapped.
  [[nodiscard]] std::byte* address_of(cl_mem buffer, cl_mem_flags flags, std::size_t bytes);

 private:
  void judge_arena();
  void judge_addresses();

  cl::Context context_;
  cl::Device native_;
  cl::CommandQueue queue_;
  device_info info_;
  program_cache programs_;
  std::mutex reductions_mutex_;
  std::deque<reduction_facts> reductions_;
  std::atomic<drain_by> drain_{drain_by::marker};
  std::atomic<std::uint64_t> commands_{0}, drained_{0};
  std::atomic<bool> handed_out_{false}, spares_compute_{false}, exports_{false};
  exported_memory exported_{*this};
  struct pinned_piece {
    std::size_t bytes = 0;
    std::shared_ptr<void> mapped;
    cl::Buffer known;  // null where the driver refused
  };
  std::mutex pinned_mutex_;
  std::map<const std::byte*, pinned_piece> pinned_;
  std::once_flag set_shared_once_;
  cl::Buffer marked_;                 // what mark() reads
  std::array<std::byte, 64> mark_{};  // where to
  std::once_flag arena_once_;
  bool arena_ = false;
  std::string arena_reason_;
  std::once_flag addresses_once_;
  kept_addresses addresses_;
  cl::CommandQueue asks_;  // for addresses: a question that waits for kernels holds up no other command
};

}  // namespace clique::opencl
