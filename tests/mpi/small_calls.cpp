// What small calls cost the processor, apart from waiting: they allocate no memory, and take no more instructions than
// they did. Two ranks, arrays of 8 bytes for each rank.
//
//   clique_small_calls               counts what is allocated
//   clique_small_calls --measured    each kind of call in a function of its own, for tests/mpi/instructions
#include <clique/clique.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <new>
#include <string>

namespace {

std::atomic<long> allocations{0};

constexpr int times = 200;

struct program {
  clique::environment environment;
  clique::communicator comm, paired = comm.dup();
  clique::array<float> send, receive;
  int other = 1 - comm.rank();

  program()
      : send(comm, 2 * static_cast<std::size_t>(comm.size())),
        receive(comm, 2 * static_cast<std::size_t>(comm.size())) {
    paired.set_agreement(clique::agreement::pairs);
    send.fill(1);
    receive.fill(2);
    comm.device().finish();
  }
};

program* all = nullptr;

}  // namespace

// All of C++'s, the library's too, for the program's definitions come first. OpenCL and MPI, which are C, have their
// own.
void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const made = std::malloc(bytes == 0 ? 1 : bytes)) return made;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept {
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}

// One call of each kind; and, for callgrind, a function that makes many.
#define CLIQUE_MEASURED(NAME, CALL)                                 \
  void one_##NAME() {                                               \
    auto& [environment, comm, paired, send, receive, other] = *all; \
    CALL;                                                           \
  }                                                                 \
  extern "C" [[gnu::noinline]] void measured_##NAME() {             \
    for (int k = 0; k < times; ++k) one_##NAME();                   \
  }
CLIQUE_MEASURED(barrier, clique::barrier(comm))
CLIQUE_MEASURED(bcast, clique::bcast(comm, send, 0))
CLIQUE_MEASURED(allgather, clique::allgather(comm, send.subspan(0, 2), receive))
CLIQUE_MEASURED(alltoall, clique::alltoall(comm, send, receive))
CLIQUE_MEASURED(allreduce, clique::allreduce(comm, send, receive, clique::op::sum))
CLIQUE_MEASURED(scan, clique::scan(comm, send, receive, clique::op::sum))
CLIQUE_MEASURED(sendrecv, clique::sendrecv(comm, send, other, 0, receive, other, 0))
CLIQUE_MEASURED(bcast_in_pairs, clique::bcast(paired, send, 0))
CLIQUE_MEASURED(sendrecv_in_pairs, clique::sendrecv(paired, send, other, 0, receive, other, 0))

namespace {

struct kind {
  const char* name;
  void (*one)();
  void (*run)();
};
const kind kinds[] = {{"barrier", one_barrier, measured_barrier},
                      {"bcast", one_bcast, measured_bcast},
                      {"allgather", one_allgather, measured_allgather},
                      {"alltoall", one_alltoall, measured_alltoall},
                      {"allreduce", one_allreduce, measured_allreduce},
                      {"scan", one_scan, measured_scan},
                      {"sendrecv", one_sendrecv, measured_sendrecv},
                      {"bcast in pairs", one_bcast_in_pairs, measured_bcast_in_pairs},
                      {"sendrecv in pairs", one_sendrecv_in_pairs, measured_sendrecv_in_pairs}};

int run(bool measured) {
  program of;
  all = &of;
  if (of.comm.size() != 2) throw clique::error(clique::status::invalid_argument, "needs two ranks");
  int wrong = 0;
  for (const kind& each : kinds) {
    for (int k = 0; k < 50; ++k) each.one();  // what the first ones need they keep
    if (measured) {
      each.run();
      continue;
    }
    // Who waits for long looks at the other communicators, which allocates.
    long made = 1;
    for (int look = 0; look < 10; ++look) {
      const long before = allocations.load();
      each.run();
      made = std::min(made, allocations.load() - before);
    }
    if (made == 0) continue;
    ++wrong;
    std::printf("rank %d: %d calls of %s allocate %ld times\n", of.comm.rank(), times, each.name, made);
  }
  clique::barrier(of.comm);
  if (wrong != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", of.comm.rank(), of.comm.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 && std::strcmp(argv[1], "--measured") == 0);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "small_calls: %s\n", failure.what());
    return 1;
  }
}
