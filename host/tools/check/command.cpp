#include "check/command.hpp"

namespace clique::tools {

std::vector<option> options_of(check_command& to) {
  std::vector<option> all{
      {"--check-only", &to.wanted,
       "Time nothing: call every collective with every type and operator, and compare each element with what the host "
       "computes. Without mpiexec on each combination of --ranks, --staging and --transport"},
      {"--slice", [&to](const std::string& text) { to.check.slice = parse_slice(text); },
       "K/N: every N-th of the cases alone, from the K-th on"},
      {"--ranks", &to.drive.ranks, "Numbers of ranks (default: 1,2,3,4,5,8)", range{1, 4096}},
      {"--staging", &to.drive.staging, "Stagings (default: direct,mapped,slots)",
       one_of{{"auto", "direct", "host", "mapped", "slots", "exported"}}},
      {"--transport", &to.drive.transport, "Transports (default: shm,mpi)", one_of{{"auto", "shm", "mpi"}}},
      {"--launcher", &to.drive.launcher, "What starts the jobs, as LAUNCHER -n RANKS COMMAND"},
      {"--time-limit", &to.drive.time_limit, "Seconds for each combination (default: 600)", positive{}},
      {"--here", &to.here, "Check on this job's ranks, also where there seems to be no mpiexec"},
  };
  for (option& each : all) each.group = "Check";
  all.push_back({"--spoil-every",
                 &to.check.spoil_every,
                 "Damage what every so many-th case has received, to see that it is noticed",
                 {},
                 ""});
  return all;
}

bool is_for_driving(const std::string& option) {
  return option == "--ranks" || option == "--staging" || option == "--transport" || option == "--launcher" ||
         option == "--time-limit";
}

}  // namespace clique::tools
