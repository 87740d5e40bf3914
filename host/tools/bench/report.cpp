// The results of `clique bench`: as a table while it runs, as JSON and as CSV at the end.
#include "bench/benchmark.hpp"
#include "table.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace clique::tools {

namespace {

std::vector<column> columns(const std::string& expert) {
  return {{"bytes", true, 10},        {"form", false, 11},
          {"buffers", false, 7},      {"p5", true, 9},
          {"clique us", true, 9},     {"p95", true, 9},
          {"naive us", true, 9},      {expert + " us", true, 9},
          {"MPI us", true, 9},        {"floor us", true, 9},
          {"floor %", true, 7},       {"MPI/clique", true, 10},
          {"naive/clique", true, 12}, {expert + "/clique", true, 10},
          {"algbw", true, 7},         {"busbw", true, 7},
          {"wrong", true, 5}};
}

std::string number(std::optional<double> value) {
  if (!value) return "-";
  return fmt::format("{:.{}f}", *value, *value < 100 ? 2 : *value < 1000 ? 1 : 0);
}

json times(const std::optional<summary>& of) {
  if (!of) return {{"p5", nullptr}, {"median", nullptr}, {"p95", nullptr}};
  return {{"p5", of->p5}, {"median", of->median}, {"p95", of->p95}};
}
std::optional<double> median(const std::optional<summary>& of) {
  return of ? std::optional(of->median) : std::nullopt;
}

json to_json(const bench_row& row) {
  return {{"collective", row.collective},
          {"type", row.type},
          {"op", row.op},
          {"bytes", row.bytes},
          {"form", row.form},
          {"buffers", row.buffers},
          {"staging", row.staging},
          {"transport", row.transport},
          {"algorithm", row.algorithm},
          {"iterations", row.iterations},
          {"us", times(row.us)},
          {"naive_us", times(row.naive_us)},
          {"expert", row.expert},
          {"expert_us", times(row.expert_us)},
          {"mpi_us", times(row.mpi_us)},
          {"floor", row.floor},
          {"floor_us", row.floor_us},
          {"algbw", row.algbw},
          {"busbw", row.busbw},
          {"wrong", row.wrong}};
}

// Quoted where it must be (RFC 4180).
std::string csv_cell(const json& cell) {
  if (std::holds_alternative<std::nullptr_t>(cell.value)) return "";
  if (!std::holds_alternative<std::string>(cell.value)) return to_line(cell);
  auto text = std::get<std::string>(cell.value);
  if (text.find_first_of(",\"\n") == text.npos) return text;
  for (std::size_t at = 0; (at = text.find('"', at)) != text.npos; at += 2) text.insert(at, 1, '"');
  return '"' + text + '"';
}

}  // namespace

std::string head(const bench_report& report) {
  std::vector<std::string> devices;
  for (const std::string& each : report.devices)
    if (std::find(devices.begin(), devices.end(), each) == devices.end()) devices.push_back(each);
  return fmt::format("MPI: {}, {}\nranks: {} on {} {}, {}; {}\n", report.mpi, report.threads, report.ranks,
                     report.nodes, report.nodes == 1 ? "node" : "nodes", joined(devices, "; "),
                     report.latency ? "latency: the ranks meet before each call"
                                    : "rate: calls follow each other, and who need not wait runs ahead");
}

std::string table_head(const std::string& collective, const std::string& type, const std::string& expert) {
  std::vector<std::string> titles;
  for (const column& one : columns(expert)) titles.push_back(one.title);
  return fmt::format("{} of {}; times per call of the slowest rank, medians; GB/s\n", collective, type) +
         format_line(columns(expert), titles);
}

std::string table_line(const bench_row& row) {
  const auto ratio = [&row](const std::optional<summary>& other) {
    return other ? fmt::format("{:.2f}", other->median / row.us.median) : "-";
  };
  return format_line(
      columns(row.expert),
      {fmt::format("{}", row.bytes), row.form, row.buffers, number(row.us.p5), number(row.us.median),
       number(row.us.p95), number(median(row.naive_us)), number(median(row.expert_us)), number(median(row.mpi_us)),
       number(row.floor_us), fmt::format("{:.0f}", 100 * row.floor_us / row.us.median), ratio(row.mpi_us),
       ratio(row.naive_us), ratio(row.expert_us), fmt::format("{:.3f}", row.algbw), fmt::format("{:.3f}", row.busbw),
       fmt::format("{}", row.wrong)});
}

json to_json(const bench_report& report) {
  json::array rows;
  for (const bench_row& row : report.rows) rows.push_back(to_json(row));
  return {{"schema", 2},
          {"ranks", report.ranks},
          {"nodes", report.nodes},
          {"mpi", report.mpi},
          {"threads", report.threads},
          {"latency", report.latency},
          {"devices", json::array(report.devices.begin(), report.devices.end())},
          {"rows", rows}};
}

std::string to_csv(const bench_report& report) {
  std::string text;
  for (const bench_row& measured : report.rows) {
    const json row = to_json(measured);
    std::string names, values;
    for (const auto& [name, cell] : std::get<json::object>(row.value)) {
      if (const auto* const parts = std::get_if<json::object>(&cell.value)) {  // us: {min, ...} -> us_min, ...
        for (const auto& [part, inner] : *parts) {
          names += fmt::format(",{}_{}", name, part);
          values += ',' + csv_cell(inner);
        }
      } else {
        names += ',' + name;
        values += ',' + csv_cell(cell);
      }
    }
    if (text.empty()) text = names.substr(1) + '\n';
    text += values.substr(1) + '\n';
  }
  return text;
}

}  // namespace clique::tools
