// Operations and the device's own order: wait lists, kernels before and after, the events of requests.
#include "support.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace {

using namespace test;
using namespace std::chrono_literals;

cl::UserEvent user_event() {
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(world().device().context(), &code);
  REQUIRE(code == CL_SUCCESS);
  return event;
}

std::size_t some_counts[] = {3, 5000, 70000};

// In elements of int32: rank r sends 1000 * r + j to rank j, and has `received` from each.
void send_marks(clique::array<std::int32_t>& send, std::size_t count) {
  send.transform("1000 * rank + (int)(i / n)", {{"n", static_cast<std::uint64_t>(count)}});
}
std::size_t wrong_marks(const std::vector<std::int32_t>& got, std::size_t count, std::int32_t plus) {
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < got.size(); ++k) {
    wrong += got[k] != 1000 * static_cast<std::int32_t>(k / count) + world().rank() + plus ? 1 : 0;
  }
  return wrong;
}

}  // namespace

TEST_CASE("events: a non-blocking operation begins after its wait list") {
  for (const std::size_t count : some_counts) {
    CAPTURE(count);
    trial<std::uint8_t> one(world(), uniform(world(), count));
    const cl::UserEvent gate = user_event();
    const cl::Event list[] = {gate};
    clique::request request = one.start({.wait_list = list});
    for (int k = 0; k < 20; ++k) CHECK_FALSE(request.test());
    std::atomic<bool> opened = false;
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 + 10 * (world().rank() % 3)));
      opened = true;
      cl::UserEvent(gate).setStatus(CL_COMPLETE);
    });
    request.wait();
    CHECK(opened);
    later.join();
    one.check();
  }
}

TEST_CASE("events: a blocking operation begins after its wait list") {
  trial<std::uint8_t> one(world(), uniform(world(), 9000));
  const cl::UserEvent gate = user_event();
  const cl::Event list[] = {gate};
  std::atomic<bool> opened = false;
  std::thread later([&] {
    std::this_thread::sleep_for(10ms);
    opened = true;
    cl::UserEvent(gate).setStatus(CL_COMPLETE);
  });
  one.run({.wait_list = list});
  CHECK(opened);
  later.join();
  one.check();
}

TEST_CASE("events: data from another queue, by the wait list") {
  const clique::device& device = world().device();
  const cl::CommandQueue other(device.context(), device.native());
  for (const std::size_t count : some_counts) {
    for (const bool blocking : {true, false}) {
      const std::size_t all = count * static_cast<std::size_t>(world().size());
      clique::array<std::int32_t> send(world(), all), receive(world(), all);
      std::vector<std::int32_t> marks(all);
      for (std::size_t k = 0; k < all; ++k) marks[k] = 1000 * world().rank() + static_cast<std::int32_t>(k / count);
      send.fill(-1);
      receive.fill(-2);
      device.finish();
      cl::UserEvent hold = user_event();
      cl::Event written;
      const std::vector<cl::Event> after{hold};
      REQUIRE(other.enqueueWriteBuffer(send.buffer(), CL_FALSE, 0, all * sizeof marks[0], marks.data(), &after,
                                       &written) == CL_SUCCESS);
      REQUIRE(other.flush() == CL_SUCCESS);
      const cl::Event list[] = {written};
      std::thread release([&] {
        std::this_thread::sleep_for(3ms);
        hold.setStatus(CL_COMPLETE);
      });
      if (blocking) {
        clique::alltoall(world(), send, receive, {.wait_list = list});
      } else {
        clique::ialltoall(world(), send, receive, {.wait_list = list}).wait();
      }
      release.join();
      CHECK(wrong_marks(receive.to_host(), count, 0) == 0);
    }
  }
}

TEST_CASE("events: a kernel before, a kernel after") {
  for (const std::size_t count : some_counts) {
    for (const bool blocking : {true, false}) {
      const std::size_t all = count * static_cast<std::size_t>(world().size());
      clique::array<std::int32_t> send(world(), all), receive(world(), all);
      send_marks(send, count);
      if (blocking) {
        clique::alltoall(world(), send, receive);
      } else {
        clique::ialltoall(world(), send, receive).wait();
      }
      send.fill(-7);  // the send buffer may be changed
      receive.transform("x + 5");
      CHECK(wrong_marks(receive.to_host(), count, 5) == 0);
    }
  }
}

