// The device's side of staging: what a device range is to the host, and asynchronous copies to and from it.
// Knows neither OpenCL nor MPI, so that the engine can be tested without a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

struct _cl_mem;  // OpenCL's, without its headers

namespace clique::staging {

// direct: the host addresses it, and so do the peers (it lies in the arena); host: the host does; mapped: it does,
// between map and unmap; slots: nobody, its bytes are copied through staging memory; exported: as slots, but all ranks
// that drive the same device see it there.
enum class kind : std::uint8_t { none, direct, host, mapped, slots, exported };
const char* name(kind of) noexcept;
// Whether the host does, whatever the device is told.
constexpr bool always_addressed(kind of) noexcept {
  return of == kind::direct || of == kind::host;
}

// Of a mapped range: up to here a copy takes less time than a mapping. Behind a bus: a few bytes take as long.
constexpr std::size_t most_copied = std::size_t{16} << 10;

// A device range that an operation uses.
struct binding {
  staging::kind kind = kind::none;
  _cl_mem* buffer = nullptr;
  std::size_t offset = 0, bytes = 0;  // of the range, in the buffer
  std::byte* host = nullptr;          // its first byte, while the host addresses it
  // Where a range stands for another one that the host may not touch, and that it is copied back to: the other one.
  _cl_mem* original = nullptr;
  std::size_t original_offset = 0;
  // Of an exported range: its owner's name for the memory, and where in it the range begins.
  std::uint64_t exported = 0;
  std::size_t exported_offset = 0;
};

// A place in exported memory. `owner`: the key of the process whose it is.
struct exported_place {
  std::uint64_t owner = 0, name = 0;
  std::size_t offset = 0;
};
// A copy; or, with `op`, to[i] = from[i] op right[i] for `count` elements, `to` perhaps one of the operands.
struct exported_work {
  exported_place from, to;
  std::size_t bytes = 0;
  std::uint32_t op = 0, type = 0;  // 1 + the op_kind of a built-in operator; the datatype
  exported_place right{};
  std::size_t count = 0;
};

// Bytes of a buffer: of the parent of a sub-buffer. For overlaps.
struct extent {
  _cl_mem* buffer = nullptr;
  std::size_t begin = 0, end = 0;
  [[nodiscard]] bool overlaps(const extent& other) const noexcept {
    return buffer == other.buffer && begin < other.end && other.begin < end;
  }
};

// A kernel that combines two ranges element by element: the port's own kind of thing.
struct combiner;

// Something of the device that is under way; 0 is "done".
using ticket = std::uintptr_t;

// All calls return at once. Those that begin something throw clique::error(opencl_failure) if they cannot.
class port {
 public:
  virtual ~port() = default;
  // Makes sure that what the calls below need is there: called where what fails is still refused on all ranks.
  virtual void prepare() {}
  // Staging memory, one's own or a peer's, that read and write will be given again and again: the driver gets to know
  // its pages, so that the bus reaches them at its full rate. It must be writable, and stay as it is as long as the
  // device, which holds `mapped` for that. Where the driver cannot, it is only slower.
  virtual void pin(const std::byte* /*from*/, std::size_t /*bytes*/, std::shared_ptr<void> /*mapped*/) {}
  // In what pieces a block is best read, so that its reader can begin early: a whole number of them is `most`.
  [[nodiscard]] virtual std::size_t piece_of(std::size_t /*block_bytes*/, std::size_t most) const { return most; }
  // Makes a mapped range addressable: sets range.host, which holds once the ticket is done. Begins after `gate`, which
  // may be 0 and stays the caller's.
  virtual ticket map(binding& range, bool write, ticket gate) = 0;
  virtual ticket unmap(binding& range) = 0;
  // Between bytes [offset, offset + bytes) of the range and host memory, which must stay until done.
  virtual ticket read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) = 0;
  virtual ticket write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) = 0;
  virtual ticket copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                      std::size_t bytes) = 0;
  // The same, but in no order with what else is begun.
  virtual ticket copy_apart(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                            std::size_t bytes) {
    return copy(from, from_offset, to, to_offset, bytes);
  }
  // Exported memory. The key of this process; 0: its device has none.
  [[nodiscard]] virtual std::uint64_t exports_as() { return 0; }
  // Sees to it that those processes can use the range's memory. False where one cannot be told now.
  virtual bool share(const binding& /*range*/, std::span<const std::uint64_t> /*with*/) { return false; }
  // What a peer that has shared it has there, as a range of this process's.
  virtual binding see(const exported_place& /*what*/, std::size_t /*bytes*/) { return {}; }
  // All copies in one command, of the device's compute engine, and then the combinations, in their order; in no order
  // with what else is begun.
  virtual ticket work_on(std::span<const exported_work> /*all*/) { return 0; }
  // Takes what peers have shared, or have no longer.
  virtual void collect_shared() {}
  // to[i] = how(left[i], right[i]) for `count` elements from these bytes of the ranges on; `to` may be one of the
  // operands. Copies and combinations of one port run in the order in which they were begun.
  virtual ticket combine(const combiner& how, const binding& left, std::size_t left_offset, const binding& right,
                         std::size_t right_offset, const binding& to, std::size_t to_offset, std::size_t count) = 0;
  // Waits for it where that is better than to ask again and again: where the host's processors do the device's work.
  virtual void wait_if_better(ticket /*of*/) {}
  // True once it is done: then `of` is released and 0. Throws clique::error(opencl_failure) if it failed, released too.
  virtual bool done(ticket& of) = 0;
  // Nobody will ask for it again.
  virtual void forget(ticket of) noexcept = 0;
  // Calls `then(failed)` when `of` is done, from any thread, perhaps at once. `of` stays the caller's.
  virtual void when_done(ticket of, std::function<void(bool failed)> then) = 0;
};

}  // namespace clique::staging
