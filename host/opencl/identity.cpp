#include "opencl/identity.hpp"

#include "opencl/query.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace clique::opencl {
namespace {

cl_device_id whole_of(cl_device_id device) {
  const auto parent = query<cl_device_id>(device, CL_DEVICE_PARENT_DEVICE, "CL_DEVICE_PARENT_DEVICE");
  return parent == nullptr ? device : whole_of(parent);
}

}  // namespace

std::uint64_t identity_of(const cl::Device& device) {
  const cl_device_id whole = whole_of(device());
  const auto platform = query<cl_platform_id>(whole, CL_DEVICE_PLATFORM, "CL_DEVICE_PLATFORM");
  std::string mark = text(platform, CL_PLATFORM_NAME, "CL_PLATFORM_NAME");
  if (text(whole, CL_DEVICE_EXTENSIONS, "CL_DEVICE_EXTENSIONS").find("cl_khr_device_uuid") != std::string::npos) {
    const auto uuid = query<std::array<char, CL_UUID_SIZE_KHR>>(whole, CL_DEVICE_UUID_KHR, "CL_DEVICE_UUID_KHR");
    mark.append(uuid.data(), uuid.size());
  } else {
    cl_uint count = 0;
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count), "clGetDeviceIDs");
    std::vector<cl_device_id> all(count);
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, all.data(), nullptr), "clGetDeviceIDs");
    mark += text(whole, CL_DEVICE_NAME, "CL_DEVICE_NAME");
    mark += core::formatted(" {}", std::find(all.begin(), all.end(), whole) - all.begin());
  }
  return std::hash<std::string>{}(mark);
}

}  // namespace clique::opencl
