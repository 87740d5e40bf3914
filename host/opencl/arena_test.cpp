// 1. Wrap two blocks of the arena as buffers.
// 2. A kernel writes a pattern; drain; the second mapping must show it, at once.
// 3. The host writes; a kernel reads that and writes something made of it; drain; the second mapping must show it.
// 4. The same through clEnqueueWriteBuffer and clEnqueueReadBuffer.
// 5. Where host memory is not the device's own (a GPU behind a bus): the kernel must be about as fast as in a buffer of
// the
//    device's own.
// 2 and 3 are repeated, with and without a flush before, since a drain that comes back too early does not always.
#include "opencl/arena_test.hpp"

#include "memory/arena.hpp"
#include "opencl/launch.hpp"
#include "opencl/query.hpp"

#include <clique_kernels.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

namespace clique::opencl {
namespace {

using memory::arena;

constexpr std::size_t item_bytes = 64;  // as in cl/arena_test.cl
struct round_plan {
  std::size_t bytes;
  unsigned rounds;
};
constexpr double most_slowdown = 2.5;  // a bus costs 10 and more, noise does not
constexpr round_plan plans[] = {{64, 16}, {4096, 8}, {std::size_t{1} << 20, 4}};

// A block of the arena with a buffer around it. The block goes back after the buffer, when nothing runs any more.
class block {
 public:
  block(device_state& state, std::size_t bytes) : at_(arena::mine().allocate(bytes)) {
    cl_int code = CL_SUCCESS;
    buffer_ = cl::Buffer(clCreateBuffer(state.context()(), CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, at_, &code),
                         false);
    if (code == CL_SUCCESS) return;
    arena::mine().release(at_);
    fail_call(code, "clCreateBuffer(CL_MEM_USE_HOST_PTR)");
  }
  ~block() {
    buffer_ = cl::Buffer();
    arena::mine().release(at_);
  }
  block(const block&) = delete;
  block& operator=(const block&) = delete;

  [[nodiscard]] std::uint32_t* words() const noexcept { return reinterpret_cast<std::uint32_t*>(at_); }
  [[nodiscard]] cl_mem buffer() const noexcept { return buffer_(); }
  // As a peer sees it.
  [[nodiscard]] const volatile std::uint32_t* seen(const memory::peer_arena& peer) const noexcept {
    return reinterpret_cast<const volatile std::uint32_t*>(peer.base() + arena::mine().offset(at_));
  }

 private:
  std::byte* at_;
  cl::Buffer buffer_;
};

std::uint32_t pattern(std::size_t word, std::uint32_t seed) {
  return static_cast<std::uint32_t>(word) * 2654435761u + seed;
}

template <class Expected>
void compare(const volatile std::uint32_t* seen, std::size_t words, const char* what, Expected expected) {
  for (std::size_t k = 0; k < words; ++k) {
    require(seen[k] == expected(k), status::unsupported, "{} was not seen (word {} of {})", what, k, words);
  }
}

class tester {
 public:
  explicit tester(device_state& state)
      : state_(state),
        peer_(memory::peer_arena::open(arena::mine())),
        program_(state.programs().get(kernels::arena_test)) {}

  // How often longer a kernel takes in the arena than in a buffer of the device's own: the best of a few each.
  double slowdown() {
    constexpr std::size_t bytes = std::size_t{2} << 20;
    const block shared(state_, bytes);
    cl_int code = CL_SUCCESS;
    const cl::Buffer own(clCreateBuffer(state_.context()(), CL_MEM_READ_WRITE, bytes, nullptr, &code), false);
    check(code, "clCreateBuffer");
    time_of(own(), bytes);  // the first one also compiles
    double in_own = 1e9, in_shared = 1e9;
    for (int k = 0; k < 4; ++k) {
      in_own = std::min(in_own, time_of(own(), bytes));
      in_shared = std::min(in_shared, time_of(shared.buffer(), bytes));
    }
    return in_shared / in_own;
  }

  void run(drain_by how) {
    for (const auto& [bytes, rounds] : plans) {
      const block in(state_, bytes), out(state_, bytes);
      try {
        for (unsigned round = 0; round < rounds; ++round) {
          kernel_writes(out, bytes, how, round % 2 == 1);
          host_writes(in, out, bytes, how, round % 2 == 1);
        }
        copies(in, bytes, how);
      } catch (...) {
        state_.drain_with(drain_by::marker);  // nothing may still run in the blocks
        throw;
      }
    }
  }

