// What goes wrong while communicators are made, and how ranks may leave them: all ranks get the same error, or the job
// ends with a line; nothing hangs, and MPI's own error handlers are not what ends it.
#include "support.hpp"

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <pthread.h>

namespace {

// How many threads may still be started, and which version this rank claims to run; -1 and 0: as it is.
int threads_left = -1;
std::uint32_t claimed_version = 0;
// The thread that calls MPI without delay, of a test of those that do not; and how many of the others are in MPI.
std::optional<std::thread::id> quick_thread;
std::atomic<int> slow_calls = 0;

}  // namespace

// In place of the system's and of MPI's, for libclique too: symbols of the program come first.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*run)(void*), void* with) {
  static const auto real = reinterpret_cast<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
      dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  return real(thread, how, run, with);
}

extern "C" int MPI_Iallgather(const void* send, int send_count, MPI_Datatype send_type, void* receive,
                              int receive_count, MPI_Datatype receive_type, MPI_Comm comm, MPI_Request* request) {
  if (claimed_version != 0 && send_count == 64) {  // the handshake: the version stands behind eight bytes
    static unsigned char changed[64];
    std::memcpy(changed, send, sizeof changed);
    std::memcpy(changed + 8, &claimed_version, sizeof claimed_version);
    send = changed;
  }
  return PMPI_Iallgather(send, send_count, send_type, receive, receive_count, receive_type, comm, request);
}

extern "C" int MPI_Test(MPI_Request* request, int* done, MPI_Status* state) {
  const bool slow = quick_thread && *quick_thread != std::this_thread::get_id();
  if (slow) {
    ++slow_calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const int code = PMPI_Test(request, done, state);
  if (slow) --slow_calls;
  return code;
}

namespace faults {
namespace {

using clique::status;
using namespace std::chrono_literals;

void say(const char* what) {
  std::printf("rank %d of %d: %s\n", rank(), size(), what);
  std::fflush(nullptr);
}

thrown made_on_comm(MPI_Comm comm) {
  return thrown_by([&] { const clique::communicator made(comm); });
}

}  // namespace

int made_on() {
  expect_error(made_on_comm(MPI_COMM_NULL), status::invalid_argument, {"MPI_COMM_NULL"});
  MPI_Comm freed = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &freed);
  const MPI_Comm stale = freed;
  MPI_Comm_free(&freed);
  expect_error(made_on_comm(stale), status::invalid_argument, {"freed"});
  MPI_Comm half = MPI_COMM_NULL, across = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, rank() % 2, rank(), &half);
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - rank() % 2, 7, &across);
  expect_error(made_on_comm(across), status::invalid_argument, {"intercommunicator", "MPI_Intercomm_merge"});
  MPI_Comm_free(&across);
  MPI_Comm_free(&half);

  // One that is freed while clique still uses it: what needs it is refused, what does not goes on.
  MPI_Comm own = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &own);
  clique::communicator comm(own);
  MPI_Comm_free(&own);
  set_odd(0);
  expect_works(comm);
  expect_same(thrown_by([&] { (void)comm.dup(); }), status::invalid_argument, 0, {"rank 0", "freed"});
  expect_works(comm);
  passed();
  return 0;
}

int after_finalize(clique::communicator& comm) {
  const bool by_mpi = comm.describe().transport == "mpi";
  const int own_rank = rank(), all = size();
  clique::array<std::int32_t> send(comm, 10 * static_cast<std::size_t>(comm.size())), receive(comm, send.count());
  send.fill(3);
  clique::alltoall(comm, send, receive);
  MPI_Finalize();
  const auto must = [&](const thrown& error, const char* part) {
    if (error.code == status::invalid_argument && error.text.find(part) != std::string::npos) return;
    std::printf("rank %d: %s: %s\n", own_rank, clique::name(error.code), error.text.c_str());
    std::_Exit(1);
  };
  must(thrown_by([] { const clique::communicator late; }), "MPI is finalized");
  if (by_mpi) {
    must(thrown_by([&] { clique::alltoall(comm, send, receive); }), "MPI is finalized");
    must(thrown_by([&] { clique::isend(comm, send, (own_rank + 1) % all, 0).wait(); }), "MPI is finalized");
  } else {
    clique::alltoall(comm, send, receive);
  }
  std::printf("clique-test: rank %d of %d passed\n", own_rank, all);
  std::fflush(nullptr);
  return 0;
}

// MPI_Finalize finds no thread in MPI once all communicators are destroyed: MPICH aborts on one that was there.
int finalized_beside_thread() {
  quick_thread = std::this_thread::get_id();
  {
    clique::communicator comm;
    clique::communicator second = comm.dup(), third = comm.dup();
    for (clique::communicator* each : {&comm, &second, &third}) expect_works(*each);
    for (clique::communicator* each : {&comm, &second, &third})
      clique::ibarrier(*each).wait();  // these wake the thread
  }
  for (int k = 0; k < 300; ++k) {
    expect(slow_calls == 0, "the progress thread is in MPI, and no communicator is left");
    std::this_thread::sleep_for(1ms);
  }
  quick_thread.reset();
  passed();
  return 0;
}

