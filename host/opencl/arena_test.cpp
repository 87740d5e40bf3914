#include "opencl/arena_test.hpp"

#include "memory/arena.hpp"
#include "opencl/memory_test.hpp"
#include "opencl/query.hpp"

#include <algorithm>

namespace clique::opencl {
namespace {

using memory::arena;

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

  [[nodiscard]] cl_mem buffer() const noexcept { return buffer_(); }
  // Looked at as a peer sees it.
  [[nodiscard]] tested_memory with(const memory::peer_arena& peer) const noexcept {
    return {buffer_(), reinterpret_cast<std::uint32_t*>(at_),
            reinterpret_cast<const volatile std::uint32_t*>(peer.base() + arena::mine().offset(at_))};
  }

 private:
  std::byte* at_;
  cl::Buffer buffer_;
};

class tester {
 public:
  explicit tester(device_state& state)
      : state_(state), peer_(memory::peer_arena::open(arena::mine())), memory_(state) {}

  // How often longer a kernel takes in the arena than in a buffer of the device's own: the best of a few each.
  double slowdown() {
    constexpr std::size_t bytes = std::size_t{2} << 20;
    const block shared(state_, bytes);
    cl_int code = CL_SUCCESS;
    const cl::Buffer own(clCreateBuffer(state_.context()(), CL_MEM_READ_WRITE, bytes, nullptr, &code), false);
    check(code, "clCreateBuffer");
    memory_.time_of(own(), bytes);  // the first one also compiles
    double in_own = 1e9, in_shared = 1e9;
    for (int k = 0; k < 4; ++k) {
      in_own = std::min(in_own, memory_.time_of(own(), bytes));
      in_shared = std::min(in_shared, memory_.time_of(shared.buffer(), bytes));
    }
    return in_shared / in_own;
  }

  void run(drain_by how) {
    for (const auto& [bytes, rounds] : plans) {
      const block in(state_, bytes), out(state_, bytes);
      memory_.run(in.with(*peer_), out.with(*peer_), bytes, rounds, how);
    }
  }

 private:
  device_state& state_;
  std::shared_ptr<memory::peer_arena> peer_;
  memory_tester memory_;
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
