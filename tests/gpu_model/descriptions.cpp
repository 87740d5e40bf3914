// Platforms and devices: a discrete GPU says other things of itself than PoCL does.
#include "engines.hpp"
#include "layer.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace gpu_model {

cl_int give(const void* from, std::size_t size, std::size_t room, void* value, std::size_t* needed) {
  if (value != nullptr && room < size) return CL_INVALID_VALUE;
  if (value != nullptr) std::memcpy(value, from, size);
  if (needed != nullptr) *needed = size;
  return CL_SUCCESS;
}

namespace {

cl_int give_text(const std::string& text, std::size_t room, void* value, std::size_t* needed) {
  return give(text.c_str(), text.size() + 1, room, value, needed);
}

std::string text_of(cl_int (*ask)(void*, std::size_t, void*, std::size_t*), void* of) {
  std::size_t bytes = 0;
  if (ask(of, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) return {};
  std::string text(bytes, '\0');
  ask(of, bytes, text.data(), nullptr);
  text.resize(std::strlen(text.c_str()));
  return text;
}
std::string extensions_with(std::string there, const char* more) {
  while (!there.empty() && there.back() == ' ') there.pop_back();
  return there + more;
}

bool is_pocl(cl_platform_id platform) {
  char name[256] = {};
  return below().clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, nullptr) == CL_SUCCESS &&
         std::strstr(name, "Portable Computing Language") != nullptr;
}

std::vector<cl_device_id> devices_of(cl_platform_id platform, cl_device_type type) {
  cl_uint count = 0;
  if (below().clGetDeviceIDs(platform, type, 0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices(count);
  below().clGetDeviceIDs(platform, type, count, devices.data(), nullptr);
  return devices;
}

std::vector<cl_device_id> find_modelled() {
  cl_uint count = 0;
  if (below().clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_platform_id> platforms(count);
  below().clGetPlatformIDs(count, platforms.data(), nullptr);
  for (const cl_platform_id platform : platforms) {
    if (!is_pocl(platform)) continue;
    std::vector<cl_device_id> devices = devices_of(platform, CL_DEVICE_TYPE_ALL);
    devices.resize(std::min(devices.size(), static_cast<std::size_t>(model().devices)));
    return devices;
  }
  give_up("there is no PoCL whose devices could stand for GPUs");
}

cl_int CL_API_CALL platform_info(cl_platform_id platform, cl_platform_info what, std::size_t room, void* value,
                                 std::size_t* needed) {
  if (is_pocl(platform) && what == CL_PLATFORM_EXTENSIONS)
    return give_text(extensions_with(text_of(
                                         [](void* of, std::size_t bytes, void* text, std::size_t* size) {
                                           return below().clGetPlatformInfo(static_cast<cl_platform_id>(of),
                                                                            CL_PLATFORM_EXTENSIONS, bytes, text, size);
                                         },
                                         platform),
                                     " cl_khr_external_memory cl_khr_external_memory_opaque_fd"),
                     room, value, needed);
  if (is_pocl(platform) && what == CL_PLATFORM_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR)
    return give_value(cl_uint{CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR}, room, value, needed);
  return below().clGetPlatformInfo(platform, what, room, value, needed);
}

bool has_type(cl_device_id device, cl_device_type wanted) {
  if ((wanted & CL_DEVICE_TYPE_DEFAULT) != 0 || wanted == CL_DEVICE_TYPE_ALL) return true;
  cl_device_type type = CL_DEVICE_TYPE_GPU;
  if (index_of(device) < 0) below().clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, nullptr);
  return (type & wanted) != 0;
}

cl_int CL_API_CALL device_ids(cl_platform_id platform, cl_device_type type, cl_uint room, cl_device_id* devices,
                              cl_uint* count) {
  if (platform == nullptr || !is_pocl(platform)) return below().clGetDeviceIDs(platform, type, room, devices, count);
  if ((room == 0) != (devices == nullptr)) return CL_INVALID_VALUE;
  std::vector<cl_device_id> found = devices_of(platform, CL_DEVICE_TYPE_ALL);
  std::erase_if(found, [&](cl_device_id each) { return !has_type(each, type); });
  if (found.empty()) return CL_DEVICE_NOT_FOUND;
  if (count != nullptr) *count = static_cast<cl_uint>(found.size());
  std::copy_n(found.begin(), std::min<std::size_t>(room, found.size()), devices);
  return CL_SUCCESS;
}

cl_int CL_API_CALL device_info(cl_device_id device, cl_device_info what, std::size_t room, void* value,
                               std::size_t* needed) {
  const int index = index_of(device);
  if (index < 0) return below().clGetDeviceInfo(device, what, room, value, needed);
  unsigned char uuid[16];
  switch (what) {
    case CL_DEVICE_TYPE: return give_value(cl_device_type{CL_DEVICE_TYPE_GPU}, room, value, needed);
    case CL_DEVICE_NAME: return give_text(model().name, room, value, needed);
    case CL_DEVICE_HOST_UNIFIED_MEMORY: return give_value(cl_bool{CL_FALSE}, room, value, needed);
    case CL_DEVICE_MEM_BASE_ADDR_ALIGN: return give_value(cl_uint{4096}, room, value, needed);
    case CL_DEVICE_IMAGE_SUPPORT: return give_value(cl_bool{CL_FALSE}, room, value, needed);
    case CL_DEVICE_SVM_CAPABILITIES:
      return give_value(cl_device_svm_capabilities{CL_DEVICE_SVM_COARSE_GRAIN_BUFFER}, room, value, needed);
    case CL_DEVICE_PARTITION_MAX_SUB_DEVICES: return give_value(cl_uint{1}, room, value, needed);
    case CL_DEVICE_PARTITION_PROPERTIES: return give_value(cl_device_partition_property{0}, room, value, needed);
    case CL_DEVICE_PARTITION_AFFINITY_DOMAIN: return give_value(cl_device_affinity_domain{0}, room, value, needed);
    case CL_DEVICE_EXTENSIONS:
      return give_text(extensions_with(text_of(
                                           [](void* of, std::size_t bytes, void* text, std::size_t* size) {
                                             return below().clGetDeviceInfo(static_cast<cl_device_id>(of),
                                                                            CL_DEVICE_EXTENSIONS, bytes, text, size);
                                           },
                                           device),
                                       " cl_khr_device_uuid cl_khr_external_memory cl_khr_external_memory_opaque_fd"),
                       room, value, needed);
    case CL_DEVICE_UUID_KHR: uuid_of(static_cast<unsigned>(index), uuid); return give_value(uuid, room, value, needed);
    case CL_DRIVER_UUID_KHR: std::memset(uuid, 1, sizeof uuid); return give_value(uuid, room, value, needed);
    case CL_DEVICE_LUID_VALID_KHR: return give_value(cl_bool{CL_FALSE}, room, value, needed);
    case CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR:
      return give_value(cl_uint{CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR}, room, value, needed);
    default: return below().clGetDeviceInfo(device, what, room, value, needed);
  }
}

cl_context CL_API_CALL context_from_type(const cl_context_properties* properties, cl_device_type type,
                                         void(CL_CALLBACK* notify)(const char*, const void*, std::size_t, void*),
                                         void* argument, cl_int* code) {
  cl_platform_id platform = nullptr;
  for (const cl_context_properties* each = properties; each != nullptr && *each != 0; each += 2)
    if (each[0] == CL_CONTEXT_PLATFORM) platform = reinterpret_cast<cl_platform_id>(each[1]);
  if (platform == nullptr || !is_pocl(platform))
    return below().clCreateContextFromType(properties, type, notify, argument, code);
  cl_device_id devices[16];
  cl_uint count = 0;
  const cl_int found = device_ids(platform, type, 16, devices, &count);
  if (found != CL_SUCCESS && code != nullptr) *code = found;
  if (found != CL_SUCCESS) return nullptr;
  return below().clCreateContext(properties, std::min(count, 16u), devices, notify, argument, code);
}

cl_int CL_API_CALL sub_devices(cl_device_id device, const cl_device_partition_property* how, cl_uint room,
                               cl_device_id* parts, cl_uint* count) {
  if (index_of(device) >= 0) return CL_DEVICE_PARTITION_FAILED;
  return below().clCreateSubDevices(device, how, room, parts, count);
}

void* CL_API_CALL extension(const char* name) {
  void* const entry = extension_entry(name);
  return entry != nullptr ? entry : below().clGetExtensionFunctionAddress(name);
}

}  // namespace

int index_of(cl_device_id device) {
  static const std::vector<cl_device_id>& modelled = *new std::vector<cl_device_id>(find_modelled());
  const auto found = std::find(modelled.begin(), modelled.end(), device);
  return found == modelled.end() ? -1 : static_cast<int>(found - modelled.begin());
}

void put_descriptions(cl_icd_dispatch& table) {
  table.clGetPlatformInfo = platform_info;
  table.clGetDeviceIDs = device_ids;
  table.clGetDeviceInfo = device_info;
  table.clCreateContextFromType = context_from_type;
  table.clCreateSubDevices = sub_devices;
  table.clGetExtensionFunctionAddress = extension;
}

}  // namespace gpu_model
