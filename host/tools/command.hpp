// The subcommands: each adds its options, and leaves in `run` what is to be done once the line has been parsed.
#pragma once

#include <clique/communicator.hpp>

#include <CLI/CLI.hpp>

#include <functional>

namespace clique::tools {

// Called on all ranks with one communicator over all of them; returns the exit code. What it throws it throws
// on all ranks.
using action = std::function<int(communicator&)>;

void add_info(CLI::App& app, action& run);
void add_transpose(CLI::App& app, action& run);
void add_bench(CLI::App& app, action& run);

}  // namespace clique::tools
