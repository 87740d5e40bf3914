// clique info: what each rank drives, how its data moves, and why so.
#include "agree.hpp"
#include "command.hpp"
#include "ranks.hpp"
#include "table.hpp"

#include <clique/tuning.hpp>

#include <fmt/core.h>

#include <memory>

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
                     one.transport});
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
                                          {"transport"}},
                                         cells);
  // What is long, and mostly the same on all ranks, stands below.
  return table + notes(all, "staging", &rank_info::staging_reason) +
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

struct info_options {
  bool as_json = false, algorithms = false;
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
                       "Show instead which algorithms there are for each collective, as CLIQUE_ALGORITHM takes them"}},
          .chosen = [&run, options](const auto&) {
            run.on_ranks = [options](communicator& comm) { return info(comm, *options); };
          }};
}

}  // namespace clique::tools
