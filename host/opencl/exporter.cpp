#include "opencl/exporter.hpp"

#include "core/check.hpp"
#include "core/config.hpp"

#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace clique::opencl {
namespace {

// ---- a library that the user names

using export_function = int (*)(const unsigned char*, std::size_t);

class given_memory final : public exportable {
 public:
  explicit given_memory(int descriptor) : descriptor_(descriptor) {}
  ~given_memory() override { close(descriptor_); }
  given_memory(const given_memory&) = delete;
  given_memory& operator=(const given_memory&) = delete;
  int descriptor() override { return fcntl(descriptor_, F_DUPFD_CLOEXEC, 0); }

 private:
  int descriptor_;
};

class given_exporter final : public exporter {
 public:
  given_exporter(export_function function, std::string path, const device_uuid& device)
      : function_(function), path_(std::move(path)), device_(device) {}
  [[nodiscard]] std::string name() const override { return path_; }
  [[nodiscard]] std::size_t unit() const override { return std::size_t{2} << 20; }  // nobody says
  std::unique_ptr<exportable> allocate(std::size_t bytes) override {
    const int made = function_(device_.data(), bytes);
    return made < 0 ? nullptr : std::make_unique<given_memory>(made);
  }

 private:
  export_function function_;
  std::string path_;
  device_uuid device_;
};

std::unique_ptr<exporter> given(const std::string& path, const device_uuid& device, std::string& why) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: its memory may outlive main
  void* const function = library != nullptr ? dlsym(library, "clique_export_memory") : nullptr;
  if (function == nullptr) {
    why = core::formatted("CLIQUE_EXPORTER: {}", dlerror());
    return nullptr;
  }
  return std::make_unique<given_exporter>(reinterpret_cast<export_function>(function), path, device);
}

// ---- CUDA's driver, without its headers: what cuda.h calls CUmemAllocationProp, and the constants that it needs

struct allocation_properties {
  int type = 1;                    // CU_MEM_ALLOCATION_TYPE_PINNED
  int requested_handle_types = 1;  // CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
  int location_type = 1;           // CU_MEM_LOCATION_TYPE_DEVICE
  int location = 0;                // its number
  void* win32 = nullptr;
  unsigned char flags[8] = {};
};
static_assert(sizeof(allocation_properties) == 32);
using allocation_handle = unsigned long long;

struct cuda_driver {
  int (*init)(unsigned) = nullptr;
  int (*count)(int*) = nullptr;
  int (*get)(int*, int) = nullptr;
  int (*uuid)(unsigned char*, int) = nullptr;
  int (*granularity)(std::size_t*, const allocation_properties*, int) = nullptr;
  int (*create)(allocation_handle*, std::size_t, const allocation_properties*, unsigned long long) = nullptr;
  int (*share)(void*, allocation_handle, int, unsigned long long) = nullptr;
  int (*release)(allocation_handle) = nullptr;

  bool load() {
    void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);  // never closed
    const auto find = [library](const char* name, auto& function) {
      if (library != nullptr)
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      return function != nullptr;
    };
    return find("cuInit", init) && find("cuDeviceGetCount", count) && find("cuDeviceGet", get) &&
           find("cuDeviceGetUuid", uuid) && find("cuMemGetAllocationGranularity", granularity) &&
           find("cuMemCreate", create) && find("cuMemExportToShareableHandle", share) && find("cuMemRelease", release);
  }
};

class cuda_memory final : public exportable {
 public:
  cuda_memory(const cuda_driver& by, allocation_handle made) : by_(by), made_(made) {}
  ~cuda_memory() override { by_.release(made_); }
  cuda_memory(const cuda_memory&) = delete;
  cuda_memory& operator=(const cuda_memory&) = delete;
  int descriptor() override {
    int result = -1;
    return by_.share(&result, made_, 1, 0) == 0 ? result : -1;
  }

 private:
  const cuda_driver& by_;
  allocation_handle made_;
};

class cuda_exporter final : public exporter {
 public:
  cuda_exporter(const cuda_driver& by, int device) : by_(by) {
    properties_.location = device;
    if (by_.granularity(&unit_, &properties_, 0) != 0 || unit_ == 0) unit_ = std::size_t{2} << 20;
  }
  [[nodiscard]] std::string name() const override { return "CUDA's driver"; }
  [[nodiscard]] std::size_t unit() const override { return unit_; }
  std::unique_ptr<exportable> allocate(std::size_t bytes) override {
    allocation_handle made = 0;
    if (by_.create(&made, (bytes + unit_ - 1) / unit_ * unit_, &properties_, 0) != 0) return nullptr;
    return std::make_unique<cuda_memory>(by_, made);
  }

 private:
  const cuda_driver& by_;
  allocation_properties properties_;
  std::size_t unit_ = 0;
};

std::unique_ptr<exporter> cuda(const device_uuid& device, std::string& why) {
  static const auto driver = [] {
    auto loaded = std::make_unique<cuda_driver>();
    return loaded->load() && loaded->init(0) == 0 ? std::move(loaded) : nullptr;
  }();
  int count = 0;
  if (driver == nullptr || driver->count(&count) != 0) {
    why = "nothing here exports its memory (CUDA's driver is not there, CLIQUE_EXPORTER is not set)";
    return nullptr;
  }
  for (int k = 0; k < count; ++k) {
    int handle = 0;
    device_uuid seen{};
    if (driver->get(&handle, k) == 0 && driver->uuid(seen.data(), handle) == 0 && seen == device)
      return std::make_unique<cuda_exporter>(*driver, handle);
  }
  why = "CUDA's driver does not know it";
  return nullptr;
}

}  // namespace

std::unique_ptr<exporter> find_exporter(const device_uuid& device, std::string& why) {
  const std::string& path = core::settings().exporter;
  return path.empty() ? cuda(device, why) : given(path, device, why);
}

}  // namespace clique::opencl
