// What of the command line of `clique bench` belongs to the check.
#pragma once

#include "check/check.hpp"
#include "command_line.hpp"

#include <string>
#include <vector>

namespace clique::tools {

struct check_command {
  bool wanted = false, here = false;
  check_options check;
  drive_options drive;
};

// The values go to `to`.
[[nodiscard]] std::vector<option> options_of(check_command& to);

// The options that only make sense where this process starts the jobs.
[[nodiscard]] bool is_for_driving(const std::string& option);

}  // namespace clique::tools
