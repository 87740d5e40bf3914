// clique bench: clique's collectives against what people do today (read, MPI, write), against MPI on host memory, and
// against the memcpy that nothing can beat, in turns within one run; every size is also checked.
#include "agree.hpp"
#include "bench/trial.hpp"
#include "check/command.hpp"
#include "command.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "mpi.hpp"
#include "options.hpp"
#include "ranks.hpp"
#include "table.hpp"

#include <clique/tuning.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include <unistd.h>

namespace clique::tools {

namespace {

struct bench_options {
  std::vector<std::string> collectives;
  std::size_t min_bytes = 8, max_bytes = std::size_t{64} << 20, factor = 2, iterations = 0;
  datatype type = datatype::float32;
  std::string op = "sum";
  std::string json_file, csv_file;
  bool all = false;
  check_command check;
};

// Whether some node has more ranks than cores. Collective.
bool is_crowded(const communicator& comm) {
  std::uint64_t crowded = static_cast<unsigned>(comm.describe().node_size) > std::thread::hardware_concurrency();
  maximum(MPI_COMM_WORLD, std::span(&crowded, 1));
  return crowded != 0;
}

// All there are, by name; the first is the default.
std::vector<benchmark> benchmarks() {
  std::vector<benchmark> all;
  for (const auto& table : {moving_benchmarks(), reducing_benchmarks()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

bench_row measure(trial& one, const benchmark& what, const reference_op& op, const bench_options& options,
                  const communicator& comm, bool crowded) {
  bench_row row;
  row.collective = what.name;
  row.type = name(options.type);
  row.bytes = one.bytes();
  if (what.reduces) row.op = op.name;
  row.algorithm = "messages";
  if (what.what)
    row.algorithm =
        chosen_algorithm(comm, *what.what, what.known_bytes(row.bytes, comm.size()), op.op, options.type).name;
  one.prepare();
  row.wrong = one.count_wrong();
  const std::vector<timing> timings = race(one.contenders(), options.iterations, crowded);
  row.us = summarize(timings[0].us);
  row.iterations = timings[0].calls;
  if (timings[1].calls != 0) row.naive_us = summarize(timings[1].us).median;
  if (timings[2].calls != 0) row.mpi_us = summarize(timings[2].us).median;
  row.floor_us = summarize(timings[3].us).median;
  row.algbw = static_cast<double>(row.bytes) / (row.us.median * 1e3);
  row.busbw = row.algbw * what.bus_factor(comm.size());
  return row;
}

// On a terminal only: a bar on stderr, which the next line of the table overwrites.
class progress_bar {
 public:
  explicit progress_bar(bool wanted) : shown_(wanted && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)) {}
  ~progress_bar() { clear(); }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  void show(double part, std::size_t bytes) const {
    constexpr int width = 30;
    const int full = static_cast<int>(part * width);
    if (shown_)
      fmt::print(stderr, "\r[{:<{}}] {}\x1b[K", std::string(static_cast<std::size_t>(full), '#'), width,
                 format_bytes(bytes));
  }
  void clear() const {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool shown_;
};

std::vector<std::size_t> sizes(const bench_options& options) {
  std::vector<std::size_t> all;
  for (std::size_t bytes = options.min_bytes; bytes <= options.max_bytes; bytes *= options.factor) {
    all.push_back(bytes);
    if (bytes > ~std::size_t{0} / options.factor) break;
  }
  return all;
}

bench_report about(communicator& comm, const std::vector<rank_info>& ranks) {
  bench_report report;
  report.ranks = comm.size();
  report.nodes = 0;
  for (const rank_info& one : ranks) {
    if (one.node_rank == 0) ++report.nodes;
    report.devices.push_back(one.device.name);
  }
  report.mpi = joined(distinct(ranks, &rank_info::mpi), "; ");
  return report;
}

// The operator as it fits the type.
reference_op operator_of(const bench_options& options) {
  std::string names;
  for (const reference_op& each : operators_of(options.type)) {
    if (each.op.is_user()) continue;
    if (each.name == options.op) return each;
    names += (names.empty() ? "" : ", ") + each.name;
  }
  fail("--op {} does not fit {}; these do: {}", options.op, name(options.type), names);
}

// The collectives asked for, as the tables know them.
std::vector<benchmark> wanted(const bench_options& options) {
  std::vector<benchmark> all = benchmarks(), found;
  for (const std::string& each : options.collectives)
    found.push_back(*std::find_if(all.begin(), all.end(), [&](const benchmark& b) { return b.name == each; }));
  return found;
}

int bench(communicator& comm, const bench_options& options) {
  const bool speaks = comm.rank() == 0;
  const std::vector<benchmark> chosen = wanted(options);
  const bool reduces = std::any_of(chosen.begin(), chosen.end(), [](const benchmark& b) { return b.reduces; });
  std::optional<output_file> json_out, csv_out;
  std::optional<reference_op> op;
  agree(comm, [&] {
    detail::require_support(comm.device(), options.type);
    op = reduces ? operator_of(options) : operators_of(options.type).front();
    if (!speaks) return;
    json_out.emplace(options.json_file);
    csv_out.emplace(options.csv_file);
  });
  const std::vector<rank_info> ranks = gather_ranks(comm);
  bench_report report = about(comm, ranks);
  const std::string staging = joined(distinct(ranks, &rank_info::staging), "+");
  const std::string transport = joined(distinct(ranks, &rank_info::transport), "+");

  const bool crowded = is_crowded(comm);
  const progress_bar bar(speaks);
  const std::vector<std::size_t> all_sizes = sizes(options);
  std::uint64_t wrong = 0, seed = 0;
  const auto total = static_cast<double>(options.collectives.size() * all_sizes.size());
  for (const benchmark& what : chosen) {
    agree(comm, [&] {
      if (speaks)
        print(table_head(what.name, what.reduces ? fmt::format("{} ({})", name(options.type), options.op)
                                                 : std::string(name(options.type))));
    });
    std::optional<std::size_t> last;
    for (const std::size_t bytes : all_sizes) {
      if (speaks) bar.show(static_cast<double>(seed) / total, bytes);
      trial one(comm, what, *op, {options.type, ++seed}, std::max<std::size_t>(1, bytes / size_of(options.type)));
      if (one.bytes() == last) continue;  // the smallest sizes are all one element per peer
      last = one.bytes();
      bench_row row = measure(one, what, *op, options, comm, crowded);
      row.staging = staging;
      row.transport = transport;
      wrong += row.wrong;
      agree(comm, [&] {
        if (!speaks) return;
        bar.clear();
        print(table_line(row));
        if (!row.mpi_us)
          fmt::print(stderr, "clique: this MPI library has no {} of {} bytes of {}{}{}\n", what.name, row.bytes,
                     row.type, what.reduces ? ", " : "", row.op);
      });
      report.rows.push_back(std::move(row));
    }
  }
  agree(comm, [&] {
    if (!speaks) return;
    bar.clear();
    json_out->write(to_text(to_json(report)));
    csv_out->write(to_csv(report));
    if (wrong != 0) fmt::print(stderr, "clique: {} elements were wrong\n", wrong);
  });
  return wrong == 0 ? 0 : 1;
}

// Checks what the options say together.
void finish_options(bench_options& options, const std::vector<std::string>& timed) {
  check_command& check = options.check;
  const std::vector<std::string> known = check.wanted ? check_subjects() : timed;
  for (const std::string& each : options.collectives)
    if (std::find(known.begin(), known.end(), each) == known.end())
      throw CLI::ValidationError("collectives", fmt::format("{} is none of {}", each, joined(known, ", ")));
  if (options.all && !options.collectives.empty()) throw CLI::ValidationError("--all", "leaves nothing to name");
  if (check.wanted) {
    check.check.subjects = options.collectives;
    check.check.json_file = options.json_file;
    if (options.collectives.empty() && !options.all)
      throw CLI::ValidationError("--check-only", "needs --all, or the names of collectives");
    check.here = check.here || is_under_launcher();
    for (const CLI::Option* each : check.driving)
      if (check.here && each->count() != 0)
        throw CLI::ValidationError(each->get_name(), "is for a check that starts its jobs itself, without mpiexec");
    return;
  }
  if (options.min_bytes == 0 || options.min_bytes > options.max_bytes)
    throw CLI::ValidationError("--min-bytes", "must be from 1 to --max-bytes");
  if (options.all) options.collectives = timed;
  if (options.collectives.empty()) options.collectives = {timed.front()};
}

}  // namespace

void add_bench(CLI::App& app, action& run) {
  CLI::App* const command = app.add_subcommand("bench", "Time collectives, and check what they deliver");
  auto options = std::make_shared<bench_options>();
  std::vector<std::string> names;
  for (const benchmark& one : benchmarks()) names.emplace_back(one.name);
  const auto bytes = [command](const char* flag, std::size_t& value, const char* about) {
    command->add_option_function<std::string>(
        flag,
        [flag, &value](const std::string& text) {
          try {
            value = parse_bytes(text);
          } catch (const error& problem) {
            throw CLI::ValidationError(flag, problem.what());
          }
        },
        about);
  };
  command->add_option("collectives", options->collectives,
                      fmt::format("Which: {} (default: {}); with --check-only also: {}", joined(names, ", "),
                                  names.front(), joined(check_subjects(), ", ")));
  command->add_flag("--all", options->all, "All collectives");
  bytes("--min-bytes", options->min_bytes,
        "Smallest size: bytes of a rank's largest buffer, all blocks, as 64K (default: 8)");
  bytes("--max-bytes", options->max_bytes, "Largest size (default: 64M)");
  command->add_option("--factor", options->factor, "From one size to the next (default: 2)")
      ->check(CLI::Range(2, 1 << 30));
  command->add_option_function<std::string>(
      "--type",
      [options](const std::string& text) {
        try {
          options->type = parse_datatype(text);
        } catch (const error& problem) {
          throw CLI::ValidationError("--type", problem.what());
        }
      },
      "Of the elements (default: float32)");
  command->add_option("--op", options->op, "Of the reductions: sum, min, ... (default: sum)");
  command
      ->add_option("--iterations", options->iterations,
                   "Timed calls of each contender per size (default: by their time)")
      ->check(CLI::PositiveNumber);
  command->add_option("--json", options->json_file, "Write the results to this file as JSON");
  command->add_option("--csv", options->csv_file, "Write the results to this file as CSV");
  add_check_options(*command, options->check);
  command->footer(
      "Times are compared with naive (blocking read, MPI on host memory, blocking write), with MPI on host memory\n"
      "alone and with a memcpy of what a rank receives. Exit code 1 if an element was wrong.");
  command->callback([&run, options, names] {
    finish_options(*options, names);
    const check_command& check = options->check;
    if (!check.wanted)
      run.on_ranks = [options](communicator& comm) { return bench(comm, *options); };
    else if (check.here)
      run.on_ranks = [options](communicator& comm) { return check_here(comm, options->check.check); };
    else
      run.alone = [options] { return check_everywhere(options->check.check, options->check.drive); };
  });
}

}  // namespace clique::tools
