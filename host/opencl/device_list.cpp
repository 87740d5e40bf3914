// Which devices there are, and what they say of themselves.
#include "core/config.hpp"
#include "core/log.hpp"
#include "opencl/device_choice.hpp"
#include "opencl/query.hpp"

#include <clique/device.hpp>

#include <algorithm>
#include <cstdio>

namespace clique {
namespace {

constexpr cl_int no_platform = -1001;  // CL_PLATFORM_NOT_FOUND_KHR: what the ICD loader says where there is none

std::vector<cl_platform_id> platforms() {
  cl_uint count = 0;
  const cl_int code = clGetPlatformIDs(0, nullptr, &count);
  if (code == no_platform || (code == CL_SUCCESS && count == 0)) return {};
  opencl::check(code, "clGetPlatformIDs");
  std::vector<cl_platform_id> all(count);
  opencl::check(clGetPlatformIDs(count, all.data(), nullptr), "clGetPlatformIDs");
  return all;
}

// OpenCL 1.2 or later, there, and able to compile; otherwise it says why not.
bool usable(cl_device_id device) {
  const std::string name = opencl::text(device, CL_DEVICE_NAME, "CL_DEVICE_NAME");
  const std::string version = opencl::text(device, CL_DEVICE_VERSION, "CL_DEVICE_VERSION");
  unsigned major = 0, minor = 0;
  const char* fault = nullptr;
  if (!opencl::query<cl_bool>(device, CL_DEVICE_AVAILABLE, "CL_DEVICE_AVAILABLE")) {
    fault = "it is not available (CL_DEVICE_AVAILABLE)";
  } else if (!opencl::query<cl_bool>(device, CL_DEVICE_COMPILER_AVAILABLE, "CL_DEVICE_COMPILER_AVAILABLE")) {
    fault = "it has no compiler (CL_DEVICE_COMPILER_AVAILABLE)";
  } else if (!opencl::query<cl_bool>(device, CL_DEVICE_ENDIAN_LITTLE, "CL_DEVICE_ENDIAN_LITTLE")) {
    fault = "it is not little-endian";
  } else if (std::sscanf(version.c_str(), "OpenCL %u.%u", &major, &minor) != 2 || major * 10 + minor < 12) {
    fault = "it is older than OpenCL 1.2";
  }
  if (fault != nullptr) core::log("device {} ({}) is left out: {}", name, version, fault);
  return fault == nullptr;
}

int place(cl_device_type type) {
  if (type & CL_DEVICE_TYPE_GPU) return 0;
  if (type & CL_DEVICE_TYPE_ACCELERATOR) return 1;
  return type & CL_DEVICE_TYPE_CPU ? 2 : 3;
}

}  // namespace

std::vector<cl::Device> devices() {
  std::vector<std::pair<int, cl::Device>> found;
  for (const cl_platform_id platform : platforms()) {
    cl_uint count = 0;
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0)) continue;
    opencl::check(code, "clGetDeviceIDs");
    std::vector<cl_device_id> here(count);
    opencl::check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, here.data(), nullptr), "clGetDeviceIDs");
    for (const cl_device_id id : here) {
      if (!usable(id)) continue;
      found.emplace_back(place(opencl::query<cl_device_type>(id, CL_DEVICE_TYPE, "CL_DEVICE_TYPE")),
                         cl::Device(id, true));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<cl::Device> list;
  for (auto& [rank, device] : found) list.push_back(std::move(device));
  return list;
}

device_info describe(const cl::Device& device) {
  using opencl::query;
  using opencl::text;
  const cl_device_id id = device();
  require(id != nullptr, status::invalid_argument, "describe() of a null cl::Device");
  device_info info;
  const auto platform = query<cl_platform_id>(id, CL_DEVICE_PLATFORM, "CL_DEVICE_PLATFORM");
  info.platform = text(platform, CL_PLATFORM_NAME, "CL_PLATFORM_NAME");
  info.name = text(id, CL_DEVICE_NAME, "CL_DEVICE_NAME");
  info.vendor = text(id, CL_DEVICE_VENDOR, "CL_DEVICE_VENDOR");
  info.version = text(id, CL_DEVICE_VERSION, "CL_DEVICE_VERSION");
  info.c_version = text(id, CL_DEVICE_OPENCL_C_VERSION, "CL_DEVICE_OPENCL_C_VERSION");
  info.driver = text(id, CL_DRIVER_VERSION, "CL_DRIVER_VERSION");
  constexpr const char* types[] = {"gpu", "accelerator", "cpu", "custom"};
  info.type = types[place(query<cl_device_type>(id, CL_DEVICE_TYPE, "CL_DEVICE_TYPE"))];
  info.memory = query<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_SIZE, "CL_DEVICE_GLOBAL_MEM_SIZE");
  info.max_allocation =
      std::min<std::size_t>(query<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, "CL_DEVICE_MAX_MEM_ALLOC_SIZE"),
                            core::settings().max_allocation);
  info.compute_units = query<cl_uint>(id, CL_DEVICE_MAX_COMPUTE_UNITS, "CL_DEVICE_MAX_COMPUTE_UNITS");
  info.fp64 = query<cl_device_fp_config>(id, CL_DEVICE_DOUBLE_FP_CONFIG, "CL_DEVICE_DOUBLE_FP_CONFIG") != 0;
  info.fp16 =
      (' ' + text(id, CL_DEVICE_EXTENSIONS, "CL_DEVICE_EXTENSIONS") + ' ').find(" cl_khr_fp16 ") != std::string::npos;
  info.host_unified = query<cl_bool>(id, CL_DEVICE_HOST_UNIFIED_MEMORY, "CL_DEVICE_HOST_UNIFIED_MEMORY") != 0;
  return info;
}

}  // namespace clique
