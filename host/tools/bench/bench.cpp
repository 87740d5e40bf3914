#include "bench/bench.hpp"

#include "agree.hpp"
#include "bench/trial.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "mpi.hpp"
#include "ranks.hpp"
#include "table.hpp"

#include <clique/tuning.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include <unistd.h>

namespace clique::tools {

namespace {

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
  if (timings[2].calls != 0) row.expert_us = summarize(timings[2].us).median;
  if (timings[3].calls != 0) row.mpi_us = summarize(timings[3].us).median;
  std::uint64_t bus = one.behind_bus();
  maximum(MPI_COMM_WORLD, std::span(&bus, 1));
  row.floor = bus != 0 ? "bus" : "memcpy";
  row.floor_us = summarize(timings[4].us).median;
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

}  // namespace

std::vector<std::string> benchmark_names() {
  std::vector<std::string> names;
  for (const benchmark& one : benchmarks()) names.emplace_back(one.name);
  return names;
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

}  // namespace clique::tools