// The queue holds what the program completes when it likes: a call that began after it would not be done before.
TEST_CASE("events: a call after its events alone does not wait for the queue") {
  const clique::device& device = world().device();
  const clique::call after_events{.after = clique::after::events};
  for (const std::size_t count : some_counts) {
    CAPTURE(count);
    const std::size_t all = count * static_cast<std::size_t>(world().size());
    clique::array<std::int32_t> send(world(), all), receive(world(), all), elsewhere(world(), 100);
    auto again = clique::alltoall_init(world(), send, receive, after_events);
    const int right = (world().rank() + 1) % world().size();
    const int left = (world().rank() + world().size() - 1) % world().size();
    for (int round = 0; round < 6; ++round) {
      send_marks(send, count);
      receive.fill(-1);
      device.finish();
      const cl::UserEvent gate = user_event();
      const std::vector<cl::Event> gates{gate};
      REQUIRE(device.queue().enqueueBarrierWithWaitList(&gates) == CL_SUCCESS);
      elsewhere.fill(round);
      REQUIRE(device.queue().flush() == CL_SUCCESS);
      switch (round) {
        case 0: clique::alltoall(world(), send, receive, after_events); break;
        case 1: clique::ialltoall(world(), send, receive, after_events).wait(); break;
        case 2:
          again.start();
          again.wait();
          break;
        case 3: {  // an event that is done, and one that will be
          const cl::UserEvent done = user_event(), soon = user_event();
          cl::UserEvent(done).setStatus(CL_COMPLETE);
          const cl::Event list[] = {done, soon};
          clique::request request =
              clique::ialltoall(world(), send, receive, {.wait_list = list, .after = clique::after::events});
          for (int k = 0; k < 20; ++k) CHECK_FALSE(request.test());
          cl::UserEvent(soon).setStatus(CL_COMPLETE);
          request.wait();
          break;
        }
        case 4: clique::sendrecv(world(), send, right, 1, receive, left, 1, after_events); break;
        case 5: {
          clique::request in = clique::irecv(world(), receive, left, 2, after_events);
          clique::request out = clique::isend(world(), send, right, 2, after_events);
          in.wait();
          out.wait();
          break;
        }
      }
      CHECK(gate.getInfo<CL_EVENT_COMMAND_EXECUTION_STATUS>() != CL_COMPLETE);
      cl::UserEvent(gate).setStatus(CL_COMPLETE);
      const std::vector<std::int32_t> got = receive.to_host();
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < all; ++k) {
        const auto block = static_cast<std::int32_t>(k / count);
        wrong += got[k] != (round < 4 ? 1000 * block + world().rank() : 1000 * left + block) ? 1 : 0;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("events: a kernel of some milliseconds, in another queue or in this one, delays the data and no more") {
  const clique::device& device = world().device();
  const cl::CommandQueue other(device.context(), device.native());
  clique::array<std::int32_t> work(world(), std::size_t{100000} * static_cast<std::size_t>(1 + world().rank() % 3));
  work.fill(1);
  for (const std::size_t count : some_counts) {
    for (const bool own_queue : {true, false}) {
      for (const bool blocking : {true, false}) {
        const std::size_t all = count * static_cast<std::size_t>(world().size());
        clique::array<std::int32_t> send(world(), all), receive(world(), all);
        send.fill(-1);
        receive.fill(-2);
        std::vector<std::int32_t> marks(all);
        for (std::size_t k = 0; k < all; ++k) marks[k] = 1000 * world().rank() + static_cast<std::int32_t>(k / count);
        device.finish();
        work.transform("(int)(1000 * sin((float)i * x))");
        cl::Event worked, written;
        REQUIRE(device.queue().enqueueMarkerWithWaitList(nullptr, &worked) == CL_SUCCESS);
        REQUIRE(device.queue().flush() == CL_SUCCESS);
        const std::vector<cl::Event> behind{worked};
        const cl::CommandQueue& in = own_queue ? device.queue() : other;
        REQUIRE(in.enqueueWriteBuffer(send.buffer(), CL_FALSE, 0, all * sizeof marks[0], marks.data(), &behind,
                                      &written) == CL_SUCCESS);  // not flushed: the call sees to that
        const cl::Event list[] = {written};
        const clique::call how{.wait_list = list, .after = clique::after::events};
        if (blocking) {
          clique::alltoall(world(), send, receive, how);
        } else {
          clique::ialltoall(world(), send, receive, how).wait();
        }
        CHECK(wrong_marks(receive.to_host(), count, 0) == 0);
      }
    }
  }
}

TEST_CASE("events: kernels wait for a request's event") {
  for (const std::size_t count : some_counts) {
    CAPTURE(count);
    const std::size_t all = count * static_cast<std::size_t>(world().size());
    clique::array<std::int32_t> send(world(), all), receive(world(), all);
    send_marks(send, count);
    nap(1000);
    clique::request request = clique::ialltoall(world(), send, receive);
    const std::vector<cl::Event> arrived{request.event()};
    REQUIRE(world().device().queue().enqueueBarrierWithWaitList(&arrived) == CL_SUCCESS);
    receive.transform("x + 9");
    if (count % 2 == 0) request = {};  // the event lives without it
    CHECK(wrong_marks(receive.to_host(), count, 9) == 0);
  }
}

TEST_CASE("events: of several requests, and of one that is done") {
  trial<std::uint8_t> first(world(), uniform(world(), 100)), second(world(), uniform(world(), 50000));
  clique::request one = first.start(), two = second.start();
  const cl::Event a = two.event(), b = one.event(), again = two.event();
  CHECK(b.wait() == CL_SUCCESS);
  CHECK(a.wait() == CL_SUCCESS);
  CHECK(again.wait() == CL_SUCCESS);
  CHECK(one.test());
  CHECK(two.test());
  CHECK(one.event().getInfo<CL_EVENT_COMMAND_EXECUTION_STATUS>() == CL_COMPLETE);
  first.check();
  second.check();
}

TEST_CASE("events: one operation's event in the wait list of the next") {
  const std::size_t all = 600 * static_cast<std::size_t>(world().size());
  clique::array<std::int32_t> there(world(), all), back(world(), all), again(world(), all);
  there.transform("1000 * rank + (int)i");
  clique::request one = clique::ialltoall(world(), there, back);
  const cl::Event list[] = {one.event()};
  clique::request two = clique::ialltoall(world(), back, again, {.wait_list = list});
  two.wait();
  one.wait();
  const std::vector<std::int32_t> got = again.to_host();
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < all; ++k) wrong += got[k] != 1000 * world().rank() + static_cast<std::int32_t>(k) ? 1 : 0;
  CHECK(wrong == 0);
}
