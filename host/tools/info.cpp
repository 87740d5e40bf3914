// clique info: what each rank drives, how its data moves, and why so.
#include "agree.hpp"
#include "command.hpp"
#include "mpi.hpp"
#include "ranks.hpp"
#include "table.hpp"

#include <clique/tuning.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <sstream>

namespace clique::tools {

namespace {

// "OpenCL 3.0 PoCL 3.1 ..." -> "3.0"
std::string version_number(const std::string& version) {
  const std::size_t first = version.find_first_of("0123456789");
  return first == version.npos ? version : version.substr(first, version.find(' ', first) - first);
}

// "staging: why" where it is the same for all, "staging on 0-3, 6: why" where not; a line per value.
std::string notes(const std::vector<rank_info>& all, const char* title, std::string rank_info::*field) {
  const std::vector<std::string> values = distinct(all, field);
  std::string text;
  for (const std::string& value : values) {
    std::string ranks;
    for (std::size_t i = 0; i < all.size() && values.size() > 1; ++i) {
      if (all[i].*field != value) continue;
      ranks += fmt::format("{}{}", ranks.empty() ? " on " : ", ", i);
      const std::size_t first = i;
      while (i + 1 < all.size() && all[i + 1].*field == value) ++i;
      if (i != first) ranks += fmt::format("-{}", i);
    }
    text += fmt::format("{}{}: {}\n", title, ranks, value);
  }
  return text;
}

std::string to_table(const std::vector<rank_info>& all) {
  std::vector<std::vector<std::string>> cells;
  for (const rank_info& one : all) {
    const device_info& device = one.device;
    cells.push_back({std::to_string(one.rank), one.host, device.platform, device.name, version_number(device.version),
                     device.driver, format_bytes(device.memory), std::to_string(device.compute_units), one.staging,
                     one.buffers, format_bytes(one.staging_limit), one.transport});
  }
  const std::string table = format_table({{"rank", true},
                                          {"host"},
                                          {"platform"},
                                          {"device"},
                                          {"OpenCL"},
                                          {"driver"},
                                          {"memory", true},
                                          {"cores", true},
                                          {"staging"},
                                          {"buffers"},
                                          {"staging limit", true},
                                          {"transport"}},
                                         cells);
  // What is long, and mostly the same on all ranks, stands below.
  return table + notes(all, "staging", &rank_info::staging_reason) + notes(all, "buffers", &rank_info::buffers_reason) +
         notes(all, "transport", &rank_info::transport_reason) + notes(all, "MPI", &rank_info::mpi);
}

std::string algorithm_table() {
  std::vector<std::vector<std::string>> cells;
  for (const algorithm_info& each : algorithms())
    cells.push_back({name(each.what), each.name, each.description, each.restriction});
  return format_table({{"collective"}, {"algorithm"}, {"description"}, {"restriction"}}, cells);
}

json::array algorithm_rows() {
  json::array rows;
  for (const algorithm_info& each : algorithms())
    rows.push_back({{"collective", name(each.what)},
                    {"algorithm", each.name},
                    {"description", each.description},
                    {"restriction", each.restriction}});
  return rows;
}

// How rank `from` reaches rank `to`.
struct pair_way {
  int from, to;
  way_info way;
};

// All pairs, in order, on rank 0; elsewhere none. A rank sends its ways as lines, name and reason in turn.
std::vector<pair_way> gather_ways(const communicator& comm) {
  std::string own;
  for (const way_info& each : comm.ways()) own += each.name + "\n" + each.why + "\n";
  std::vector<pair_way> all;
  int from = 0;
  for (const std::string& text : gather(MPI_COMM_WORLD, own)) {
    std::istringstream lines(text);
    way_info way;
    for (int to = 0; std::getline(lines, way.name) && std::getline(lines, way.why); ++to)
      all.push_back({from, to, way});
    ++from;
  }
  return all;
}

// A row for each rank, a column for each that it reaches; below, what each way is, and for which pairs.
std::string way_table(const std::vector<pair_way>& all, int size) {
  std::vector<column> titles{{"from \\ to"}};
  std::vector<std::vector<std::string>> cells(static_cast<std::size_t>(size));
  for (int to = 0; to < size; ++to) titles.push_back({std::to_string(to)});
  struct note {
    std::string text, pairs;
    std::size_t count = 0;
  };
  constexpr std::size_t most_named = 4;
  std::vector<note> notes;
  for (const pair_way& each : all) {
    auto& row = cells[static_cast<std::size_t>(each.from)];
    if (row.empty()) row.push_back(std::to_string(each.from));
    row.push_back(each.way.name);
    if (each.from > each.to) continue;  // the same way back
    const std::string text = each.way.name + ": " + each.way.why;
    auto known = std::find_if(notes.begin(), notes.end(), [&](const note& one) { return one.text == text; });
    if (known == notes.end()) known = notes.insert(notes.end(), {text, ""});
    if (++known->count <= most_named)
      known->pairs += fmt::format("{}{}-{}", known->count == 1 ? "" : ", ", each.from, each.to);
  }
  std::string table = format_table(titles, cells);
  for (const note& each : notes) {
    table += fmt::format("{} ({}{})\n", each.text, each.pairs,
                         each.count > most_named ? fmt::format(" and {} more", each.count - most_named) : "");
  }
  return table;
}

json::array way_rows(const std::vector<pair_way>& all) {
  json::array rows;
  for (const pair_way& each : all)
    rows.push_back({{"from", each.from}, {"to", each.to}, {"way", each.way.name}, {"why", each.way.why}});
  return rows;
}

struct info_options {
  bool as_json = false, algorithms = false, ways = false;
};

int info(communicator& comm, const info_options& options) {
  if (options.algorithms) {
    agree(comm, [&] {
      if (comm.rank() != 0) return;
      if (!options.as_json) return print(algorithm_table());
      print(to_text({{"schema", 1}, {"rows", algorithm_rows()}}));
    });
    return 0;
  }
  if (options.ways) {
    const std::vector<pair_way> all = gather_ways(comm);
    agree(comm, [&] {
      if (comm.rank() != 0) return;
      if (!options.as_json) return print(way_table(all, comm.size()));
      print(to_text({{"schema", 1}, {"ranks", comm.size()}, {"rows", way_rows(all)}}));
    });
    return 0;
  }
  const std::vector<rank_info> all = gather_ranks(comm);
  agree(comm, [&] {
    if (comm.rank() != 0) return;
    if (!options.as_json) return print(to_table(all));
    json::array rows;
    for (const rank_info& one : all) rows.push_back(to_json(one));
    print(to_text({{"schema", 1}, {"ranks", comm.size()}, {"rows", rows}}));
  });
  return 0;
}

}  // namespace

command info_command(action& run) {
  const auto options = std::make_shared<info_options>();
  return {.name = "info",
          .about = "Show each rank's device and how its data moves",
          .options = {{"--json", &options->as_json, R"(Print JSON: {"schema": 1, "ranks": N, "rows": [...]})"},
                      {"--algorithms", &options->algorithms,
                       "Show instead which algorithms there are for each collective, as CLIQUE_ALGORITHM takes them"},
                      {"--ways", &options->ways, "Show instead how each rank reaches each other, and why so"}},
          .chosen = [&run, options](const auto&) {
            run.on_ranks = [options](communicator& comm) { return info(comm, *options); };
          }};
}

}  // namespace clique::tools
