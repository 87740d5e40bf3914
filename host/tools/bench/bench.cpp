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

// A row of each variant.
std::vector<bench_row> measure(trial& one, const benchmark& what, const reference_op& op, const bench_options& options,
                               const std::vector<variant>& variants, const communicator& comm, bool crowded) {
  one.prepare(variants);
  std::vector<std::uint64_t> wrong;
  for (std::size_t k = 0; k < variants.size(); ++k) wrong.push_back(one.count_wrong(k));
  std::vector<form> forms;
  for (const variant& each : variants) {
    if (std::find(forms.begin(), forms.end(), each.as) == forms.end()) forms.push_back(each.as);
  }
  trial::field field = one.contenders(forms);
  std::vector<contender> all = field.clique;
  all.push_back(field.naive);
  all.push_back(field.expert);
  all.insert(all.end(), field.mpi.begin(), field.mpi.end());
  all.insert(all.end(), field.floors.begin(), field.floors.end());
  const std::vector<timing> timings = race(all, options.iterations, crowded, options.latency);
  const auto result = [&](std::size_t k) -> std::optional<summary> {
    if (timings[k].calls == 0) return std::nullopt;
    return summarize(timings[k].us);
  };
  const std::size_t by_hand = variants.size(), mpi = by_hand + 2, floors = mpi + forms.size();
  std::uint64_t bus = one.behind_bus();
  maximum(MPI_COMM_WORLD, std::span(&bus, 1));

  std::vector<bench_row> rows;
  for (std::size_t k = 0; k < variants.size(); ++k) {
    bench_row& row = rows.emplace_back();
    row.collective = what.name;
    row.type = name(options.type);
    row.bytes = one.bytes();
    row.form = name(variants[k].as);
    row.buffers = buffer_names()[variants[k].user ? 1 : 0];
    if (what.reduces) row.op = op.name;
    row.algorithm = "messages";
    if (what.what)
      row.algorithm =
          chosen_algorithm(comm, *what.what, what.known_bytes(row.bytes, comm.size()), op.op, options.type).name;
    row.wrong = wrong[k];
    row.us = *result(k);
    row.iterations = timings[k].calls;
    row.naive_us = result(by_hand);
    row.expert_us = result(by_hand + 1);
    row.expert = expert_name(bus != 0);
    row.mpi_us =
        result(mpi + static_cast<std::size_t>(std::find(forms.begin(), forms.end(), variants[k].as) - forms.begin()));
    row.floor = bus != 0 ? "bus" : what.reduces ? "combine" : "memcpy";
    row.floor_us = result(floors)->median;
    for (std::size_t each = floors + 1; each < timings.size(); ++each)
      row.floor_us = std::min(row.floor_us, result(each)->median);
    row.algbw = static_cast<double>(row.bytes) / (row.us.median * 1e3);
    row.busbw = row.algbw * what.bus_factor(comm.size());
  }
  return rows;
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

bench_report about(communicator& comm, const std::vector<rank_info>& ranks, const bench_options& options) {
  bench_report report;
  report.latency = options.latency;
  int level = MPI_THREAD_SINGLE;
  check(MPI_Query_thread(&level), "MPI_Query_thread");
  report.threads = level == MPI_THREAD_MULTIPLE     ? "MPI_THREAD_MULTIPLE"
                   : level == MPI_THREAD_SERIALIZED ? "MPI_THREAD_SERIALIZED"
                   : level == MPI_THREAD_FUNNELED   ? "MPI_THREAD_FUNNELED"
                                                    : "MPI_THREAD_SINGLE";
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

std::vector<variant> variants(const bench_options& options) {
  std::vector<variant> all;
  const std::vector<std::string> known = form_names();
  for (const std::string& as : options.forms) {
    const auto which = static_cast<form>(std::find(known.begin(), known.end(), as) - known.begin());
    for (const std::string& of : options.buffers) all.push_back({which, of == buffer_names()[1]});
  }
  return all;
}

// The collectives asked for, as the tables know them.
std::vector<benchmark> wanted(const bench_options& options) {
  std::vector<benchmark> all = benchmarks(), found;
  for (const std::string& each : options.collectives)
    found.push_back(*std::find_if(all.begin(), all.end(), [&](const benchmark& b) { return b.name == each; }));
  return found;
}

}  // namespace

const char* name(form of) {
  switch (of) {
    case form::blocking: return "blocking";
    case form::nonblocking: return "nonblocking";
    case form::persistent: break;
  }
  return "persistent";
}
std::vector<std::string> form_names() {
  return {name(form::blocking), name(form::nonblocking), name(form::persistent)};
}
std::vector<std::string> buffer_names() {
  return {"array", "user"};
}

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
  bench_report report = about(comm, ranks, options);
  const std::string staging = joined(distinct(ranks, &rank_info::staging), "+");
  const std::string transport = joined(distinct(ranks, &rank_info::transport), "+");

  const bool crowded = is_crowded(comm);
  const progress_bar bar(speaks);
  const std::vector<std::size_t> all_sizes = sizes(options);
  const std::vector<variant> chosen_variants = variants(options);
  std::uint64_t wrong = 0, seed = 0;
  const auto total = static_cast<double>(options.collectives.size() * all_sizes.size());
  std::uint64_t bus = is_behind_bus(comm);
  maximum(MPI_COMM_WORLD, std::span(&bus, 1));
  agree(comm, [&] {
    if (speaks) print(head(report));
  });
  for (const benchmark& what : chosen) {
    agree(comm, [&] {
      if (speaks)
        print(table_head(
            what.name,
            what.reduces ? fmt::format("{} ({})", name(options.type), options.op) : std::string(name(options.type)),
            expert_name(bus != 0)));
    });
    std::optional<std::size_t> last;
    for (const std::size_t bytes : all_sizes) {
      if (speaks) bar.show(static_cast<double>(seed) / total, bytes);
      trial one(comm, what, *op, {options.type, ++seed}, std::max<std::size_t>(1, bytes / size_of(options.type)));
      if (one.bytes() == last) continue;  // the smallest sizes are all one element per peer
      last = one.bytes();
      for (bench_row& row : measure(one, what, *op, options, chosen_variants, comm, crowded)) {
        row.staging = staging;
        row.transport = transport;
        wrong += row.wrong;
        agree(comm, [&] {
          if (!speaks) return;
          bar.clear();
          print(table_line(row));
          if (!row.mpi_us)
            fmt::print(stderr, "clique: this MPI library has no {}{} of {} bytes of {}{}{}\n",
                       row.form == "blocking" ? "" : row.form + " ", what.name, row.bytes, row.type,
                       what.reduces ? ", " : "", row.op);
        });
        report.rows.push_back(std::move(row));
      }
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
