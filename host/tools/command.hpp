// The commands: how each stands on the command line, and what it leaves to be done once the line has been parsed.
#pragma once

#include "command_line.hpp"

#include <clique/communicator.hpp>

#include <functional>

namespace clique::tools {

// One of these; both return the exit code.
struct action {
  // Called on all ranks with one communicator over all of them. What it throws it throws on all ranks.
  std::function<int(communicator&)> on_ranks;
  // Called by a process that is no rank: MPI is not initialized.
  std::function<int()> alone;
};

// `run`, which is there until the line has been parsed, gets what the line asks for.
[[nodiscard]] command info_command(action& run);
[[nodiscard]] command transpose_command(action& run);
[[nodiscard]] command bench_command(action& run);

}  // namespace clique::tools
