// What keeps a communicator, or an array, from being made: one clear error, the same on all ranks.
#include "support.hpp"

#include <cstdlib>

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
