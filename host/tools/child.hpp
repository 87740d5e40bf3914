// A command run to its end, with all that it starts, within a time limit.
#pragma once

#include <string>
#include <vector>

namespace clique::tools {

struct variable {
  std::string name, value;
  bool overwrites = true;
};

struct finished_child {
  std::string output;  // standard output and standard error, as they came
  int exit_code = 0, signal = 0;
  bool timed_out = false;
};

// `command[0]` is looked for in the PATH where it has no slash; variables are added to the environment, and there is
// nothing to read. The command has a process group of its own, which is ended when the limit passes, and when this
// process is told to end (SIGINT, SIGTERM, SIGHUP). Throws clique::error where it cannot be started. One at a time.
[[nodiscard]] finished_child run_child(const std::vector<std::string>& command, const std::vector<variable>& variables,
                                       double seconds);

}  // namespace clique::tools
