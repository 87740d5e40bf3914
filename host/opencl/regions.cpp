#include "opencl/regions.hpp"

#include "opencl/check.hpp"
#include "opencl/device_state.hpp"

namespace clique {
namespace detail {

std::size_t bytes_of(std::size_t count, datatype type) {
  const std::size_t each = size_of(type);
  require(count <= ~std::size_t{0} / each, status::invalid_argument,
          "{} elements of {} are more bytes than there can be", count, name(type));
  return count * each;
}

void require_support(const device& where, datatype type) {
  const device_info& info = where.info();
  const bool wide = type == datatype::float64 || type == datatype::complex128;
  require(!wide || info.fp64, status::unsupported,
          "{} has no double precision (cl_khr_fp64), so it cannot work on {}; use {}", info.name, name(type),
          type == datatype::float64 ? "float32" : "complex64");
}

}  // namespace detail

namespace opencl {

void check_region(const device& where, const region& elements, const char* what) {
  detail::require_support(where, elements.type);
  if (elements.count == 0) return;
  require(elements.buffer != nullptr, status::invalid_argument, "{} has {} elements and a null buffer", what,
          elements.count);
  std::size_t bytes = 0;
  check(clGetMemObjectInfo(elements.buffer, CL_MEM_SIZE, sizeof bytes, &bytes, nullptr),
        "clGetMemObjectInfo(CL_MEM_SIZE)");
  const std::size_t there = bytes / size_of(elements.type);
  require(elements.offset <= there && elements.count <= there - elements.offset, status::invalid_argument,
          "{} is elements {} to {}+{} of a buffer that holds {} elements of {} ({} bytes)", what, elements.offset,
          elements.offset, elements.count, there, name(elements.type), bytes);
}

}  // namespace opencl
}  // namespace clique
