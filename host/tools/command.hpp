// The subcommands: each adds its options, and leaves in `run` what is to be done once the line has been parsed.
#pragma once

#include <clique/communicator.hpp>

#include <CLI/CLI.hpp>

#include <functional>

namespace clique::tools {

// One of these; both return the exit code.
struct action {
  // Called on all ranks with one communicator over all of them. What it throws it throws on all ranks.
  std::function<int(communicator&)> on_ranks;
  // Called by a process that is no rank: MPI is not initialized.
  std::function<int()> alone;
};

void add_info(CLI::App& app, action& run);
void add_transpose(CLI::App& app, action& run);
void add_bench(CLI::App& app, action& run);

}  // namespace clique::tools
