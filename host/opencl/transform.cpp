// transform: an expression of the user's, put into cl/transform.cl and compiled.
#include <clique/elementwise.hpp>

#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/regions.hpp"

#include <clique_kernels.hpp>

#include <algorithm>
#include <charconv>

namespace clique {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view digits = "0123456789";

bool is_identifier(std::string_view name) {
  if (name.empty() || letters.find(name.front()) == letters.npos) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return letters.find(c) != letters.npos || digits.find(c) != digits.npos; });
}

std::string checked_name(std::string_view name) {
  require(is_identifier(name), status::invalid_argument,
          "\"{}\" cannot name an argument of transform; a name is letters, digits and _, and begins with no digit",
          name);
  for (const std::string_view taken : {"i", "rank", "size", "out", "cmul", "cdiv", "conj"}) {
    require(name != taken, status::invalid_argument,
            "\"{}\" cannot name an argument of transform: it has a meaning already", name);
  }
  require(!name.starts_with("clique_") && !name.starts_with("CLIQUE_"), status::invalid_argument,
          "\"{}\" cannot name an argument of transform: such names are clique's own", name);
  return std::string(name);
}

void replace(std::string& text, std::string_view mark, const std::string& by) {
  const auto at = text.find(mark);
  require(at != text.npos, status::internal, "cl/transform.cl has no mark {}", mark);
  text.replace(at, mark.size(), by);
}

// A program, and where the user's lines stand in it.
struct program_text {
  std::string source;
  std::size_t first_line, last_line;
};

program_text source_of(std::string_view expression, std::span<const arg> args) {
  std::string parameters, loads;
  for (std::size_t k = 0; k < args.size(); ++k) {
    const opencl::kernel_type& type = opencl::kernel_type_of(args[k].type());
    if (args[k].is_scalar()) {
      parameters += fmt::format(", const {} {}", type.value, args[k].name());
    } else {
      parameters += fmt::format(", const __global {0}* clique_p{1}, const ulong clique_o{1}", type.storage, k);
      loads +=
          fmt::format("const {0} {1} = {2}(clique_p{3}, clique_o{3} + i); ", type.value, args[k].name(), type.load, k);
    }
  }
  std::string text(kernels::transform);
  replace(text, "/*ARGUMENTS*/", parameters);
  replace(text, "/*LOADS*/", loads);
  // Lines of the user's in the build log are the user's; so that they stay apart, what follows gets a name too.
  replace(text, "/*EXPRESSION*/ i",
          fmt::format("\n#line 1 \"expression\"\n{}\n#line 1 \"transform.cl\"\n", expression));
  std::string source = fmt::format("{}{}", kernels::types, text);
  const auto lines = [](std::string_view part) {
    return static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
  };
  constexpr std::string_view mark = "\"expression\"\n";
  const std::size_t first = lines(std::string_view(source).substr(0, source.find(mark) + mark.size())) + 1;
  return {std::move(source), first, first + lines(expression)};
}

// Names the user's lines in a build log of an implementation that ignores #line (Oclgrind): "input.cl:74:3: error"
// becomes "expression:1:3: error".
std::string in_users_lines(std::string_view log, const program_text& text) {
  std::string result;
  while (!log.empty()) {
    const auto newline = log.find('\n');
    const std::string_view line = log.substr(0, newline == log.npos ? newline : newline + 1);
    log.remove_prefix(line.size());
    const auto colon = std::min(line.find(':'), line.size() - 1);
    const char* const last = line.data() + line.size();
    std::size_t number = 0;
    const auto [end, code] = std::from_chars(line.data() + colon + 1, last, number);
    const bool users = code == std::errc{} && end != last && *end == ':' && line.substr(0, colon) != "expression" &&
                       number >= text.first_line && number <= text.last_line;
    const std::string_view rest(end, static_cast<std::size_t>(last - end));
    result += users ? fmt::format("expression:{}{}", number - text.first_line + 1, rest) : std::string(line);
  }
  return result;
}

std::string options_of(datatype out, std::span<const arg> args) {
  const opencl::kernel_type& type = opencl::kernel_type_of(out);
  std::string options =
      fmt::format("-D CLIQUE_STORAGE={} -D CLIQUE_VALUE={} -D CLIQUE_STORE={}", type.storage, type.value, type.store);
  const auto any = [&](auto is) {
    return is(out) || std::any_of(args.begin(), args.end(), [&](const arg& each) { return is(each.type()); });
  };
  // 0.1 is a double in OpenCL C where the device has them, and a float elsewhere: the same everywhere unless doubles
  // take part.
  if (!any(opencl::is_double)) options += " -cl-single-precision-constant";
  if (any([](datatype each) { return each == datatype::complex128; })) {
    options += " -D CLIQUE_COMPLEX=double2 -D CLIQUE_REAL=double";
  }
  return options;
}

opencl::program& build(opencl::device_state& state, const program_text& text, const std::string& options) {
  try {
    return state.programs().get(text.source, options);
  } catch (const error& fault) {
    if (fault.code() != status::build_failure) throw;
    throw error(fault.code(), in_users_lines(fault.what(), text), -1, fault.native());
  }
}

void check_args(const device& where, const region& out, std::string_view expression, std::span<const arg> args) {
  opencl::check_region(where, out, "the output of transform");
  require(expression.find_first_not_of(" \t\n") != expression.npos, status::invalid_argument,
          "the expression of transform is empty");
  for (std::size_t k = 0; k < args.size(); ++k) {
    for (std::size_t before = 0; before < k; ++before) {
      require(args[before].name() != args[k].name(), status::invalid_argument,
              "transform has two arguments named \"{}\"", args[k].name());
    }
    if (args[k].is_scalar()) {
      detail::require_support(where, args[k].type());
      continue;
    }
    opencl::check_region(where, args[k].elements(), ("argument " + args[k].name() + " of transform").c_str());
    require(args[k].elements().count == out.count, status::invalid_argument,
            "argument {} of transform has {} elements, and the output {}", args[k].name(), args[k].elements().count,
            out.count);
  }
}

}  // namespace

arg::arg(std::string_view name, const region& elements) : name_(checked_name(name)), elements_(elements) {}

arg::arg(std::string_view name, datatype type, const void* value) : name_(checked_name(name)), scalar_(true) {
  elements_.type = type;
  std::memcpy(value_.data(), value, size_of(type));
}

void transform(const device& where, const region& out, std::string_view expression, std::span<const arg> args) {
  check_args(where, out, expression, args);
  if (out.count == 0) return;
  opencl::device_state& state = where.state();
  opencl::kernel_call call(build(state, source_of(expression, args), options_of(out.type, args)), "transform");
  call(out.buffer)(cl_ulong{out.offset})(cl_ulong{out.count})(cl_int{where.rank()})(cl_int{where.size()});
  for (const arg& each : args) {
    if (each.is_scalar()) {
      const opencl::kernel_value value = opencl::to_kernel(each.type(), each.value());
      call.raw(value.bytes, value.size);
    } else {
      call(each.elements().buffer)(cl_ulong{each.elements().offset});
    }
  }
  call.enqueue(state, out.count);
}

}  // namespace clique
