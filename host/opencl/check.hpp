// The one check of OpenCL's return codes.
#pragma once

#include "core/check.hpp"

#include <CL/opencl.hpp>

namespace clique::opencl {

// "CL_INVALID_VALUE". Never null.
const char* code_name(cl_int code) noexcept;

// Throws clique::error(opencl_failure), or (out_of_memory) where that is what the code means: "clEnqueueX failed: NAME
// (code)".
[[noreturn]] void fail_call(cl_int code, const char* what);

inline void check(cl_int code, const char* what) {
  if (code != CL_SUCCESS) [[unlikely]]
    fail_call(code, what);
}

}  // namespace clique::opencl
