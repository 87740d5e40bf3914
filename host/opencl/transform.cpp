// transform: an expression of the user's, put into cl/transform.cl and compiled.
#include <clique/elementwise.hpp>

#include "opencl/identifier.hpp"
#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/program_text.hpp"
#include "opencl/regions.hpp"
#include "opencl/reserved_words.hpp"

#include <clique_kernels.hpp>

#include <algorithm>

namespace clique {
namespace {

std::string checked_name(std::string_view name) {
  require(opencl::is_identifier(name), status::invalid_argument,
          "\"{}\" cannot name an argument of transform; a name is letters, digits and _, and begins with no digit",
          name);
  for (const std::string_view taken : {"i", "rank", "size", "out", "cmul", "cdiv", "conj", "int32_index", "int64_index",
                                       "float32_index", "float64_index"}) {
    require(name != taken, status::invalid_argument,
            "\"{}\" cannot name an argument of transform: it has a meaning already", name);
  }
  require(!opencl::is_cliques_own(name), status::invalid_argument,
          "\"{}\" cannot name an argument of transform: such names are clique's own", name);
  const opencl::word meaning = opencl::meaning_of(name);
  require(meaning == opencl::word::free, status::invalid_argument,
          "\"{0}\" cannot name an argument of transform: in OpenCL C it is {1}; take another name, {0}_ for instance",
          name, opencl::describe(meaning));
  return std::string(name);
}

std::size_t place_of(std::string_view mark, std::string_view text) {
  const auto at = text.find(mark);
  require(at != text.npos, status::internal, "cl/transform.cl has no mark {}", mark);
  return at;
}

void replace(std::string& text, std::string_view mark, const std::string& by) {
  text.replace(place_of(mark, text), mark.size(), by);
}

// An argument comes as a number, or as the place where it is: in a region, or in a constant buffer for structs and
// pairs, since what goes by value has a limit (CL_DEVICE_MAX_PARAMETER_SIZE).
bool is_by_value(const arg& each) {
  return each.is_scalar() && opencl::is_number(each.type());
}

opencl::program_text text_of(datatype out, std::string_view expression, std::span<const arg> args) {
  std::string parameters, loads;
  for (std::size_t k = 0; k < args.size(); ++k) {
    const opencl::kernel_type type = opencl::kernel_type_of(args[k].type());
    if (is_by_value(args[k])) {
      parameters += core::formatted(", const {} {}", type.value, args[k].name());
    } else {
      parameters += core::formatted(", const __global {0}* clique_p{1}, const ulong clique_o{1}", type.storage, k);
      loads += core::formatted("const {0} {1} = {2}(clique_p{3}, clique_o{3}{4}); ", type.value, args[k].name(),
                               type.load, k, args[k].is_scalar() ? "" : " + i");
    }
  }
  std::string kernel(kernels::transform);
  replace(kernel, "/*ARGUMENTS*/", parameters);
  replace(kernel, "/*LOADS*/", loads);
  constexpr std::string_view mark = "/*EXPRESSION*/ i";
  const std::size_t at = place_of(mark, kernel);
  opencl::program_text text;
  text.add(kernels::types);
  text.add_struct(out);
  for (const arg& each : args) text.add_struct(each.type());
  text.add(std::string_view(kernel).substr(0, at));
  text.add_named("expression", expression);
  text.add(std::string_view(kernel).substr(at + mark.size()));
  return text;
}

std::string options_of(datatype out, std::span<const arg> args) {
  const opencl::kernel_type type = opencl::kernel_type_of(out);
  std::string options = core::formatted("-D CLIQUE_STORAGE={} -D CLIQUE_VALUE={} -D CLIQUE_STORE={}", type.storage,
                                        type.value, type.store);
  const auto any = [&](auto is) {
    return is(out) || std::any_of(args.begin(), args.end(), [&](const arg& each) { return is(each.type()); });
  };
  return options + opencl::precision_options(any(opencl::is_double),
                                             any([](datatype each) { return each == datatype::complex128; }));
}

// A variable would hide the type from what follows it.
void check_no_struct(const std::string& taken, const region& out, std::span<const arg> args) {
  const auto is_taken = [&](datatype type) { return is_struct(type) && taken == name(type); };
  require(!is_taken(out.type) &&
              std::none_of(args.begin(), args.end(), [&](const arg& any) { return is_taken(any.type()); }),
          status::invalid_argument, "\"{}\" names an argument of transform and a struct; give one of them another name",
          taken);
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
    check_no_struct(args[k].name(), out, args);
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
  const auto* const bytes = static_cast<const std::byte*>(value);
  value_.assign(bytes, bytes + size_of(type));
}

void transform(const device& where, const region& out, std::string_view expression, std::span<const arg> args) {
  check_args(where, out, expression, args);
  if (out.count == 0) return;
  opencl::device_state& state = where.state();
  opencl::program& program = text_of(out.type, expression, args).build(state, options_of(out.type, args));
  opencl::kernel_call call(program, "transform");
  call(out.buffer)(cl_ulong{out.offset})(cl_ulong{out.count})(cl_int{where.rank()})(cl_int{where.size()});
  std::vector<cl::Buffer> held;  // until the kernel is enqueued
  for (const arg& each : args) {
    if (is_by_value(each)) {
      const opencl::kernel_value value = opencl::to_kernel(each.type(), each.value());
      call.raw(value.bytes, value.size);
    } else if (each.is_scalar()) {
      held.push_back(opencl::constant_buffer(state, each.value(), size_of(each.type())));
      call(held.back()())(cl_ulong{0});
    } else {
      call(each.elements().buffer)(cl_ulong{each.elements().offset});
    }
  }
  call.enqueue(state, out.count);
}

}  // namespace clique