 private:
  double time_of(cl_mem buffer, std::size_t bytes) {
    const cl_ulong items = bytes / item_bytes;
    const auto start = std::chrono::steady_clock::now();
    launch(state_, program_, "write_pattern", items, buffer, ++seed_, items);
    state_.drain_with(drain_by::marker);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void drain(drain_by how, bool flush) {
    if (flush) check(clFlush(state_.uncounted_queue()), "clFlush");
    state_.drain_with(how);
  }

  void kernel_writes(const block& out, std::size_t bytes, drain_by how, bool flush) {
    const std::uint32_t seed = ++seed_ * 40503u;
    const cl_ulong items = bytes / item_bytes;
    launch(state_, program_, "write_pattern", items, out.buffer(), seed, items);
    drain(how, flush);
    compare(out.seen(*peer_), bytes / 4, "what a kernel wrote", [&](std::size_t k) { return pattern(k, seed); });
  }

  void host_writes(const block& in, const block& out, std::size_t bytes, drain_by how, bool flush) {
    const std::uint32_t seed = ++seed_ * 40503u;
    const cl_ulong items = bytes / item_bytes;
    for (std::size_t k = 0; k < bytes / 4; ++k) in.words()[k] = pattern(k, ~seed);
    launch(state_, program_, "change", items, out.buffer(), in.buffer(), seed, items);
    drain(how, flush);
    compare(out.seen(*peer_), bytes / 4, "what the host wrote, or what a kernel made of it,",
            [&](std::size_t k) { return pattern(k, ~seed) * 3u + seed; });
  }

  void copies(const block& in, std::size_t bytes, drain_by how) {
    const std::uint32_t seed = ++seed_ * 40503u;
    std::vector<std::uint32_t> words(bytes / 4);
    for (std::size_t k = 0; k < words.size(); ++k) words[k] = pattern(k, seed);
    check(clEnqueueWriteBuffer(state_.queue()(), in.buffer(), CL_TRUE, 0, bytes, words.data(), 0, nullptr, nullptr),
          "clEnqueueWriteBuffer");
    drain(how, false);  // a blocking write gives the host's memory back, and no more: Intel's may still be at it
    compare(in.seen(*peer_), words.size(), "what clEnqueueWriteBuffer wrote", [&](std::size_t k) { return words[k]; });
    for (std::size_t k = 0; k < words.size(); ++k) in.words()[k] = ~words[k];
    std::vector<std::uint32_t> read(words.size());
    check(clEnqueueReadBuffer(state_.queue()(), in.buffer(), CL_TRUE, 0, bytes, read.data(), 0, nullptr, nullptr),
          "clEnqueueReadBuffer");
    compare(read.data(), words.size(), "what the host wrote, by clEnqueueReadBuffer,",
            [&](std::size_t k) { return ~words[k]; });
  }

  device_state& state_;
  std::shared_ptr<memory::peer_arena> peer_;
  program& program_;
  std::uint32_t seed_ = 0;
};

}  // namespace

arena_test_result test_arena(device_state& state, bool slow_too) {
  try {
    const auto align_bits =
        query<cl_uint>(state.native()(), CL_DEVICE_MEM_BASE_ADDR_ALIGN, "CL_DEVICE_MEM_BASE_ADDR_ALIGN");
    require(align_bits / 8 <= memory::page_bytes, status::unsupported,
            "it wants memory aligned to {} bytes, and pages are {} (CL_DEVICE_MEM_BASE_ADDR_ALIGN)", align_bits / 8,
            memory::page_bytes);
    tester test(state);
    std::string finish_fault;
    if (!slow_too && !state.info().host_unified) {
      const double slowdown = test.slowdown();
      require(slowdown < most_slowdown, status::unsupported,
              "a kernel takes {:.1f} times as long there as in its own memory", slowdown);
    }
    try {
      test.run(drain_by::finish);
      return {true, drain_by::finish, "self-test passed, clFinish drains"};
    } catch (const error& fault) {
      finish_fault = fault.what();
    }
    test.run(drain_by::marker);
    return {true, drain_by::marker,
            core::formatted("self-test passed, a marker drains; after clFinish {}", finish_fault)};
  } catch (const error& fault) {
    return {false, drain_by::marker, core::formatted("self-test failed: {}", fault.what())};
  }
}

}  // namespace clique::opencl
