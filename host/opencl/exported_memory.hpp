// Device memory that all ranks which drive one device see: made by an exporter, imported as a buffer by its owner and,
// through a descriptor, by its peers (cl_khr_external_memory_opaque_fd).
#pragma once

#include "memory/descriptor_post.hpp"
#include "opencl/exporter.hpp"

#include <CL/opencl.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace clique::opencl {

class device_state;

// A piece of it, as long as its owner holds it. Peers that have imported it hold the memory, too, until they have read
// that it is gone.
struct exported_piece {
  std::uint64_t name = 0;  // of the process's pieces; not 0, never given again
  std::size_t bytes = 0;
  cl::Buffer buffer;
  std::unique_ptr<exportable> memory;
  std::set<std::uint64_t> known_to;  // keys of processes
  std::shared_ptr<void> device;      // held, for its end is told to it
};

// Bytes. What is smaller goes about as fast through pinned memory, and would leave most of a unit unused. 0 with
// CLIQUE_STAGING=exported, for tests.
std::size_t least_exported() noexcept;

// One for each device_state. Thread-safe; under `mutex_` is all but what judge() writes, once.
class exported_memory {
 public:
  explicit exported_memory(device_state& of) : device_(of) {}

  // Whether it works: a device with memory of its own, an exporter, and what is written through one import is read
  // through another. The first call finds out; it takes a few 10 ms.
  bool works();
  // Why, or why not; for people. After works().
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  // What peers call this process by. After works() said that it does; else 0.
  [[nodiscard]] std::uint64_t key() const noexcept { return post_ ? post_->key() : 0; }

  // Null where there is none to be had, or where too much would be left unused: an exporter's units are large (2 MiB on
  // NVIDIA's GPUs), and what arrays leave of them is at most 1/64 of the device's memory.
  std::shared_ptr<exported_piece> allocate(std::size_t bytes);
  // The piece whose buffer that is, or null.
  std::shared_ptr<exported_piece> find(cl_mem buffer);
  // Sees to it that those processes can import it: they have been sent a descriptor. False where one has no room now.
  bool share(std::uint64_t name, std::span<const std::uint64_t> with);
  // This process's own piece, or one that it has been sent. Throws clique::error(internal) for what is neither.
  cl_mem buffer_of(std::uint64_t key, std::uint64_t name);
  // Reads what peers have sent: imports it, or lets go of what is gone.
  void collect();

 private:
  void judge();
  void test();
  [[nodiscard]] cl::Buffer import(int descriptor, std::size_t bytes) const;
  std::shared_ptr<exported_piece> make(std::size_t bytes);
  [[nodiscard]] std::size_t unused_by(std::size_t bytes) const {
    const std::size_t unit = exporter_->unit();
    return (unit - bytes % unit) % unit;
  }
  void retire(const exported_piece& piece) noexcept;
  void collect_locked();
  void tell_gone();

  device_state& device_;
  std::once_flag judged_;
  std::unique_ptr<exporter> exporter_;
  std::optional<memory::descriptor_post> post_;
  std::string reason_ = "nobody asked for it";

  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::size_t unused_ = 0;  // bytes of whole units that arrays do not use
  std::unordered_map<cl_mem, std::weak_ptr<exported_piece>> by_buffer_;
  std::map<std::uint64_t, exported_piece*> by_name_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, cl::Buffer> imported_;  // by key and name
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gone_;               // to whom, of what: not told yet
};

}  // namespace clique::opencl
