#include "opencl/regions.hpp"

#include "opencl/buffer_facts.hpp"
#include "opencl/check.hpp"
#include "opencl/device_state.hpp"
#include "opencl/kernel_types.hpp"

namespace clique {
namespace detail {

std::size_t bytes_of(std::size_t count, datatype type) {
  const std::size_t each = size_of(type);
  require(count <= ~std::size_t{0} / each, status::invalid_argument,
          "{} elements of {} are more bytes than there can be", count, name(type));
  return count * each;
}

void require_support(const device& where, datatype type) {
  const auto lacks = [&](datatype wide, datatype narrow) {
    require(type != wide || where.info().fp64, status::unsupported,
            "{} has no double precision (cl_khr_fp64), so it cannot work on {}; use {}", where.info().name, name(wide),
            name(narrow));
  };
  lacks(datatype::float64, datatype::float32);
  lacks(datatype::complex128, datatype::complex64);
  lacks(datatype::float64_index, datatype::float32_index);
}

}  // namespace detail

namespace opencl {

void check_region(const device& where, const region& elements, const char* what) {
  detail::require_support(where, elements.type);
  if (elements.count == 0) return;
  require(elements.buffer != nullptr, status::invalid_argument, "{} has {} elements and a null buffer", what,
          elements.count);
  const buffer_facts facts = facts_of(elements.buffer);
  require_buffer(where.state(), facts, what);
  const std::size_t bytes = facts.bytes;
  const std::size_t there = bytes / size_of(elements.type);
  require(elements.offset <= there && elements.count <= there - elements.offset, status::invalid_argument,
          "{} is elements {} to {}+{} of a buffer that holds {} elements of {} ({} bytes)", what, elements.offset,
          elements.offset, elements.count, there, name(elements.type), bytes);
}

void require_number(datatype type, const char* what) {
  require(is_number(type), status::invalid_argument, "{} works on numbers ({} to {}), not on {}", what,
          name(datatype::int8), name(datatype::complex128), name(type));
}

}  // namespace opencl
}  // namespace clique
