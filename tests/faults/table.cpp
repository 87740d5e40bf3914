// README's table of errors, row by row: what makes each code, and what then holds. (tests/rules/errors checks that the
// rows here are those of README.md.) mpi_failure needs a failing MPI: the campaign has it.
#include "support.hpp"

#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <thread>

namespace faults {
namespace {

using clique::status;
using namespace std::chrono_literals;

constexpr std::int32_t untouched = 77;

struct arrays {
  explicit arrays(clique::communicator& comm)
      : send(comm, 100 * static_cast<std::size_t>(comm.size())), receive(comm, send.count()) {
    send.fill(1);
    receive.fill(untouched);
    comm.device().finish();
  }
  clique::array<std::int32_t> send, receive;
};

// "Nothing has moved; the communicator works on", and all ranks threw the same.
void refused(clique::communicator& comm, status code, int culprit, std::string_view part,
             const std::function<void(arrays&)>& call) {
  arrays on(comm);
  expect_same(thrown_by([&] { call(on); }), code, culprit, {part});
  expect(on.receive.to_host() == std::vector<std::int32_t>(on.receive.count(), untouched), "data has moved");
  expect_works(comm);
}

cl::UserEvent open_event(const clique::communicator& comm) {
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(comm.device().context(), &code);
  expect(code == CL_SUCCESS, "clCreateUserEvent");
  return event;
}

void row_invalid_argument(clique::communicator& comm) {
  refused(comm, status::invalid_argument, odd(), "rank " + std::to_string(odd()),
          [&](arrays& on) { clique::alltoall(comm, on.send, is_odd() ? on.receive.subspan(0, 1) : on.receive.all()); });
}

void row_mismatch(clique::communicator& comm) {
  const std::size_t fewer = static_cast<std::size_t>(comm.size());
  refused(comm, status::mismatch, odd(), "rank " + std::to_string(odd()) + " calls", [&](arrays& on) {
    if (is_odd()) return clique::alltoall(comm, on.send.subspan(0, fewer), on.receive.subspan(0, fewer));
    clique::alltoall(comm, on.send, on.receive);
  });
}

void row_no_device(clique::communicator&) {
  // Of a communicator that cannot be made, faults.no_device: its environment is read once.
  expect_error(thrown_by([] { (void)clique::device::choose(5, 2); }), status::invalid_argument, {"process 5 of 2"});
}

void row_unsupported(clique::communicator& comm) {
  if (comm.device().info().fp64) return;  // then the device supports all types
  refused(comm, status::unsupported, 0, "fp64", [&](arrays&) {
    const clique::array<double> send(comm, 10), receive(comm, 10);
    clique::alltoall(comm, send, receive);
  });
}

// In place through a copy that does not fit into what is left of the arena.
void row_out_of_memory(clique::communicator& comm) {
  expect_error(thrown_by([&] { const clique::array<std::uint8_t> huge(comm, std::size_t{1} << 60); }),
               status::out_of_memory, {"CL_DEVICE_MAX_MEM_ALLOC_SIZE"});
  expect_works(comm);
}

void row_build_failure(clique::communicator& comm) {
  refused(comm, status::build_failure, 0, "nonsense", [&](arrays& on) {
    clique::allreduce(comm, on.send, on.receive, clique::reduce_op::expression("a + nonsense(b)"));
  });
}

// Before the ranks have agreed.
void row_opencl_failure_before(clique::communicator& comm) {
  for (const bool blocking : {true, false}) {
    refused(comm, status::opencl_failure, odd(), "wait list", [&](arrays& on) {
      cl::UserEvent event = open_event(comm);
      event.setStatus(is_odd() ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
      const cl::Event list[] = {event};
      if (blocking) return clique::alltoall(comm, on.send, on.receive, {.wait_list = list});
      clique::ialltoall(comm, on.send, on.receive, {.wait_list = list}).wait();
    });
  }
}

void row_timeout(clique::communicator& parent) {
  clique::communicator comm = parent.dup();
  if (rank() == 0) comm.set_timeout(1s);
  if (!is_odd()) {
    const thrown error = thrown_by([&] { comm.agree({}); });
    expect_error(error, status::timeout, {"rank 0 waits in agree", "for rank " + std::to_string(odd())});
    expect_error(thrown_by([&] { comm.agree({}); }), status::poisoned, {"failed earlier", "waits in agree"});
  } else {
    std::this_thread::sleep_for(2s);
    // All have arrived at this call, as far as this rank can see; the next one tells in any case.
    const thrown error = thrown_by([&] { comm.agree({}); });
    expect(error.code == status::success || error.code == status::timeout || error.code == status::poisoned,
           error.text);
    const thrown next = thrown_by([&] { comm.agree({}); });
    expect(next.code == status::timeout || next.code == status::poisoned, "the rank that came late: " + next.text);
  }
  expect_works(parent);
}

// After that: on all ranks in this call, or in their next one; and then `poisoned`.
void row_opencl_failure_after(clique::communicator& parent) {
  clique::communicator comm = parent.dup();
  arrays on(comm);
  cl::UserEvent event = open_event(comm);
  const cl::Event list[] = {event};
  clique::request request = clique::ialltoall(comm, on.send, on.receive, {.wait_list = list});
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    event.setStatus(is_odd() ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
  });
  const thrown error = thrown_by([&] { request.wait(); });
  later.join();
  expect_same(error, status::opencl_failure, odd(), {"rank " + std::to_string(odd())});
  expect_error(thrown_by([&] { comm.agree({}); }), status::poisoned, {"failed earlier"});
  expect_works(parent);
}

void row_poisoned(clique::communicator& parent) {
  std::optional<clique::communicator> comm = parent.dup();
  if (is_odd()) {
    try {
      const clique::communicator gone = std::move(*comm);
      throw std::runtime_error("of the program's own");
    } catch (const std::runtime_error&) {}
    comm.reset();
  } else {
    expect_error(thrown_by([&] { comm->agree({}); }), status::poisoned, {"left the communicator by an exception"});
    expect_error(thrown_by([&] { comm->agree({}); }), status::poisoned, {"failed earlier"});
  }
  expect_works(parent);
}

}  // namespace

int error_table(clique::communicator& comm) {
  set_odd(size() - 1);
  row_invalid_argument(comm);
  row_mismatch(comm);
  row_no_device(comm);
  row_unsupported(comm);
  row_out_of_memory(comm);
  row_build_failure(comm);
  row_opencl_failure_before(comm);
  row_timeout(comm);
  row_opencl_failure_after(comm);
  row_poisoned(comm);
  passed();
  return 0;
}

}  // namespace faults
