#include "opencl/query.hpp"

namespace clique::opencl {
namespace {

template <class Handle, class Get>
std::string text_of(Handle handle, cl_uint what, const char* name, Get get, const char* call) {
  std::size_t bytes = 0;
  cl_int code = get(handle, what, 0, nullptr, &bytes);
  std::string value(bytes, '\0');
  if (code == CL_SUCCESS && bytes != 0) code = get(handle, what, bytes, value.data(), nullptr);
  if (code != CL_SUCCESS) fail_call(code, core::formatted("{}({})", call, name).c_str());
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.pop_back();
  return value;
}

}  // namespace

std::string text(cl_device_id device, cl_device_info what, const char* name) {
  return text_of(device, what, name, clGetDeviceInfo, "clGetDeviceInfo");
}

std::string text(cl_platform_id platform, cl_platform_info what, const char* name) {
  return text_of(platform, what, name, clGetPlatformInfo, "clGetPlatformInfo");
}

std::string title(cl_device_id device) {
  std::string name = "without a name", platform = name;
  try {
    name = text(device, CL_DEVICE_NAME, "CL_DEVICE_NAME");
    platform = text(query<cl_platform_id>(device, CL_DEVICE_PLATFORM, "CL_DEVICE_PLATFORM"), CL_PLATFORM_NAME,
                    "CL_PLATFORM_NAME");
  } catch (const error&) {  // what is known so far must do
  }
  return core::formatted("device {} of platform {}", name, platform);
}

}  // namespace clique::opencl
