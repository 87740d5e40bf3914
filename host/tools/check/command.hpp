// What of the command line of `clique bench` belongs to the check.
#pragma once

#include "check/check.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace clique::tools {

struct check_command {
  bool wanted = false, here = false;
  check_options check;
  drive_options drive;
  std::vector<CLI::Option*> driving{};  // those that only make sense where this process starts the jobs
};

void add_check_options(CLI::App& command, check_command& to);

}  // namespace clique::tools
