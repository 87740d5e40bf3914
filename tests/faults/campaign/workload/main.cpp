// What the campaign makes fail: clique_campaign_workload FAMILY, on 2 or more ranks. Through the public headers alone.
//
// It returns 0 also where calls have failed: what each rank saw stands in FAULT_RECORDS/rank.R, or on stdout.
#include "families.hpp"

#include <cstdlib>
#include <exception>
#include <map>

namespace workload {
namespace {

using family = void (*)(script&, place&);

int run(script& run, int argc, char** argv, family chosen) {
  std::unique_ptr<clique::environment> mpi;
  while (mpi == nullptr) {
    try {
      mpi = std::make_unique<clique::environment>(argc, argv);
    } catch (const clique::error& caught) {
      // The other ranks are in MPI_Init for good, unless this one comes.
      const aside own;
      int initialized = 0;
      MPI_Initialized(&initialized);
      if (initialized == 0) continue;
      run.note("environment", "environment", "", clique::name(caught.code()), caught.what());
      return 1;
    }
  }
  place world = run.create("communicator", [] { return clique::communicator(); });
  if (world.usable) {
    place on = run.derive("dup", world, [&] { return world.comm->dup(); });
    if (on.comm != nullptr) chosen(run, on);
    run.collective("barrier", on, {}, [&] { clique::barrier(*on.comm); });
    run.collective("barrier_of_the_first", world, {}, [&] { clique::barrier(*world.comm); });
  }
  run.note("end", "end", "", "success", "");
  return 0;
}

}  // namespace
}  // namespace workload

int main(int argc, char** argv) {
  using namespace workload;
  const std::map<std::string, family> families{
      {"moves", moves},       {"reductions", reductions}, {"requests", requests}, {"persistent", persistent_calls},
      {"messages", messages}, {"elements", elements},     {"creation", creation}};
  const auto chosen = argc == 2 ? families.find(argv[1]) : families.end();
  if (chosen == families.end()) {
    std::fprintf(stderr, "usage: clique_campaign_workload FAMILY, one of");
    for (const auto& [name, each] : families) std::fprintf(stderr, " %s", name.c_str());
    std::fputc('\n', stderr);
    return 2;
  }
  script to(std::getenv("FAULT_RECORDS"));
  try {
    return run(to, argc, argv, chosen->second);
  } catch (const std::exception& caught) {  // of the workload's own making
    to.note("outside", "outside", "", "foreign", caught.what());
    return 1;
  }
}
