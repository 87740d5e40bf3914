// Failures that end the communicator: a rank that does not come, is stopped, leaves, or whose device work fails. All
// others learn it, soon, and none hangs. MPI_Finalize then ends the job, so these tests return nothing but lines.
#include "support.hpp"

#include <mpi.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace faults {
namespace {

using clique::status;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct arrays {
  explicit arrays(clique::communicator& comm)
      : send(comm, 10 * static_cast<std::size_t>(comm.size())), receive(comm, send.count()) {
    send.fill(1);
    receive.fill(77);
    comm.device().finish();
  }
  clique::array<std::int32_t> send, receive;
};

void expect_soon(clock::time_point since, std::chrono::seconds limit) {
  const double took = std::chrono::duration<double>(clock::now() - since).count();
  expect(clock::now() - since < limit, "it took " + std::to_string(took) + " s");
}

void expect_poisoned(clique::communicator& comm, arrays& on) {
  expect_error(thrown_by([&] { clique::alltoall(comm, on.send, on.receive); }), status::poisoned, {"failed earlier"});
  expect_error(thrown_by([&] { comm.agree({}); }), status::poisoned, {"failed earlier"});
}

}  // namespace

// Each ends a communicator: the ranks that receive say why, the others learn it in their next call.
int disagreed_in_pairs(clique::communicator& comm) {
  set_odd(size() - 1);
  const clique::call in_pairs{.agreement = clique::agreement::pairs};
  struct fault {
    std::vector<std::string_view> parts;
    std::function<void(clique::communicator&, arrays&)> call;
  };
  const fault faults[] = {
      {{"bcast (agreement: pairs) of int32, 3 elements", "bcast (agreement: pairs) of int32, 4 elements"},
       [&](auto& on, auto& with) { clique::bcast(on, with.send.subspan(0, is_odd() ? 3 : 4), 0, in_pairs); }},
      {{"bcast (agreement: pairs)", "scatter (agreement: pairs)"},
       [&](auto& on, auto& with) {
         if (is_odd()) return clique::bcast(on, with.send.subspan(0, 2), 0, in_pairs);
         clique::scatter(on, with.send, with.receive.subspan(0, 10), 0, in_pairs);
       }},
      {{"has root 99"}, [&](auto& on, auto& with) { clique::bcast(on, with.send, is_odd() ? 99 : 0, in_pairs); }},
      {{"sends 5 elements to rank 0", "expects 6"},
       [&](auto& on, auto& with) {
         std::vector<std::size_t> counts(static_cast<std::size_t>(size()), 6), places(counts.size());
         for (std::size_t k = 0; k < places.size(); ++k) places[k] = 6 * k;
         clique::gatherv(on, with.send.subspan(0, is_odd() ? 5 : 6), with.receive, counts, places, 0, in_pairs);
       }},
      {{"calls send of 5 elements", "calls recv of 6 elements"},
       [&](auto& on, auto& with) {
         if (is_odd()) clique::send(on, with.send.subspan(0, 5), 0, 3, in_pairs);
         if (rank() == 0) clique::recv(on, with.receive.subspan(0, 6), odd(), 3, in_pairs);
       }},
  };
  for (const fault& each : faults) {
    clique::communicator own = comm.dup();
    arrays on(own);
    const thrown first = thrown_by([&] { each.call(own, on); });
    expect(first.code == status::success || first.code == status::poisoned || first.code == status::mismatch,
           first.text);
    const thrown next = first.code == status::poisoned ? first : thrown_by([&] {
      for (;;) clique::alltoall(own, on.send, on.receive);  // somebody sees it before long
    });
    expect(next.code == status::poisoned, next.text);
    for (const std::string_view part : each.parts) expect_error(next, status::poisoned, {part});
    expect_poisoned(own, on);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  passed();
  return 0;
}

int skipped(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm);
  comm.set_timeout(1s);
  comm.agree({});
  if (!is_odd()) {
    const auto since = clock::now();
    clique::request request = clique::ialltoall(comm, on.send, on.receive);
    const thrown error = thrown_by([&] { request.wait(); });
    const std::string missing = "for rank " + std::to_string(odd());
    expect_error(error, status::timeout, {"waits in alltoall", missing, "deadline of 1 s"});
    expect_soon(since, 5s);
    int done = 1;
    MPI_Send(&done, 1, MPI_INT, odd(), 1, MPI_COMM_WORLD);
  } else {
    for (int peer = 0; peer < size() - 1; ++peer) {
      int done = 0;
      MPI_Recv(&done, 1, MPI_INT, peer, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    const thrown error = thrown_by([&] { clique::alltoall(comm, on.send, on.receive); });
    // It may only learn the poison while it is in the call, and then throws what the others did.
    expect(error.code == status::poisoned || error.code == status::timeout, "the skipping rank: " + error.text);
    expect_error(error, error.code, {"waits in alltoall"});
  }
  expect_poisoned(comm, on);
  passed();
  return 0;
}

int stopped(clique::communicator& comm) {
  set_odd(1);
  arrays on(comm);
  comm.set_timeout(1s);
  comm.agree({});
  if (is_odd()) std::raise(SIGSTOP);
  const auto since = clock::now();
  expect_error(thrown_by([&] { clique::alltoall(comm, on.send, on.receive); }), status::timeout,
               {"waits in alltoall", "for rank 1"});
  expect_soon(since, 5s);
  std::printf("rank %d of %d saw it\n", rank(), size());
  std::fflush(nullptr);
  return 0;
}

int left_by_exception() {
  set_odd(size() - 1);
  const auto since = clock::now();
  try {
    clique::communicator comm;
    arrays on(comm);
    comm.agree({});
    if (is_odd()) throw std::runtime_error("something of its own");
    expect_error(thrown_by([&] { clique::alltoall(comm, on.send, on.receive); }), status::poisoned,
                 {"rank " + std::to_string(odd()), "exception"});
    expect_soon(since, 20s);  // CLIQUE_TIMEOUT is more
    expect_poisoned(comm, on);
  } catch (const std::runtime_error& caught) {
    expect(is_odd() && caught.what() == std::string_view("something of its own"), caught.what());
  }
  passed();
  return 0;
}

// The handler around main comes after the destructor of clique::environment: its message must get out all the same.
int unwound(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm);
  comm.agree({});
  if (is_odd()) {
    std::this_thread::sleep_for(300ms);  // the others wait for it by then
    throw std::runtime_error("something that only one rank knows");
  }
  clique::alltoall(comm, on.send, on.receive);
  expect(false, "the others should have thrown");
  return 0;
}

int device_failure(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm);
  const auto failed_event = [&] {
    cl_int code = CL_SUCCESS;
    cl::UserEvent event(comm.device().context(), &code);
    expect(code == CL_SUCCESS, "clCreateUserEvent");
    return event;
  };
  const std::string culprit = "rank " + std::to_string(odd());

  {  // Blocking: found before anything moves.
    cl::UserEvent event = failed_event();
    event.setStatus(is_odd() ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
    const cl::Event list[] = {event};
    const thrown error = thrown_by([&] { clique::alltoall(comm, on.send, on.receive, {.wait_list = list}); });
    expect_same(error, status::opencl_failure, odd(), {culprit, "wait list"});
    expect(on.receive.to_host() == std::vector<std::int32_t>(on.receive.count(), 77), "the receive buffer has changed");
    expect_works(comm);
  }
  {  // Non-blocking: it fails after the call.
    cl::UserEvent event = failed_event();
    const cl::Event list[] = {event};
    clique::request request = clique::ialltoall(comm, on.send, on.receive, {.wait_list = list});
    std::thread later([&] {
      std::this_thread::sleep_for(20ms);
      event.setStatus(is_odd() ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
    });
    const auto since = clock::now();
    const thrown error = thrown_by([&] { request.wait(); });
    later.join();
    expect_same(error, status::opencl_failure, odd(), {culprit});
    expect_soon(since, 10s);
    expect_poisoned(comm, on);
  }
  passed();
  return 0;
}

// The rank whose device fails does not come back to clique before the others must have the error.
int device_failure_asleep(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm);
  comm.agree({});
  // steady_clock is the node's: its readings can be compared between processes.
  const auto seconds = [] { return std::chrono::duration<double>(clock::now().time_since_epoch()).count(); };
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(comm.device().context(), &code);
  const cl::Event list[] = {event};
  clique::request request = is_odd() ? clique::ialltoall(comm, on.send, on.receive, {.wait_list = list})
                                     : clique::ialltoall(comm, on.send, on.receive);
  double failed = 0;
  if (is_odd()) {
    std::this_thread::sleep_for(100ms);  // the others wait by now
    failed = seconds();
    event.setStatus(CL_OUT_OF_RESOURCES);
    std::this_thread::sleep_for(3s);
  }
  const thrown error = thrown_by([&] { request.wait(); });
  const double known = seconds();
  MPI_Bcast(&failed, 1, MPI_DOUBLE, odd(), MPI_COMM_WORLD);
  if (!is_odd()) expect(known - failed < 1, "it was known after " + std::to_string(known - failed) + " s");
  expect_same(error, status::opencl_failure, odd(), {"rank " + std::to_string(odd())});
  expect_poisoned(comm, on);
  passed();
  return 0;
}

}  // namespace faults
