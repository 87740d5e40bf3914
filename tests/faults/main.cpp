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
      {"disagreed_in_pairs", faults::disagreed_in_pairs},
      {"skipped", faults::skipped},
      {"unwound", faults::unwound},
      {"stopped", faults::stopped},
      {"device_failure", faults::device_failure},
      {"device_failure_asleep", faults::device_failure_asleep},
      {"too_large", faults::too_large},
      {"unanswered", faults::unanswered},
      {"after_finalize", faults::after_finalize},
      {"exits", faults::exits},
      {"quick_exits", faults::quick_exits},
      {"completed_event", faults::completed_event},
      {"waits_for_device", faults::waits_for_device},
      {"waits_for_block", faults::waits_for_block},
      {"waits_for_room", faults::waits_for_room},
      {"waits_for_late_rank", faults::waits_for_late_rank},
      {"error_table", faults::error_table},
  };
  const std::map<std::string, int (*)()> starts{
      {"left_by_exception", faults::left_by_exception},
      {"made_on", faults::made_on},
      {"cannot_map", faults::cannot_map},
      {"finalized_beside_thread", faults::finalized_beside_thread},
      {"late", faults::late},
      {"stopped_while_making", faults::stopped_while_making},
      {"no_thread", faults::no_thread},
      {"no_second_thread", faults::no_second_thread},
      {"foreign_version", faults::foreign_version},
  };
  const clique::environment mpi(argc, argv);
  if (const auto start = starts.find(name); start != starts.end()) return start->second();
  const auto test = tests.find(name);
  if (test == tests.end()) return faults::bad_start(name);
  clique::communicator comm;
  return test->second(comm);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
