// clique info: what each rank drives, how its data moves, and why so.
#include "agree.hpp"
#include "command.hpp"
#include "rows.hpp"
#include "table.hpp"

#include <clique/tuning.hpp>

#include <fmt/format.h>

#include <memory>

namespace clique::tools {

namespace {

// "OpenCL 3.0 PoCL 3.1 ..." -> "3.0"
std::string version_number(const std::string& version) {
  const std::size_t first = version.find_first_of("0123456789");
  return first == version.npos ? version : version.substr(first, version.find(' ', first) - first);
}

// "staging: why" where it is the same for all, "staging on 0-3, 6: why" where not; a line per value.
std::string notes(const std::vector<json>& rows, const char* title, const char* field) {
  const std::vector<std::string> values = distinct(rows, field);
  std::string text;
  for (const std::string& value : values) {
    std::string ranks;
    for (std::size_t i = 0; i < rows.size() && values.size() > 1; ++i) {
      if (rows[i].at(field) != value) continue;
      ranks += fmt::format("{}{}", ranks.empty() ? " on " : ", ", i);
      const std::size_t first = i;
      while (i + 1 < rows.size() && rows[i + 1].at(field) == value) ++i;
      if (i != first) ranks += fmt::format("-{}", i);
    }
    text += fmt::format("{}{}: {}\n", title, ranks, value);
  }
  return text;
}

std::string to_table(const std::vector<json>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const json& row : rows) {
    const auto text = [&row](const char* field) { return row.at(field).get<std::string>(); };
    cells.push_back({fmt::format("{}", row.at("rank").get<int>()), text("host"), text("platform"), text("device"),
                     version_number(text("opencl")), text("driver"), format_bytes(row.at("memory").get<std::size_t>()),
                     fmt::format("{}", row.at("compute_units").get<unsigned>()), text("staging"), text("transport")});
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
  return table + notes(rows, "staging", "staging_reason") + notes(rows, "transport", "transport_reason") +
         notes(rows, "MPI", "mpi");
}

std::string algorithm_table() {
  std::vector<std::vector<std::string>> cells;
  for (const algorithm_info& each : algorithms())
    cells.push_back({name(each.what), each.name, each.description, each.restriction});
  return format_table({{"collective"}, {"algorithm"}, {"description"}, {"restriction"}}, cells);
}

json algorithm_rows() {
  json rows = json::array();
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
      if (comm.rank() == 0)
        print(options.as_json ? to_text({{"schema", 1}, {"rows", algorithm_rows()}}) : algorithm_table());
    });
    return 0;
  }
  const std::vector<json> rows = gather_rows(comm);
  agree(comm, [&] {
    if (comm.rank() != 0) return;
    print(options.as_json ? to_text({{"schema", 1}, {"ranks", comm.size()}, {"rows", rows}}) : to_table(rows));
  });
  return 0;
}

}  // namespace

void add_info(CLI::App& app, action& run) {
  CLI::App* const command = app.add_subcommand("info", "Show each rank's device and how its data moves");
  auto options = std::make_shared<info_options>();
  command->add_flag("--json", options->as_json, "Print JSON: {\"schema\": 1, \"ranks\": N, \"rows\": [...]}");
  command->add_flag("--algorithms", options->algorithms,
                    "Show instead which algorithms there are for each collective, as CLIQUE_ALGORITHM takes them");
  command->callback([&run, options] { run.on_ranks = [options](communicator& comm) { return info(comm, *options); }; });
}

}  // namespace clique::tools
