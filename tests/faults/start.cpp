// What keeps a communicator, or an array, from being made: one clear error, the same on all ranks.
#include "support.hpp"

#include <mpi.h>

#include <cstdlib>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace faults {

using clique::status;

// Settings are read when clique first needs one, which is after this.
int bad_start(const std::string& what) {
  set_odd(size() - 1);
  const bool all = what == "no_device_on_all";
  const auto set = [&](const char* name, const char* value) {
    if (is_odd() || all) setenv(name, value, 1);
  };
  if (what == "settings") set("CLIQUE_SEGMENT_BYTES", "64K");
  if (what == "transport") set("CLIQUE_TRANSPORT", "mpi");
  if (what == "algorithm") set("CLIQUE_ALGORITHM", "alltoall:bruck");
  if (what == "malformed") set("CLIQUE_SLOTS", "many");
  if (what == "unknown") set("CLIQUE_SLOT", "4");
  if (what == "no_device" || all) set("OCL_ICD_VENDORS", "/nonexistent");

  const thrown error = thrown_by([] { const clique::communicator comm; });
  const std::string culprit = "rank " + std::to_string(odd());
  if (what == "settings") {
    expect_same(error, status::mismatch, -1,
                {culprit, "CLIQUE_SEGMENT_BYTES", "65536", "1048576", "same on all ranks"});
  } else if (what == "transport") {
    expect_same(error, status::mismatch, -1, {"CLIQUE_TRANSPORT differs: it is auto on rank 0 and mpi on " + culprit});
  } else if (what == "algorithm") {
    expect_same(error, status::mismatch, -1, {"CLIQUE_ALGORITHM differs", "\"alltoall:bruck\" on " + culprit});
  } else if (what == "malformed") {
    expect_same(error, status::invalid_argument, odd(), {culprit, "CLIQUE_SLOTS", "many", "1 to 1024"});
  } else if (what == "unknown") {
    expect_same(error, status::invalid_argument, odd(), {culprit, "CLIQUE_SLOT is no variable", "CLIQUE_SLOTS"});
  } else {
    expect_same(error, status::no_device, all ? 0 : odd(),
                {"no OpenCL device", "/etc/OpenCL/vendors", "OCL_ICD_VENDORS"});
  }
  // Where it was for a wish of one rank, the ranks can still talk by MPI, and end well.
  passed();
  return 0;
}

// The odd rank has no descriptor left to open its peers' memory with: it talks to all by messages, and they go on
// sharing theirs.
int cannot_map() {
  set_odd(size() - 1);
  const clique::communicator before(MPI_COMM_SELF);  // all that needs files is there then
  std::vector<int> none(static_cast<std::size_t>(size()));
  MPI_Alltoall(MPI_IN_PLACE, 1, MPI_INT, none.data(), 1, MPI_INT, MPI_COMM_WORLD);
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  if (is_odd()) {
    const int next = open("/dev/null", O_RDONLY);
    close(next);
    const rlimit none_left{static_cast<rlim_t>(next), usual.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none_left);
  }
  clique::communicator comm(MPI_COMM_WORLD);
  setrlimit(RLIMIT_NOFILE, &usual);

  const auto ways = comm.ways();
  expect(ways.size() == static_cast<std::size_t>(size()), "a way to each rank");
  for (int peer = 0; peer < size(); ++peer) {
    const clique::way_info& its = ways[static_cast<std::size_t>(peer)];
    const char* const near = its.name == "process" ? "process" : "shm";  // as the system allows
    const char* const wanted = peer == rank() ? "self" : is_odd() || peer == odd() ? "mpi" : near;
    expect(its.name == wanted, "rank " + std::to_string(peer) + " is reached by " + its.name + ": " + its.why);
    const bool says = its.why.find("rank " + std::to_string(odd()) + " does not share the memory of") != its.why.npos;
    expect(says == (its.name == "mpi"), "why: " + its.why);
  }
  const std::string transport = comm.describe().transport;
  expect(transport == (is_odd() || size() == 2 ? "mpi" : "shm+mpi"), "transport " + transport);
  expect_works(comm);
  clique::array<int> send(comm, 100000), receive(comm, 100000);
  const int next = (rank() + 1) % size(), previous = (rank() + size() - 1) % size();
  send.fill(rank());
  clique::sendrecv(comm, send, next, 0, receive, previous, 0);
  expect(receive.to_host() == std::vector<int>(receive.count(), previous), "what sendrecv has received");
  passed();
  return 0;
}

int too_large(clique::communicator& comm) {
  set_odd(size() - 1);
  const auto make = [&] { const clique::array<float> large(comm, std::size_t{1} << (is_odd() ? 20 : 10)); };
  const thrown alone = thrown_by(make);
  if (is_odd()) {
    expect_error(alone, status::out_of_memory, {"4194304", "CL_DEVICE_MAX_MEM_ALLOC_SIZE", "CLIQUE_MAX_ALLOC_BYTES"});
  } else {
    expect(alone.code == status::success, alone.text);
  }
  expect_same(thrown_by([&] { comm.agree(make); }), status::out_of_memory, odd(),
              {"rank " + std::to_string(odd()), "CL_DEVICE_MAX_MEM_ALLOC_SIZE"});
  expect_works(comm);
  passed();
  return 0;
}

}  // namespace faults
