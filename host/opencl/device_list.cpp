// Which devices there are, and what they say of themselves.
#include "opencl/device_list.hpp"

#include "core/config.hpp"
#include "core/log.hpp"
#include "opencl/query.hpp"

#include <clique/device.hpp>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

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

// Why clique cannot use it: it must be there, able to compile, and of OpenCL 1.2 or later. Null where it can.
const char* shortcoming(cl_device_id device, const std::string& version) {
  unsigned major = 0, minor = 0;
  if (!opencl::query<cl_bool>(device, CL_DEVICE_AVAILABLE, "CL_DEVICE_AVAILABLE")) {
    return "it is not available (CL_DEVICE_AVAILABLE)";
  }
  if (!opencl::query<cl_bool>(device, CL_DEVICE_COMPILER_AVAILABLE, "CL_DEVICE_COMPILER_AVAILABLE")) {
    return "it has no compiler (CL_DEVICE_COMPILER_AVAILABLE)";
  }
  if (!opencl::query<cl_bool>(device, CL_DEVICE_ENDIAN_LITTLE, "CL_DEVICE_ENDIAN_LITTLE")) {
    return "it is not little-endian";
  }
  if (std::sscanf(version.c_str(), "OpenCL %u.%u", &major, &minor) != 2 || major * 10 + minor < 12) {
    return "it is older than OpenCL 1.2";
  }
  return nullptr;
}

int place(cl_device_type type) {
  if (type & CL_DEVICE_TYPE_GPU) return 0;
  if (type & CL_DEVICE_TYPE_ACCELERATOR) return 1;
  return type & CL_DEVICE_TYPE_CPU ? 2 : 3;
}

// A search for devices, which goes on after what fails.
class search {
 public:
  opencl::found_devices run() {
    std::size_t number = 0;
    for (const cl_platform_id platform : platforms()) {
      std::string title = core::formatted("platform {}", number++);
      attempt(title, [&] {
        title = core::formatted("platform {}", opencl::text(platform, CL_PLATFORM_NAME, "CL_PLATFORM_NAME"));
        look_into(platform, title);
      });
    }
    const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(ranked_.begin(), ranked_.end(), before);
    for (auto& [rank, device] : ranked_) found_.usable.push_back(std::move(device));
    return std::move(found_);
  }

 private:
  void look_into(cl_platform_id platform, const std::string& of) {
    cl_uint count = 0;
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0)) return;
    opencl::check(code, "clGetDeviceIDs");
    std::vector<cl_device_id> here(count);
    opencl::check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, here.data(), nullptr), "clGetDeviceIDs");
    for (std::size_t k = 0; k < here.size(); ++k) {
      // One driver under two names (two .icd files of one library) shows its devices twice.
      if (!seen_.insert(here[k]).second) continue;
      std::string title = core::formatted("device {} of {}", k, of);
      attempt(title, [&] { take(here[k], title, of); });
    }
  }

  void take(cl_device_id id, std::string& title, const std::string& of) {
    title = core::formatted("device {} of {}", opencl::text(id, CL_DEVICE_NAME, "CL_DEVICE_NAME"), of);
    const std::string version = opencl::text(id, CL_DEVICE_VERSION, "CL_DEVICE_VERSION");
    if (const char* const why = shortcoming(id, version); why != nullptr) {
      leave_out(title + " (" + version + ")", why);
      return;
    }
    const int rank = place(opencl::query<cl_device_type>(id, CL_DEVICE_TYPE, "CL_DEVICE_TYPE"));
    const cl::Device device(id, true);
    ranked_.emplace_back(rank, opencl::found_device{device, describe(device)});
  }

  template <class Work>
  void attempt(const std::string& title, Work&& work) {
    try {
      work();
    } catch (const error& fault) {
      leave_out(title, fault.what());
    }
  }

  void leave_out(const std::string& title, const std::string& why) {
    found_.left_out.push_back(core::formatted("{} is left out: {}", title, why));
    core::log("{}", found_.left_out.back());
  }

  std::set<cl_device_id> seen_;
  std::vector<std::pair<int, opencl::found_device>> ranked_;
  opencl::found_devices found_;
};

}  // namespace

opencl::found_devices opencl::find_devices() {
  return search().run();
}

std::vector<cl::Device> devices() {
  std::vector<cl::Device> list;
  for (opencl::found_device& found : opencl::find_devices().usable) list.push_back(std::move(found.device));
  return list;
}

namespace {

device_info facts_of(cl_device_id id) {
  using opencl::query;
  using opencl::text;
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

}  // namespace

device_info describe(const cl::Device& device) {
  const cl_device_id id = device();
  require(id != nullptr, status::invalid_argument, "describe() of a null cl::Device");
  try {
    return facts_of(id);
  } catch (const error& fault) {
    throw error(fault.code(), core::formatted("{}, of {}", fault.what(), opencl::title(id)), fault.rank(),
                fault.native());
  }
}

}  // namespace clique
