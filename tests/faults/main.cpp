// The fault tests: clique_fault_tests NAME, on several ranks.
#include "support.hpp"

#include <cstdio>
#include <cstring>
#include <map>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("usage: clique_fault_tests NAME\n", stderr);
    return 2;
  }
  const std::string name = argv[1];
  const std::map<std::string, int (*)(clique::communicator&)> tests{
      {"refused", faults::refused},
      {"mismatched", faults::mismatched},
      {"refused_derived", faults::refused_derived},
      {"exhausted", faults::exhausted},
      {"skipped", faults::skipped},
      {"unwound", faults::unwound},
      {"stopped", faults::stopped},
      {"device_failure", faults::device_failure},
      {"too_large", faults::too_large},
      {"unanswered", faults::unanswered},
  };
  const clique::environment mpi(argc, argv);
  if (name == "left_by_exception") return faults::left_by_exception();
  const auto test = tests.find(name);
  if (test == tests.end()) return faults::bad_start(name);
  clique::communicator comm;
  return test->second(comm);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