// The odd rank comes when the others have given up: what MPI then writes must not be the program's memory.
int late() {
  set_odd(size() - 1);
  int go = 0;
  if (is_odd()) {
    for (int peer = 0; peer < size() - 1; ++peer) MPI_Recv(&go, 1, MPI_INT, peer, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    expect_error(made_on_comm(MPI_COMM_WORLD), status::timeout, {"not all ranks have come"});
    for (int peer = 0; peer < size() - 1; ++peer) MPI_Send(&go, 1, MPI_INT, peer, 2, MPI_COMM_WORLD);
  } else {
    expect_error(made_on_comm(MPI_COMM_WORLD), status::timeout, {"not all ranks have come", "1 s"});
    std::vector<std::vector<unsigned char>> blocks;
    for (std::size_t k = 0; k < 4000; ++k) blocks.emplace_back(64 + k * 8 % 4096, 0xaa);
    MPI_Send(&go, 1, MPI_INT, odd(), 1, MPI_COMM_WORLD);
    MPI_Recv(&go, 1, MPI_INT, odd(), 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (const auto& block : blocks) {
      for (const unsigned char byte : block) expect(byte == 0xaa, "memory of the program has changed");
    }
  }
  say("memory is as it was");
  return 0;
}

int stopped_while_making() {
  set_odd(size() - 1);
  if (is_odd()) std::raise(SIGSTOP);
  expect_error(made_on_comm(MPI_COMM_WORLD), status::timeout, {"not all ranks have come"});
  say("handled it");
  return 0;
}

// A process that may start no more threads.
int no_thread() {
  set_odd(size() - 1);
  if (is_odd()) threads_left = 0;
  expect_same(made_on_comm(MPI_COMM_WORLD), status::out_of_memory, odd(),
              {"rank " + std::to_string(odd()), "a limit of the system on threads or memory"});
  threads_left = -1;
  clique::communicator comm;
  expect_works(comm);
  clique::array<std::int32_t> send(comm, 10 * static_cast<std::size_t>(comm.size())), receive(comm, send.count());
  clique::request request = clique::ialltoall(comm, send, receive);
  if (is_odd()) threads_left = 0;
  const thrown error = thrown_by([&] { (void)request.event(); });
  if (is_odd()) expect_error(error, status::out_of_memory, {"a limit of the system on threads"});
  threads_left = -1;
  const cl::Event done = request.event();
  done.wait();
  request.wait();
  expect_works(comm);
  passed();
  return 0;
}

// The same with CLIQUE_PROGRESS_THREAD=1, and one thread left, the watchdog's: it fails when all else is there.
int no_second_thread() {
  set_odd(size() - 1);
  const clique::device device = clique::device::choose(rank(), size());
  { const clique::array<float> warm(device, 10); }
  if (is_odd()) threads_left = 1;
  const auto make = [&] { const clique::communicator made(MPI_COMM_WORLD, device); };
  expect_same(thrown_by(make), status::out_of_memory, odd(), {"rank " + std::to_string(odd()), "on threads or memory"});
  threads_left = -1;
  clique::communicator comm(MPI_COMM_WORLD, device);
  expect_works(comm);
  passed();
  return 0;
}

int foreign_version() {
  set_odd(size() - 1);
  if (is_odd()) claimed_version = 90807;
  expect_same(made_on_comm(MPI_COMM_WORLD), status::mismatch, -1,
              {"rank 0 runs clique ", "rank " + std::to_string(odd()) + " runs clique 9.8.7", "the same version"});
  claimed_version = 0;
  clique::communicator comm;
  expect_works(comm);
  passed();
  return 0;
}

namespace {

// One rank ends by `end` while the others wait for it.
int ends_by(clique::communicator& comm, void (*end)(int)) {
  set_odd(size() - 1);
  comm.agree({});
  if (is_odd()) end(0);
  (void)thrown_by([&] { comm.agree({}); });
  return 0;
}

}  // namespace

int exits(clique::communicator& comm) {
  return ends_by(comm, [](int code) { std::exit(code); });
}

int quick_exits(clique::communicator& comm) {
  return ends_by(comm, [](int code) { std::quick_exit(code); });
}

// The event of a request is the library's to complete.
int completed_event(clique::communicator& comm) {
  set_odd(size() - 1);
  clique::array<std::int32_t> send(comm, 10 * static_cast<std::size_t>(comm.size())), receive(comm, send.count());
  send.fill(1);
  comm.agree({});
  if (is_odd()) {
    clique::request request = clique::ialltoall(comm, send, receive);
    cl::Event event = request.event();
    expect(clSetUserEventStatus(event(), CL_COMPLETE) == CL_SUCCESS, "the program cannot complete it");
    MPI_Barrier(MPI_COMM_WORLD);
    (void)thrown_by([&] { request.wait(); });  // it may come while a rank is still in it
    std::this_thread::sleep_for(300ms);        // its progress thread finds out
  } else {
    MPI_Barrier(MPI_COMM_WORLD);
    (void)thrown_by([&] { clique::alltoall(comm, send, receive); });
    std::this_thread::sleep_for(600ms);
  }
  const thrown error = thrown_by([&] { comm.agree({}); });  // over messages it may come while the rank is in it
  expect(error.code == status::poisoned || error.code == status::opencl_failure, error.text);
  expect_error(error, error.code,
               {"rank " + std::to_string(odd()), "clSetUserEventStatus", "the program has completed it itself"});
  MPI_Barrier(MPI_COMM_WORLD);
  passed();
  return 0;
}

}  // namespace faults
