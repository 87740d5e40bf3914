// Arrays' memory: the arena and back, limits, and other people's buffers.
#include "support.hpp"

#include "core/config.hpp"
#include "memory/arena.hpp"
#include "opencl/device_state.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

using namespace test;
using clique::memory::arena;

// Drivers give a handle out again for the next buffer; when they tell that the one before is gone, differs.
TEST_CASE("a handle that is used again is another buffer") {
  std::vector<cl_mem> handles;
  for (std::size_t count = 1; count < 300; ++count) {
    const cl::Buffer fresh(dev().context(), CL_MEM_READ_WRITE, count * sizeof(float));
    handles.push_back(fresh());
    const clique::region all{fresh(), 0, count, clique::datatype::float32};
    const float value = 1;
    CHECK_NOTHROW(clique::fill(dev(), all, &value));
    CHECK_THROWS_AS(clique::fill(dev(), {fresh(), 0, count + 1, clique::datatype::float32}, &value), clique::error);
    dev().finish();
  }
  std::sort(handles.begin(), handles.end());
  const bool again = std::adjacent_find(handles.begin(), handles.end()) != handles.end();
  MESSAGE("handles were used again: ", again);
}

TEST_CASE("arrays come from the arena where the self-test passed, and go back to it") {
  const bool works = dev().state().arena_works();
  CHECK(!dev().state().arena_reason().empty());
  // Some implementations let go of a buffer a little after the commands that used it, in a thread of theirs.
  const auto settle = [](std::size_t until) {
    for (int k = 0; k < 100 && arena::mine().used() > until; ++k) {
      dev().finish();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  };
  settle(0);
  CHECK(arena::mine().used() == 0);
  const std::size_t before = arena::mine().used();
  {
    clique::array<float> a(dev(), 100000), b(dev(), 1);
    a.random(1);
    b.fill(1);
    CHECK((a.region().host != nullptr) == works);
    if (works) {
      CHECK(arena::mine().holds(a.region().host, 400000));
      CHECK(arena::mine().used() > before);
      dev().finish();  // what the kernel wrote is there for another mapping
      const auto peer = clique::memory::peer_arena::open(arena::mine());
      const std::byte* seen = peer->base() + arena::mine().offset(a.region().host);
      std::vector<float> values(100000);
      std::memcpy(values.data(), seen, 400000);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < values.size(); ++i) wrong += values[i] != clique::random_at<float>(1, i);
      CHECK(wrong == 0);
    }
    clique::array<float> c = std::move(a);
    CHECK(c.count() == 100000);
    c = std::move(b);  // gives a's memory back
    CHECK(c.to_host() == std::vector<float>{1});
  }
  settle(before);
  CHECK(arena::mine().used() == before);
}

TEST_CASE("empty arrays exist") {
  clique::array<float> a(dev(), 0);
  a.fill(1).arange().random(3).transform("x");
  CHECK(a.buffer()() != nullptr);
  CHECK(a.to_host().empty());
}

TEST_CASE("an array above the limit names the limit") {
  const std::size_t limit = dev().info().max_allocation;
  REQUIRE(limit == std::min<std::size_t>(clique::core::settings().max_allocation, limit));
  REQUIRE(limit <= std::size_t{64} << 20);  // main() lowered it
  const auto fault = thrown_by([&] { clique::array<std::uint8_t> big(dev(), limit + 1); });
  CHECK(fault.code == clique::status::out_of_memory);
  CHECK(fault.says("CL_DEVICE_MAX_MEM_ALLOC_SIZE"));
  CHECK(fault.says(std::to_string(limit)));
  CHECK(fault.says(std::to_string(limit + 1)));
  const auto overflow = thrown_by([&] { clique::array<float> big(dev(), ~std::size_t{0} / 2); });
  CHECK(overflow.code == clique::status::invalid_argument);
}

