// The results of `clique bench`: as a table while it runs, as JSON and as CSV at the end.
#include "bench/benchmark.hpp"
#include "table.hpp"

#include <fmt/core.h>

namespace clique::tools {

namespace {

const std::vector<column> columns = {
    {"bytes", true, 10},   {"min", true, 9},         {"clique us", true, 9},     {"max", true, 9},
    {"naive us", true, 9}, {"expert us", true, 9},   {"MPI us", true, 9},        {"floor us", true, 9},
    {"floor %", true, 7},  {"MPI/clique", true, 10}, {"naive/clique", true, 12}, {"algbw", true, 7},
    {"busbw", true, 7},    {"wrong", true, 5},
};

std::string number(std::optional<double> value) {
  if (!value) return "-";
  return fmt::format("{:.{}f}", *value, *value < 100 ? 2 : *value < 1000 ? 1 : 0);
}

json optional_number(std::optional<double> value) {
  return value ? json(*value) : json(nullptr);
}

json to_json(const bench_row& row) {
  return {{"collective", row.collective},
          {"type", row.type},
          {"op", row.op},
          {"bytes", row.bytes},
          {"staging", row.staging},
          {"transport", row.transport},
          {"algorithm", row.algorithm},
          {"iterations", row.iterations},
          {"us", {{"min", row.us.min}, {"median", row.us.median}, {"max", row.us.max}}},
          {"naive_us", optional_number(row.naive_us)},
          {"expert_us", optional_number(row.expert_us)},
          {"mpi_us", optional_number(row.mpi_us)},
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

std::string table_head(const std::string& collective, const std::string& type) {
  std::vector<std::string> titles;
  for (const column& one : columns) titles.push_back(one.title);
  return fmt::format("{} of {}; times per call, medians of the slowest rank; GB/s\n", collective, type) +
         format_line(columns, titles);
}

std::string table_line(const bench_row& row) {
  const auto ratio = [&row](std::optional<double> other) {
    return other ? fmt::format("{:.2f}", *other / row.us.median) : "-";
  };
  return format_line(
      columns, {fmt::format("{}", row.bytes), number(row.us.min), number(row.us.median), number(row.us.max),
                number(row.naive_us), number(row.expert_us), number(row.mpi_us), number(row.floor_us),
                fmt::format("{:.0f}", 100 * row.floor_us / row.us.median), ratio(row.mpi_us), ratio(row.naive_us),
                fmt::format("{:.3f}", row.algbw), fmt::format("{:.3f}", row.busbw), fmt::format("{}", row.wrong)});
}

json to_json(const bench_report& report) {
  json::array rows;
  for (const bench_row& row : report.rows) rows.push_back(to_json(row));
  return {{"schema", 1},
          {"ranks", report.ranks},
          {"nodes", report.nodes},
          {"mpi", report.mpi},
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
