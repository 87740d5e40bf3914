// `clique bench` on the command line, with the check.
#include "command.hpp"

#include "bench/bench.hpp"
#include "check/command.hpp"
#include "options.hpp"
#include "table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

namespace clique::tools {

namespace {

struct bench_line {
  bench_options bench;
  check_command check;
  bool all = false;
};

// Checks what the options say together.
void finish(bench_line& line, const std::vector<std::string>& given) {
  std::vector<std::string>& named = line.bench.collectives;
  const std::vector<std::string> timed = benchmark_names(), known = line.check.wanted ? check_subjects() : timed;
  for (const std::string& name : named)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw misuse("collectives", fmt::format("{} is none of {}", name, joined(known, ", ")));
  if (line.all && !named.empty()) throw misuse("--all", "leaves nothing to name");
  if (line.check.wanted) {
    check_command& check = line.check;
    check.check.subjects = named;
    check.check.json_file = line.bench.json_file;
    if (named.empty() && !line.all) throw misuse("--check-only", "needs --all, or the names of collectives");
    check.here = check.here || is_under_launcher();
    for (const std::string& option : given)
      if (check.here && is_for_driving(option))
        throw misuse(option, "is for a check that starts its jobs itself, without mpiexec");
    return;
  }
  if (line.bench.min_bytes == 0 || line.bench.min_bytes > line.bench.max_bytes)
    throw misuse("--min-bytes", "must be from 1 to --max-bytes");
  if (line.all) named = timed;
  if (named.empty()) named = {timed.front()};
}

}  // namespace

command bench_command(action& run) {
  const auto line = std::make_shared<bench_line>();
  bench_options& to = line->bench;
  const auto bytes = [](std::size_t& value) {
    return [&value](const std::string& text) { value = parse_bytes(text); };
  };
  const std::vector<std::string> names = benchmark_names();
  command made{
      .name = "bench",
      .about = "Time collectives, and check what they deliver",
      .options = {{"collectives", &to.collectives,
                   fmt::format("Which: {} (default: {}); with --check-only also: {}", joined(names, ", "),
                               names.front(), joined(check_subjects(), ", "))},
                  {"--all", &line->all, "All collectives"},
                  {"--min-bytes", bytes(to.min_bytes),
                   "Smallest size: bytes of a rank's largest buffer, all blocks, as 64K (default: 8)"},
                  {"--max-bytes", bytes(to.max_bytes), "Largest size (default: 64M)"},
                  {"--factor", &to.factor, "From one size to the next (default: 2)", range{2, 1 << 30}},
                  {"--type", [&to](const std::string& text) { to.type = parse_datatype(text); },
                   "Of the elements (default: float32)"},
                  {"--op", &to.op, "Of the reductions: sum, min, ... (default: sum)"},
                  {"--forms", &to.forms,
                   "In which forms, with commas: blocking, nonblocking, persistent (default: blocking)",
                   one_of{form_names()}},
                  {"--buffers", &to.buffers,
                   "Of what, with commas: array, clique's own, or user, a buffer as OpenCL makes it (default: array)",
                   one_of{buffer_names()}},
                  {"--latency", &to.latency,
                   "The ranks meet before each call (default: calls follow each other, which gives a rate)"},
                  {"--iterations", &to.iterations, "Timed calls of each contender per size (default: by their time)",
                   positive{}},
                  {"--json", &to.json_file, "Write the results to this file as JSON"},
                  {"--csv", &to.csv_file, "Write the results to this file as CSV"}},
      .footer =
          "Times are compared with naive (blocking read, MPI on host memory, blocking write), with map (map, MPI, "
          "unmap),\n"
          "or, of devices with memory of their own, pinned (naive by pinned host memory), with MPI on host memory "
          "alone,\n"
          "in the same form, and with a floor: what a rank's host must copy and combine at the least, or what must\n"
          "cross the bus both ways. p5 and p95: of clique's times, a twentieth are less, and more. Exit code 1 if an\n"
          "element was wrong.",
      .chosen = [&run, line](const std::vector<std::string>& given) {
        finish(*line, given);
        const check_command& check = line->check;
        if (!check.wanted)
          run.on_ranks = [line](communicator& comm) { return bench(comm, line->bench); };
        else if (check.here)
          run.on_ranks = [line](communicator& comm) { return check_here(comm, line->check.check); };
        else
          run.alone = [line] { return check_everywhere(line->check.check, line->check.drive); };
      }};
  for (option& each : options_of(line->check)) made.options.push_back(std::move(each));
  return made;
}

}  // namespace clique::tools