TEST_CASE("the largest number is no count and no offset, also where a sum wraps") {
  constexpr std::size_t most = ~std::size_t{0};
  clique::array<std::uint8_t> bytes(dev(), 100);
  clique::array<float> floats(dev(), 100);
  const auto code = [](auto&& call) { return thrown_by(call).code; };
  CHECK(code([&] { const clique::array<std::uint8_t> none(dev(), most); }) == clique::status::out_of_memory);
  CHECK(code([&] { const clique::array<float> none(dev(), most); }) == clique::status::invalid_argument);
  const auto refused = [&](auto part) {
    const float one = 1;
    return code([&] { clique::fill(dev(), part.region(), &one); }) == clique::status::invalid_argument &&
           code([&] { clique::random(dev(), part.region(), 1); }) == clique::status::invalid_argument &&
           code([&] { clique::transform(dev(), part, "1", {}); }) == clique::status::invalid_argument;
  };
  for (const std::size_t offset : {std::size_t{0}, std::size_t{5}, most - 4, most}) {
    CAPTURE(offset);
    CHECK(refused(bytes.subspan(offset, most)));
    CHECK(refused(floats.subspan(offset, most)));
  }
  // From element 5 on, at -2: that would be element 3.
  CHECK(refused(bytes.subspan(5, 10).subspan(most - 1, 1)));
  CHECK(refused(floats.subspan(5, 10).subspan(most - 1, 1)));
  CHECK(refused(clique::span<float>(floats.buffer(), most, most)));
}

TEST_CASE("a span borrows anyone's cl::Buffer") {
  std::vector<std::int32_t> host(100, -1);
  cl_int code = CL_SUCCESS;
  const cl::Buffer theirs(
      clCreateBuffer(dev().context()(), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, 400, host.data(), &code), false);
  REQUIRE(code == CL_SUCCESS);
  const clique::span<std::int32_t> part(theirs, 10, 20);
  const std::int32_t start = 5, step = 2;
  clique::arange(dev(), part.region(), &start, &step);
  for (int i = 0; i < 20; ++i) host[static_cast<std::size_t>(10 + i)] = 5 + 2 * i;
  std::vector<std::int32_t> back(100);
  clique::copy_to(dev(), clique::span<std::int32_t>(theirs, 0, 100).region(), back.data(), 100);
  check_same(back, host);
}

TEST_CASE("a user's own context, device and queue must belong together, and the queue be in order") {
  const clique::device own(dev().context(), dev().native(), dev().queue());
  clique::array<float> x(own, 10);
  x.fill(4);
  CHECK(x.to_host() == std::vector<float>(10, 4.0f));
  CHECK(thrown_by([&] { clique::device(cl::Context(), dev().native(), dev().queue()); }).says("null"));
  cl_int code = CL_SUCCESS;
  const cl_device_id id = dev().native()();
  const cl::Context other(clCreateContext(nullptr, 1, &id, nullptr, nullptr, &code), false);
  REQUIRE(code == CL_SUCCESS);
  CHECK(thrown_by([&] { clique::device(other, dev().native(), dev().queue()); }).says("another context"));
}

TEST_CASE("an idle queue is known as such, until a command comes, or the program gets it") {
  const clique::device own = clique::device::choose();
  clique::opencl::device_state& state = own.state();
  clique::array<float> x(own, 1000), y(own, 1000);
  static_cast<void>(state.arena_works());
  const auto expect_drained_once = [&](const char* what) {
    CAPTURE(what);
    CHECK_FALSE(state.idle());
    own.finish();
    CHECK(state.idle());
  };
  x.fill(4);
  expect_drained_once("fill");
  y.transform("2 * from", {{"from", x}});
  expect_drained_once("transform");
  CHECK(y.to_host() == std::vector<float>(1000, 8.0f));
  expect_drained_once("to_host");
  SUBCASE("by queue()") {
    static_cast<void>(own.queue());
  }
  SUBCASE("by another device of the same queue") {
    const clique::device other(own.context(), own.native(), own.queue());
  }
  CHECK_FALSE(state.idle());
  own.finish();
  CHECK_FALSE(state.idle());
  CHECK_FALSE(clique::device(own.context(), own.native(), own.queue()).state().idle());
}
