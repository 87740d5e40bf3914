// What devices and platforms say of themselves, through the one check.
#pragma once

#include "opencl/check.hpp"

#include <string>

namespace clique::opencl {

template <class T>
T query(cl_device_id device, cl_device_info what, const char* name) {
  T value{};
  if (const cl_int code = clGetDeviceInfo(device, what, sizeof value, &value, nullptr); code != CL_SUCCESS) {
    fail_call(code, core::formatted("clGetDeviceInfo({})", name).c_str());
  }
  return value;
}

// Texts, without their final zero.
std::string text(cl_device_id device, cl_device_info what, const char* name);
std::string text(cl_platform_id platform, cl_platform_info what, const char* name);

// For errors: "device NAME of platform NAME", as far as they can be had.
std::string title(cl_device_id device);

}  // namespace clique::opencl
