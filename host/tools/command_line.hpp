// The command line as tables: which commands there are, and what each takes. CLI11 reads it, in command_line.cpp alone:
// its header costs seconds in each file that includes it.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace clique::tools {

// What a value must be, besides being of its type.
struct range {
  int least, most;
};
struct positive {};
struct one_of {
  std::vector<std::string> words;
};

// "--json" and what follows it; or, where the name does not begin with a dash, what stands in its place.
struct option {
  std::string name;
  // Where the value goes; of lists the elements, with commas between behind a flag. What a function throws
  // (clique::error) is said of the option.
  std::variant<bool*, std::size_t*, double*, std::string*, std::vector<int>*, std::vector<std::string>*,
               std::function<void(const std::string& value)>>
      to;
  std::string about;
  std::variant<std::monostate, range, positive, one_of> rule{};
  std::string group = "Options";  // where the help shows it; without a name it is hidden
  bool required = false;
};

struct command {
  std::string name, about;
  std::vector<option> options;
  std::string footer{};
  // Called once all values of a line with this command are in their places, with the names of the options that it has.
  // May throw `misuse`.
  std::function<void(const std::vector<std::string>& given)> chosen;
};

// What options say together makes no sense.
struct misuse : std::runtime_error {
  misuse(const std::string& option, const std::string& what) : std::runtime_error(option + ": " + what) {}
};

// What is to be printed in place of doing something: help, the version, or what is wrong with the line (exit code 2).
struct reply {
  std::string text;  // empty: nothing
  int code = 0;
};

// `about` is what the help begins with. Functions of the tables are called before this returns.
[[nodiscard]] reply parse_line(int argc, char** argv, const std::string& about, const std::string& version,
                               const std::vector<command>& commands);

}  // namespace clique::tools
