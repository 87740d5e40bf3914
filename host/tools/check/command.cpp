// The options of `clique bench` that belong to the check.
#include "check/command.hpp"

#include <clique/error.hpp>

#include <fmt/core.h>

namespace clique::tools {

namespace {

// clique's error as CLI11's, with the option's name.
template <class F>
auto parsed(const char* flag, F&& parse) {
  try {
    return parse();
  } catch (const error& problem) {
    throw CLI::ValidationError(flag, problem.what());
  }
}

}  // namespace

void add_check_options(CLI::App& command, check_command& to) {
  constexpr const char* group = "Check";
  command
      .add_flag("--check-only", to.wanted,
                "Time nothing: call every collective with every type and operator, and compare each element with what "
                "the host computes. Without mpiexec on each combination of --ranks, --staging and --transport")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--slice",
          [&to](const std::string& text) { to.check.slice = parsed("--slice", [&] { return parse_slice(text); }); },
          "K/N: every N-th of the cases alone, from the K-th on")
      ->group(group);
  const auto drives = [&](CLI::Option* option) {
    option->group(group);
    to.driving.push_back(option);
    return option;
  };
  drives(command.add_option("--ranks", to.drive.ranks, "Numbers of ranks (default: 1,2,3,4,5,8)"))
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  drives(command.add_option("--staging", to.drive.staging, "Stagings (default: direct,mapped,slots)"))
      ->delimiter(',')
      ->check(CLI::IsMember({"auto", "direct", "mapped", "slots"}));
  drives(command.add_option("--transport", to.drive.transport, "Transports (default: shm,mpi)"))
      ->delimiter(',')
      ->check(CLI::IsMember({"auto", "shm", "mpi"}));
  drives(command.add_option("--launcher", to.drive.launcher, "What starts the jobs, as LAUNCHER -n RANKS COMMAND"));
  drives(command.add_option("--time-limit", to.drive.time_limit, "Seconds for each combination (default: 600)"))
      ->check(CLI::PositiveNumber);
  command.add_flag("--here", to.here, "Check on this job's ranks, also where there seems to be no mpiexec")
      ->group(group);
  command
      .add_option("--spoil-every", to.check.spoil_every,
                  "Damage what every so many-th case has received, to see that it is noticed")
      ->group("");
}

}  // namespace clique::tools
