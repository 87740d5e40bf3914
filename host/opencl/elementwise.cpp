// fill, arange, and copies to and from the host.
#include <clique/elementwise.hpp>

#include "opencl/buffer_facts.hpp"
#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/regions.hpp"

#include <clique_kernels.hpp>

#include <cstring>

namespace clique {
namespace opencl {

kernel_value to_kernel(datatype type, const void* value) noexcept {
  kernel_value result{{}, size_of(type)};
  std::memcpy(result.bytes, value, result.size);
  if (type == datatype::half || type == datatype::bfloat16) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, value, sizeof bits);
    const float wide = type == datatype::half ? detail::half_value(bits)
                                              : std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    result.size = sizeof wide;
    std::memcpy(result.bytes, &wide, sizeof wide);
  }
  return result;
}

}  // namespace opencl

void fill(const device& where, const region& out, const void* value) {
  opencl::check_region(where, out, "the output of fill");
  if (out.count == 0) return;
  opencl::device_state& state = where.state();
  const std::size_t bytes = size_of(out.type);
  const opencl::kernel_words words = opencl::words_of(bytes);
  opencl::program& program = state.programs().get(
      kernels::fill, core::formatted("-D CLIQUE_WORD={} -D CLIQUE_WORDS={}", words.word, words.count));
  if (words.count == 1) {
    opencl::kernel_call call(program, "fill");
    call(out.buffer)(cl_ulong{out.offset})(cl_ulong{out.count}).raw(value, bytes).enqueue(state, out.count);
  } else {
    const cl::Buffer held = opencl::constant_buffer(state, value, bytes);
    opencl::launch(state, program, "fill_words", out.count * words.count, out.buffer, cl_ulong{out.offset},
                   cl_ulong{out.count}, held());
  }
}

void arange(const device& where, const region& out, const void* start, const void* step) {
  opencl::require_number(out.type, "arange");
  opencl::check_region(where, out, "the output of arange");
  if (out.count == 0) return;
  opencl::device_state& state = where.state();
  const opencl::kernel_type type = opencl::kernel_type_of(out.type);
  // Signed overflow is undefined in C, unsigned wraps; the bits are the same.
  const char* unit = opencl::is_integer(out.type) ? opencl::words_of(size_of(out.type)).word : nullptr;
  const std::string options =
      core::formatted("-D CLIQUE_STORAGE={} -D CLIQUE_VALUE={} -D CLIQUE_SCALAR={} -D CLIQUE_STORE={}",
                      unit != nullptr ? unit : type.storage, unit != nullptr ? unit : type.value,
                      unit != nullptr ? unit : type.real, type.store);
  opencl::program& program = state.programs().get(core::formatted("{}{}", kernels::types, kernels::arange), options);
  const opencl::kernel_value first = opencl::to_kernel(out.type, start), each = opencl::to_kernel(out.type, step);
  opencl::kernel_call call(program, "arange");
  call(out.buffer)(cl_ulong{out.offset})(cl_ulong{out.count}).raw(first.bytes, first.size).raw(each.bytes, each.size);
  call.enqueue(state, out.count);
}

namespace {

// The bytes of a region in its buffer, after the checks that both directions need; 0 where there is nothing to do.
std::size_t check_copy(const device& where, const region& elements, const void* host, std::size_t count,
                       const char* what) {
  opencl::check_region(where, elements, what);
  require(count == elements.count, status::invalid_argument, "{} has {} elements, and the host range {}", what,
          elements.count, count);
  require(count == 0 || host != nullptr, status::invalid_argument, "{}: the host range is null", what);
  return detail::bytes_of(count, elements.type);
}

}  // namespace

void copy_from(const device& where, const region& to, const void* host, std::size_t count) {
  const std::size_t bytes = check_copy(where, to, host, count, "the target of copy_from");
  if (bytes == 0) return;
  require(opencl::facts_of(to.buffer).host_writes(), status::invalid_argument,
          "the host may not write the target of copy_from (CL_MEM_HOST_READ_ONLY or CL_MEM_HOST_NO_ACCESS)");
  opencl::check(clEnqueueWriteBuffer(where.state().queue()(), to.buffer, CL_TRUE, to.offset * size_of(to.type), bytes,
                                     host, 0, nullptr, nullptr),
                "clEnqueueWriteBuffer");
}

void copy_to(const device& where, const region& from, void* host, std::size_t count) {
  const std::size_t bytes = check_copy(where, from, host, count, "the source of copy_to");
  if (bytes == 0) return;
  require(opencl::facts_of(from.buffer).host_reads(), status::invalid_argument,
          "the host may not read the source of copy_to (CL_MEM_HOST_WRITE_ONLY or CL_MEM_HOST_NO_ACCESS)");
  opencl::check(clEnqueueReadBuffer(where.state().queue()(), from.buffer, CL_TRUE, from.offset * size_of(from.type),
                                    bytes, host, 0, nullptr, nullptr),
                "clEnqueueReadBuffer");
}

}  // namespace clique
