// What a deadline says is what the rank waits for: each text, where it is the truth.
#include "support.hpp"

#include <mpi.h>

#include <chrono>
#include <thread>
#include <vector>

namespace faults {
namespace {

using clique::status;
using namespace std::chrono_literals;

struct arrays {
  explicit arrays(clique::communicator& comm, std::size_t each)
      : send(comm, each * static_cast<std::size_t>(comm.size())), receive(comm, send.count()) {
    send.fill(1);
    receive.fill(77);
    comm.device().finish();
  }
  clique::array<std::int32_t> send, receive;
};

cl::UserEvent open_event(const clique::communicator& comm) {
  cl_int code = CL_SUCCESS;
  cl::UserEvent event(comm.device().context(), &code);
  expect(code == CL_SUCCESS, "clCreateUserEvent");
  return event;
}

// A broadcast of the odd rank's, whose device has that event to wait for.
clique::request bcast_behind(const cl::Event& event, clique::communicator& comm, arrays& on) {
  const cl::Event list[] = {event};
  if (is_odd()) return clique::ibcast(comm, on.send, odd(), {.wait_list = list});
  return clique::ibcast(comm, on.receive, odd());
}

std::string rank_text(int of) {
  return "rank " + std::to_string(of);
}

// Until all ranks have seen what they should: the odd one must not leave before.
void end_together() {
  MPI_Barrier(MPI_COMM_WORLD);
  passed();
}

}  // namespace

// Its own device: an event that nobody completes.
int waits_for_device(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm, 3000);
  cl::UserEvent event = open_event(comm);
  if (is_odd()) comm.set_timeout(1s);
  comm.agree({});
  const cl::Event list[] = {event};
  clique::request request = is_odd() ? clique::ialltoall(comm, on.send, on.receive, {.wait_list = list})
                                     : clique::ialltoall(comm, on.send, on.receive);
  expect_same(thrown_by([&] { request.wait(); }), status::timeout, odd(),
              {rank_text(odd()) + " waits in alltoall", "for its own device, whose earlier commands are not done",
               "the deadline of 1 s has passed"});
  event.setStatus(CL_COMPLETE);
  end_together();
  return 0;
}

// A block that its owner's device has not filled.
int waits_for_block(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm, 3000);
  cl::UserEvent event = open_event(comm);
  if (rank() == 0) comm.set_timeout(1s);
  comm.agree({});
  clique::request request = bcast_behind(event, comm, on);
  expect_same(thrown_by([&] { request.wait(); }), status::timeout, 0,
              {"rank 0 waits in bcast", "for the block of " + rank_text(odd())});
  event.setStatus(CL_COMPLETE);
  end_together();
  return 0;
}

// More calls than a communicator lets begin at once: the others have not left the first ones.
int waits_for_room(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm, 1);
  if (rank() == 0) comm.set_timeout(1s);
  comm.agree({});
  if (is_odd()) {
    std::this_thread::sleep_for(3s);
  } else {
    std::vector<clique::request> all;
    for (int k = 0; k < 100; ++k) all.push_back(clique::ialltoall(comm, on.send, on.receive));
    const thrown error = thrown_by([&] { all.back().wait(); });
    expect_error(error, status::timeout, {"rank 0 waits in alltoall", "for other ranks to leave earlier operations"});
  }
  end_together();
  return 0;
}

// A rank that came late, shortly before the deadline: not what is left of the wait is the reason, but that.
int waits_for_late_rank(clique::communicator& comm) {
  set_odd(size() - 1);
  arrays on(comm, 3000);
  cl::UserEvent event = open_event(comm);
  if (rank() == 0) comm.set_timeout(3s);
  comm.agree({});
  if (is_odd()) std::this_thread::sleep_for(2200ms);
  clique::request request = bcast_behind(event, comm, on);
  expect_same(thrown_by([&] { request.wait(); }), status::timeout, 0,
              {"rank 0 waits in bcast", "for the block of " + rank_text(odd()),
               "after half of the time it waited: rank 0 waits in bcast",
               "for " + rank_text(odd()) + ", which has not arrived"});
  event.setStatus(CL_COMPLETE);
  end_together();
  return 0;
}

}  // namespace faults
