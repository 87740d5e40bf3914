#include "command_line.hpp"

#include <clique/error.hpp>

#include <CLI/CLI.hpp>

#include <sstream>
#include <type_traits>

namespace clique::tools {

namespace {

CLI::Option* add_target(CLI::App& to, const option& one, bool* target) {
  return to.add_flag(one.name, *target, one.about);
}

CLI::Option* add_target(CLI::App& to, const option& one, const std::function<void(const std::string&)>& target) {
  return to.add_option_function<std::string>(
      one.name,
      [&one, &target](const std::string& value) {
        try {
          target(value);
        } catch (const error& problem) {
          throw CLI::ValidationError(one.name, problem.what());
        }
      },
      one.about);
}

template <class T>
CLI::Option* add_target(CLI::App& to, const option& one, T* target) {
  return to.add_option(one.name, *target, one.about);
}

template <class T>
CLI::Option* add_target(CLI::App& to, const option& one, std::vector<T>* target) {
  CLI::Option* const made = to.add_option(one.name, *target, one.about);
  return one.name.front() == '-' ? made->delimiter(',') : made;
}

void add(CLI::App& to, const option& one) {
  CLI::Option* const made = std::visit([&](const auto& target) { return add_target(to, one, target); }, one.to);
  made->required(one.required)->group(one.group);
  if (const auto* const limits = std::get_if<range>(&one.rule)) made->check(CLI::Range(limits->least, limits->most));
  if (std::holds_alternative<positive>(one.rule)) made->check(CLI::PositiveNumber);
  if (const auto* const known = std::get_if<one_of>(&one.rule)) made->check(CLI::IsMember(known->words));
}

void add(CLI::App& to, const command& one) {
  CLI::App* const made = to.add_subcommand(one.name, one.about);
  for (const option& each : one.options) add(*made, each);
  made->footer(one.footer);
  made->callback([made, &one] {
    std::vector<std::string> given;
    for (const option& each : one.options)
      if (made->count(each.name) != 0) given.push_back(each.name);
    one.chosen(given);
  });
}

}  // namespace

reply parse_line(int argc, char** argv, const std::string& about, const std::string& version,
                 const std::vector<command>& commands) {
  const auto misused = [](const std::exception& problem) {
    return reply{std::string("clique: ") + problem.what() + " (see clique --help)\n", 2};
  };
  CLI::App app(about, "clique");
  app.require_subcommand(1);
  app.set_version_flag("--version", version);
  for (const command& one : commands) add(app, one);
  try {
    app.parse(argc, argv);
    return {};
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() != 0) return misused(problem);
    std::ostringstream text;  // --help and --version
    app.exit(problem, text, text);
    return {text.str()};
  } catch (const misuse& problem) {
    return misused(problem);
  }
}

}  // namespace clique::tools
