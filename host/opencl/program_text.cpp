#include "opencl/program_text.hpp"

#include "opencl/launch.hpp"

#include <clique_kernels.hpp>

#include <algorithm>
#include <charconv>

namespace clique::opencl {
namespace {

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// What sizeof says there. Throws clique::error(build_failure) where the struct's text alone does not compile. Blocks.
std::size_t size_on(device_state& state, datatype type) {
  const std::string source = core::formatted("{}\n{}", struct_source(type), kernels::size_of);
  program& built = state.programs().get(source, core::formatted("-D CLIQUE_TYPE={}", name(type)));
  cl_ulong size = 0;
  const cl::Buffer out = constant_buffer(state, &size, sizeof size);
  launch(state, built, "size_of", 1, out());
  check(clEnqueueReadBuffer(state.queue()(), out(), CL_TRUE, 0, sizeof size, &size, 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
  return static_cast<std::size_t>(size);
}

// For a build that has failed: where this is why, says so.
void compare_size(device_state& state, datatype type) {
  std::size_t there = 0;
  try {
    there = size_on(state, type);
  } catch (const error& fault) {
    if (fault.code() == status::build_failure) return;  // so it is not the size
    throw;
  }
  require(
      there == size_of(type), status::invalid_argument,
      "struct {} has {} bytes in C++ and {} on {}; its OpenCL C text must have the same fields, as wide (int, long, "
      "float, double have 4, 8, 4, 8 bytes, and vectors of three as many as of four), and be as packed:\n{}",
      name(type), size_of(type), there, state.info().name, struct_source(type));
}

}  // namespace

void program_text::add_named(std::string_view name, std::string_view lines) {
  // So that the user's lines stay apart, what follows gets a name too.
  source_ += core::formatted("\n#line 1 \"{}\"\n", name);
  const std::size_t first = lines_of(source_) + 1;
  parts_.push_back({std::string(name), first, first + lines_of(lines)});
  source_ += core::formatted("{}\n#line 1 \"clique\"\n", lines);
}

void program_text::add_struct(datatype type) {
  if (!is_struct(type) || std::find(structs_.begin(), structs_.end(), type) != structs_.end()) return;
  const std::string& text = struct_source(type);
  const bool there = std::any_of(structs_.begin(), structs_.end(),
                                 [&](datatype other) { return struct_source(other) == text; });  // they share it
  if (!there && !text.empty()) add_named(name(type), text);
  // A wrong size must not build; build() then finds out what it is.
  source_ +=
      core::formatted("typedef char clique_size_of_{0}[sizeof({0}) == {1} ? 1 : -1];\n", name(type), size_of(type));
  structs_.push_back(type);
}

// An implementation that ignores #line (Oclgrind) says "input.cl:74:3: error", which becomes "expression:1:3: error".
std::string program_text::in_users_lines(std::string_view log) const {
  std::string result;
  while (!log.empty()) {
    const auto newline = log.find('\n');
    const std::string_view line = log.substr(0, newline == log.npos ? newline : newline + 1);
    log.remove_prefix(line.size());
    const auto colon = std::min(line.find(':'), line.size() - 1);
    const char* const last = line.data() + line.size();
    std::size_t number = 0;
    const auto [end, code] = std::from_chars(line.data() + colon + 1, last, number);
    const std::string_view rest(end, static_cast<std::size_t>(last - end));
    const bool counted = code == std::errc{} && rest.starts_with(':');
    const bool named =
        std::any_of(parts_.begin(), parts_.end(), [&](const part& each) { return each.name == line.substr(0, colon); });
    const auto users = std::find_if(parts_.begin(), parts_.end(), [&](const part& each) {
      return number >= each.first_line && number <= each.last_line;
    });
    const bool rename = counted && !named && users != parts_.end();
    result +=
        rename ? core::formatted("{}:{}{}", users->name, number - users->first_line + 1, rest) : std::string(line);
  }
  return result;
}

program& program_text::build(device_state& state, const std::string& options) const {
  try {
    return state.programs().get(source_, options);
  } catch (const error& fault) {
    if (fault.code() != status::build_failure) throw;
    for (const datatype each : structs_) compare_size(state, each);
    throw error(fault.code(), in_users_lines(fault.what()), -1, fault.native());
  }
}

std::string precision_options(bool doubles, bool complex128) {
  return core::formatted("{}{}", doubles ? "" : " -cl-single-precision-constant",
                         complex128 ? " -D CLIQUE_COMPLEX=double2 -D CLIQUE_REAL=double" : "");
}

}  // namespace clique::opencl
