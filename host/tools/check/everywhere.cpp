// The check on many combinations of ranks, staging and transport: a job for each, started by mpiexec, one after
// another.
#include "check/check.hpp"
#include "child.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "json.hpp"
#include "table.hpp"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cstdlib>

#include <unistd.h>

namespace clique::tools {

namespace {

struct combination {
  int ranks;
  std::string staging, transport;
};

// A rank alone has no transport.
std::vector<combination> combinations(const drive_options& drive) {
  std::vector<combination> all;
  for (const int ranks : drive.ranks)
    for (const std::string& staging : drive.staging)
      for (const std::string& transport : drive.transport) {
        if (ranks == 1 && transport != drive.transport.front()) continue;
        all.push_back({ranks, staging, ranks == 1 ? "auto" : transport});
      }
  return all;
}

std::string launcher_of(const drive_options& drive) {
  if (!drive.launcher.empty()) return drive.launcher;
  return ::access(CLIQUE_TOOL_LAUNCHER, X_OK) == 0 ? CLIQUE_TOOL_LAUNCHER : "mpiexec";
}

std::string own_path() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) fail("cannot read /proc/self/exe");
  path.resize(static_cast<std::size_t>(length));
  return path;
}

// Of "cases N, wrong M", the last line that begins so.
struct case_counts {
  std::size_t cases = 0, wrong = 0;
};
std::optional<case_counts> counts_of(std::string_view output) {
  const std::size_t line = output.rfind("\ncases ");
  if (line == output.npos) return std::nullopt;
  case_counts found;
  const char* at = output.data() + line + 7;
  const char* const end = output.data() + output.size();
  const auto [middle, first] = std::from_chars(at, end, found.cases);
  constexpr std::string_view wrong = ", wrong ";
  if (first != std::errc{} || !std::string_view(middle, end).starts_with(wrong)) return std::nullopt;
  const auto [rest, second] = std::from_chars(middle + wrong.size(), end, found.wrong);
  return second == std::errc{} ? std::optional(found) : std::nullopt;
}

std::vector<std::string> command_of(const combination& with, const check_options& options, const drive_options& drive,
                                    std::size_t number) {
  std::vector<std::string> command{launcher_of(drive), "-n", fmt::format("{}", with.ranks), own_path(), "bench"};
  command.insert(command.end(), options.subjects.begin(), options.subjects.end());
  if (options.subjects.empty()) command.emplace_back("--all");
  // Another part for each combination, so that together they try more.
  const std::size_t part = (options.slice.part + number) % options.slice.of;
  command.insert(command.end(), {"--check-only", "--here", "--slice", fmt::format("{}/{}", part, options.slice.of)});
  if (options.spoil_every != 0)
    command.insert(command.end(), {"--spoil-every", fmt::format("{}", options.spoil_every)});
  return command;
}

std::vector<variable> environment_of(const combination& with) {
  return {{"CLIQUE_STAGING", with.staging},
          {"CLIQUE_TRANSPORT", with.transport},
          // What the user has set stays: short segments, so that small data has several; a hang ends with who waits.
          {"CLIQUE_SEGMENT_BYTES", "4K", false},
          {"CLIQUE_TIMEOUT", "60", false},
          // Open MPI wants to be asked for more ranks than cores.
          {"OMPI_MCA_rmaps_base_oversubscribe", "1", false},
          {"PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", false}};
}

}  // namespace

bool is_under_launcher() {
  for (const char* name : {"PMI_RANK", "PMI_SIZE", "PMIX_RANK", "OMPI_COMM_WORLD_SIZE", "MPI_LOCALRANKID"})
    if (std::getenv(name) != nullptr) return true;
  return false;
}

int check_everywhere(const check_options& options, const drive_options& drive) {
  output_file json_out(options.json_file);
  const std::vector<combination> all = combinations(drive);
  const auto begin = std::chrono::steady_clock::now();
  case_counts total;
  std::size_t failed = 0;
  json::array rows;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const combination& with = all[k];
    const auto start = std::chrono::steady_clock::now();
    const finished_child child = run_child(command_of(with, options, drive, k), environment_of(with), drive.time_limit);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const case_counts found = counts_of(child.output).value_or(case_counts{});
    const bool good = child.exit_code == 0 && !child.timed_out && found.cases != 0 && found.wrong == 0;
    std::string how = good ? "" : "  FAILED";
    if (child.timed_out)
      how += fmt::format(": not done within {} s", drive.time_limit);
    else if (child.signal != 0)
      how += fmt::format(": {} was ended by signal {}", launcher_of(drive), child.signal);
    else if (!good)
      how += fmt::format(": {} returned {}", launcher_of(drive), child.exit_code);
    // What went wrong stands above the line that says so.
    if (!good) print(child.output);
    print(fmt::format("{} ranks, staging {:<7} transport {:<5}{:>8} cases{:>7} wrong{:>8.1f} s{}\n", with.ranks,
                      with.staging + ",", with.transport + ":", found.cases, found.wrong, seconds.count(), how));
    total.cases += found.cases;
    total.wrong += found.wrong;
    failed += good ? 0 : 1;
    rows.push_back({{"ranks", with.ranks},
                    {"staging", with.staging},
                    {"transport", with.transport},
                    {"seconds", seconds.count()},
                    {"cases", found.cases},
                    {"wrong", found.wrong},
                    {"passed", good}});
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  json_out.write(to_text({{"schema", 1},
                          {"seconds", seconds.count()},
                          {"cases", total.cases},
                          {"wrong", total.wrong},
                          {"failed", failed},
                          {"rows", rows}}));
  print(fmt::format("{} combinations, {} failed, {:.0f} s\ncases {}, wrong {}\n", all.size(), failed, seconds.count(),
                    total.cases, total.wrong));
  return failed == 0 && total.cases != 0 ? 0 : 1;
}

}  // namespace clique::tools
