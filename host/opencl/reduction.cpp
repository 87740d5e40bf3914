#include "opencl/reduction.hpp"

#include "core/arithmetic.hpp"
#include "core/float_format.hpp"
#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/program_text.hpp"

#include <clique_kernels.hpp>

#include <string>

namespace clique::opencl {
namespace {

// -D CLIQUE_X=Y.
std::string define(std::string_view name, std::string_view value) {
  return core::formatted("-D CLIQUE_{}={} ", name, value);
}

std::string as_itself(const char* type) {
  return define("STORAGE", type) + define("VALUE", type);
}

// Floating-point numbers as signed integers of their bits.
template <class Format>
std::string format_options() {
  return define("INFINITY", core::formatted("{:#x}", Format::infinity)) +
         define("LARGEST", core::formatted("{:#x}", Format::largest)) +
         define("NAN", core::formatted("{:#x}", Format::nan));
}
std::string bits_options(datatype type) {
  switch (type) {
    case datatype::half: return format_options<core::format_half>();
    case datatype::bfloat16: return format_options<core::format_bfloat16>();
    case datatype::float32:
    case datatype::float32_index: return format_options<core::format_float32>();
    case datatype::float64:
    case datatype::float64_index: return format_options<core::format_float64>();
    default: return define("NAN", "0");
  }
}

std::string integer_options(const reduce_op& op, datatype type) {
  const bool ordered = op.kind() == op_kind::min || op.kind() == op_kind::max;
  const std::size_t bytes = size_of(type);
  return as_itself(ordered ? kernel_type_of(type).storage : words_of(bytes).word) +
         define("WIDE", bytes == 8 ? "ulong" : "uint") +
         define("COMBINE", core::formatted("clique_{}_integer", op.name()));
}

std::string order_options(const reduce_op& op, datatype type) {
  const char* const bits = size_of(type) == 2 ? "short" : size_of(type) == 4 ? "int" : "long";
  return as_itself(bits) + bits_options(type) + define("COMBINE", core::formatted("clique_{}_real", op.name()));
}

std::string value_options(datatype type) {
  const kernel_type is = kernel_type_of(type);
  return define("STORAGE", is.storage) + define("VALUE", is.value) + define("LOAD", is.load) +
         define("STORE", is.store);
}

std::string arithmetic_options(const reduce_op& op, datatype type) {
  const bool complex = type == datatype::complex64 || type == datatype::complex128;
  std::string options =
      value_options(type) + define("COMBINE", core::formatted("clique_{}_{}", op.name(), complex ? "complex" : "real"));
  if (is_double(type)) {
    options += define("REAL", "double") + define("COMPLEX", "double2") + define("AS_REAL", "as_double") +
               define("NAN", core::formatted("{:#x}", core::format_float64::nan));
  }
  return options;
}

std::string located_options(const reduce_op& op, datatype type) {
  return as_itself(size_of(type) == 8 ? "int32_index" : "int64_index") + bits_options(type) +
         define("PRECEDES", op.kind() == op_kind::minloc ? "clique_less" : "clique_greater") +
         define("COMBINE", "clique_located");
}

std::string builtin_options(const reduce_op& op, datatype type) {
  if (is_integer(type)) return integer_options(op, type);
  switch (op.kind()) {
    case op_kind::min:
    case op_kind::max: return order_options(op, type);
    case op_kind::minloc:
    case op_kind::maxloc: return located_options(op, type);
    default: return arithmetic_options(op, type);
  }
}

program& build_user(device_state& where, const reduce_op& op, datatype type) {
  constexpr std::string_view mark = "/*BODY*/ return a;", kernel = kernels::reduce;
  const auto at = kernel.find(mark);
  require(at != kernel.npos, status::internal, "cl/reduce.cl has no mark {}", mark);
  const bool is_body = op.kind() == op_kind::body;
  program_text text;
  text.add(kernels::types);
  text.add_struct(type);
  text.add(kernel.substr(0, at));
  if (!is_body) text.add("return");
  text.add_named(is_body ? "body" : "expression", op.text());
  if (!is_body) text.add(";");
  text.add(kernel.substr(at + mark.size()));
  const std::string options = value_options(type) + define("COMBINE", "clique_user");
  return text.build(where, options + precision_options(is_double(type), type == datatype::complex128));
}

program& build_builtin(device_state& where, const reduce_op& op, datatype type) {
  return where.programs().get(core::formatted("{}{}", kernels::types, kernels::reduce), builtin_options(op, type));
}

}  // namespace

program& reduction_program(device_state& where, const reduce_op& op, datatype type) {
  if (op.kind() == op_kind::mean) return reduction_program(where, op::sum, type);
  reduction_facts& facts = where.reduction(op, type);
  if (program* const built = facts.kernel.load(std::memory_order_acquire); built != nullptr) return *built;
  core::check_fits(op, type);
  require(!is_double(type) || where.info().fp64, status::unsupported,
          "{} has no double precision (cl_khr_fp64), so it cannot reduce {}", where.info().name, name(type));
  program& built = op.is_user() ? build_user(where, op, type) : build_builtin(where, op, type);
  facts.kernel.store(&built, std::memory_order_release);
  return built;
}

cl_event enqueue_reduction(device_state& where, program& from, cl_command_queue queue, place left, place right,
                           place to, std::size_t count, cl_event gate) {
  cl_event done = nullptr;
  kernel_call call(from, "reduce");
  call(left.buffer)(cl_ulong{left.offset})(right.buffer)(cl_ulong{right.offset});
  call(to.buffer)(cl_ulong{to.offset})(cl_ulong{count});
  call.enqueue(where, count, queue, gate, &done);
  return done;
}

}  // namespace clique::opencl
