#include "opencl/program_cache.hpp"

#include "core/log.hpp"
#include "opencl/check.hpp"
#include "opencl/query.hpp"

#include <vector>

namespace clique::opencl {
namespace {

constexpr const char* own_options = "-cl-std=CL1.2";

std::string build_log(cl_program program, const cl::Device& device) {
  std::size_t bytes = 0;
  if (clGetProgramBuildInfo(program, device(), CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) {
    return "(no build log)";
  }
  std::string text(bytes, '\0');
  if (clGetProgramBuildInfo(program, device(), CL_PROGRAM_BUILD_LOG, bytes, text.data(), nullptr) != CL_SUCCESS) {
    return "(no build log)";
  }
  while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
  return text;
}

program_key key_of(std::string_view source, const std::string& options, const cl::Device& device) {
  const auto platform = query<cl_platform_id>(device(), CL_DEVICE_PLATFORM, "CL_DEVICE_PLATFORM");
  return make_key(
      {std::string(source), options, text(platform, CL_PLATFORM_NAME, "CL_PLATFORM_NAME"),
       text(platform, CL_PLATFORM_VERSION, "CL_PLATFORM_VERSION"), text(device(), CL_DEVICE_NAME, "CL_DEVICE_NAME"),
       text(device(), CL_DEVICE_VERSION, "CL_DEVICE_VERSION"), text(device(), CL_DRIVER_VERSION, "CL_DRIVER_VERSION")});
}

// The program's binary for the one device that it was built for; empty where the implementation has none to give.
std::vector<unsigned char> binary_of(cl_program program) {
  std::size_t size = 0;
  cl_uint devices = 0;
  if (clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof devices, &devices, nullptr) != CL_SUCCESS ||
      devices != 1 || clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, nullptr) != CL_SUCCESS ||
      size == 0) {
    return {};
  }
  std::vector<unsigned char> binary(size);
  unsigned char* where = binary.data();
  if (clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof where, &where, nullptr) != CL_SUCCESS) return {};
  return binary;
}

}  // namespace

cl_kernel program::kernel(const char* name) {
  if (const auto found = kernels_.find(name); found != kernels_.end()) return found->second();
  cl_int code = CL_SUCCESS;
  const cl_kernel made = clCreateKernel(program_(), name, &code);
  if (code != CL_SUCCESS) fail_call(code, fmt::format("clCreateKernel of {}", name).c_str());
  return kernels_.emplace(name, cl::Kernel(made, false)).first->second();
}

cl_program program_cache::build(std::string_view source, const std::string& options) {
  const char* text = source.data();
  const std::size_t length = source.size();
  cl_int code = CL_SUCCESS;
  cl::Program made(clCreateProgramWithSource(context_(), 1, &text, &length, &code), false);
  check(code, "clCreateProgramWithSource");
  const cl_device_id device = device_();
  code = clBuildProgram(made(), 1, &device, options.c_str(), nullptr, nullptr);
  if (code == CL_BUILD_PROGRAM_FAILURE) {
    throw error(status::build_failure, "an OpenCL program did not build:\n" + build_log(made(), device_), -1, code);
  }
  check(code, "clBuildProgram");
  ++counts_.built;
  clRetainProgram(made());
  return made();
}

// Null where there is no entry, or none that the implementation takes.
cl_program program_cache::load(const program_key& key, const std::string& options) {
  std::vector<unsigned char> binary;
  const auto state = store_.read(key, binary);
  if (state == program_store::state::absent) return nullptr;
  if (state == program_store::state::good) {
    const cl_device_id device = device_();
    const unsigned char* bytes = binary.data();
    const std::size_t size = binary.size();
    cl_int taken = CL_SUCCESS, code = CL_SUCCESS;
    cl::Program made(clCreateProgramWithBinary(context_(), 1, &device, &size, &bytes, &taken, &code), false);
    if (code == CL_SUCCESS && taken == CL_SUCCESS &&
        clBuildProgram(made(), 1, &device, options.c_str(), nullptr, nullptr) == CL_SUCCESS &&
        clRetainProgram(made()) == CL_SUCCESS) {
      ++counts_.loaded;
      return made();
    }
  }
  core::log("the cached program {} is bad, and is built again", store_.path(key));
  ++counts_.rejected;
  store_.remove(key);
  return nullptr;
}

program& program_cache::get(std::string_view source, std::string_view options) {
  const std::string all_options = options.empty() ? own_options : fmt::format("{} {}", own_options, options);
  std::pair id(std::string(source), all_options);
  if (const auto found = programs_.find(id); found != programs_.end()) return found->second;

  const program_key key = key_of(source, all_options, device_);
  const build_lock lock;
  cl_program made = store_.usable() ? load(key, all_options) : nullptr;
  if (made == nullptr) {
    made = build(source, all_options);
    if (store_.usable()) {
      if (const auto binary = binary_of(made); !binary.empty()) store_.write(key, binary);
    }
  }
  return programs_.emplace(std::move(id), program(made)).first->second;
}

}  // namespace clique::opencl
