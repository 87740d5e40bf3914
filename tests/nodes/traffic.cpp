// What ranks on several nodes send over the network for a call: bytes that a host's interface has counted, headers of
// TCP and IP included. Each rank is on a host that tests/nodes/mpiexec made.
#include <clique/clique.hpp>

#include <mpi.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

int failures = 0;

void expect(const clique::communicator& comm, bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("rank %d: %s\n", comm.rank(), what.c_str());
  std::fflush(stdout);
}

double sent_by_host() {
  std::ifstream counter("/sys/class/net/node/statistics/tx_bytes");
  double bytes = -1;
  if (!(counter >> bytes)) throw std::runtime_error("no interface \"node\": run this by tests/nodes/mpiexec");
  return bytes;
}

// Bytes that this host sends for a call.
double bytes_of(clique::communicator& comm, int times, const std::function<void()>& call) {
  const auto several = [&](int calls) {
    MPI_Barrier(MPI_COMM_WORLD);
    usleep(20'000);  // acknowledgements of before
    const double before = sent_by_host();
    MPI_Barrier(MPI_COMM_WORLD);
    for (int k = 0; k < calls; ++k) call();
    clique::barrier(comm);
    usleep(20'000);
    return sent_by_host() - before;
  };
  several(times / 20);
  const double few = several(times / 20), many = several(times + times / 20);
  return (many - few) / times;
}

// Of all hosts, each of which has one rank that counts.
double sum_over_hosts(double bytes, const clique::rank_info& info) {
  double mine = info.node_rank == 0 ? bytes : 0, all = 0;
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  return all;
}

}  // namespace

int main(int argc, char** argv) try {
  clique::environment mpi(argc, argv);
  clique::communicator comm;
  const clique::rank_info info = comm.describe();
  const bool alone = info.node_size == 1;
  expect(comm, info.node_size < info.size, "all ranks are on one node");
  expect(comm, info.transport == (alone ? "mpi" : "shm+mpi"), "transport is " + info.transport);
  expect(comm, sent_by_host() > 0, "the network has carried nothing");

  struct row {
    const char* name;
    double limit;  // bytes of a host; 0: none
    std::function<void()> call;
  };
  const int nodes = static_cast<int>(sum_over_hosts(1, info));
  clique::array<std::uint64_t> one(comm, 1), other(comm, 1);
  const row rows[] = {{"barrier", 256, [&] { clique::barrier(comm); }},
                      {"bcast of 8 bytes", 0, [&] { clique::bcast(comm, one, 0); }},
                      {"allreduce of 8 bytes", 0, [&] { clique::allreduce(comm, one, other, clique::op::sum); }}};
  for (const auto& [name, limit, call] : rows) {
    const double bytes = bytes_of(comm, 200, call);
    if (info.node_rank == 0) std::printf("%s: %s sends %.0f bytes for a call\n", name, info.host.c_str(), bytes);
    expect(comm, bytes > 0, std::string(name) + ": nothing crosses the network");
    expect(comm, limit == 0 || bytes <= limit, std::string(name) + ": " + std::to_string(bytes) + " bytes");
  }

  // Large vectors: what all hosts send together, of what the collective needs. A vector goes to each node once, or is
  // combined in parts, each of which goes to its node and back.
  const double vector = 1 << 20, others = nodes - 1;
  const std::size_t count = (1 << 20) / sizeof(float), size = static_cast<std::size_t>(comm.size());
  clique::array<float> from(comm, count), to(comm, count), all(comm, count * size);
  from.fill(1);
  struct large_row {
    const char* name;
    double needed;
    std::function<void()> call;
  };
  const large_row large[] = {
      {"bcast of 1 MiB", others * vector, [&] { clique::bcast(comm, from, 0); }},
      {"allreduce of 1 MiB", 2 * others * vector, [&] { clique::allreduce(comm, from, to, clique::op::sum); }},
      {"reduce of 1 MiB", others * vector, [&] { clique::reduce(comm, from, to, clique::op::sum, 0); }},
      {"allgather of 1 MiB each", others * vector * comm.size(), [&] { clique::allgather(comm, from, all); }}};
  // Where nodes are no subtrees of the association of reductions, more must cross.
  const bool subtrees = std::string(clique::chosen_algorithm(comm, clique::collective::allreduce, 1 << 20,
                                                             clique::op::sum, clique::datatype::float32)
                                        .name) == "nodes";
  for (const auto& [name, needed, call] : large) {
    const double times = sum_over_hosts(bytes_of(comm, 20, call), info) / needed;
    if (comm.rank() == 0) std::printf("%s: %.3f times what must cross\n", name, times);
    expect(comm,
           times >= 0.99 && (times <= 1.05 || (!subtrees && std::string(name).find("reduce") == 0) ||
                             (!subtrees && std::string(name).find("allreduce") == 0)),
           std::string(name) + ": the hosts send " + std::to_string(times) + " times what must cross");
  }
  if (failures != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
  std::fflush(stdout);
  return 0;
} catch (const std::exception& problem) {
  std::printf("clique-test: %s\n", problem.what());
  std::fflush(stdout);
  MPI_Abort(MPI_COMM_WORLD, 1);
}
