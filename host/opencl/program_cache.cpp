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
  if (const auto found = made_.find(name); found != made_.end()) return found->second();
  cl_int code = CL_SUCCESS;
  const cl_kernel made = clCreateKernel(program_(), name, &code);
  if (code != CL_SUCCESS) fail_call(code, core::formatted("clCreateKernel of {}", name).c_str());
  return made_.emplace(name, cl::Kernel(made, false)).first->second();
}

program_counts program_cache::counts() const {
  const std::lock_guard lock(list_);
  return counts_;
}

void program_cache::count(unsigned program_counts::*what) {
  const std::lock_guard lock(list_);
  ++(counts_.*what);
}

program* program_cache::find(const program_id& id) {
  const std::lock_guard lock(list_);
  const auto found = programs_.find(id);
  return found == programs_.end() ? nullptr : &found->second;
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
  count(&program_counts::built);
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
      count(&program_counts::loaded);
      return made();
    }
  }
  core::log("the cached program {} is bad, and is built again", store_.path(key));
  count(&program_counts::rejected);
  store_.remove(key);
  return nullptr;
}

// What is stored is loaded without the lock of all processes: a process that stands still while it builds must not hold
// up those that have nothing to build.
cl_program program_cache::load_or_build(std::string_view source, const std::string& options) {
  const program_key key = key_of(source, options, device_);
  if (store_.usable()) {
    if (const cl_program stored = load(key, options); stored != nullptr) return stored;
  }
  const build_lock lock;
  if (store_.usable()) {  // by another process, while this one waited
    if (const cl_program stored = load(key, options); stored != nullptr) return stored;
  }
  const cl_program made = build(source, options);
  if (store_.usable()) {
    if (const auto binary = binary_of(made); !binary.empty()) store_.write(key, binary);
  }
  return made;
}

program& program_cache::get(std::string_view source, std::string_view options) {
  program_id id(source, options.empty() ? own_options : core::formatted("{} {}", own_options, options));
  if (program* const known = find(id); known != nullptr) return *known;
  const std::lock_guard one_at_a_time(building_);
  if (program* const known = find(id); known != nullptr) return *known;
  cl::Program made(load_or_build(source, id.second), false);
  const std::lock_guard lock(list_);
  program& added = programs_.try_emplace(std::move(id), made()).first->second;
  made() = nullptr;  // the entry owns it now
  return added;
}

}  // namespace clique::opencl
