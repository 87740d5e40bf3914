// clique bench: clique's collectives in all forms against what people do today (read, MPI, write; the better ones map,
// or pin their host memory), against MPI on host memory, and against what nothing can beat, in turns within one run;
// every size is also checked.
#pragma once

#include <clique/communicator.hpp>
#include <clique/datatype.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace clique::tools {

struct bench_options {
  std::vector<std::string> collectives;
  std::vector<std::string> forms{"blocking"}, buffers{"array"};
  bool latency = false;  // the ranks meet before each call
  std::size_t min_bytes = 8, max_bytes = std::size_t{64} << 20, factor = 2, iterations = 0;
  datatype type = datatype::float32;
  std::string op = "sum";
  std::string json_file, csv_file;
};

// What can be timed, by name; the first is the default.
[[nodiscard]] std::vector<std::string> benchmark_names();

// What --forms and --buffers take.
[[nodiscard]] std::vector<std::string> form_names();
[[nodiscard]] std::vector<std::string> buffer_names();

// Collective. Rank 0 prints the table. Returns the exit code: 1 if an element was wrong.
int bench(communicator& comm, const bench_options& options);

}  // namespace clique::tools
