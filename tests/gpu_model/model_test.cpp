// The model does what a discrete GPU does: what clique's tests on it stand on.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "parameters.hpp"

#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

namespace {

struct handles {
  std::vector<cl_device_id> devices;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  cl_kernel add = nullptr;  // adds one to each of its items
  handles() {
    cl_platform_id platforms[8];
    cl_uint count = 0;
    REQUIRE(clGetPlatformIDs(8, platforms, &count) == CL_SUCCESS);
    for (cl_uint k = 0; k < count && devices.empty(); ++k) {
      cl_uint found = 0;
      if (clGetDeviceIDs(platforms[k], CL_DEVICE_TYPE_GPU, 0, nullptr, &found) != CL_SUCCESS) continue;
      devices.resize(found);
      REQUIRE(clGetDeviceIDs(platforms[k], CL_DEVICE_TYPE_GPU, found, devices.data(), nullptr) == CL_SUCCESS);
    }
    REQUIRE_MESSAGE(!devices.empty(), "the layer is not there: there is no GPU");
    cl_int code = CL_SUCCESS;
    context = clCreateContext(nullptr, static_cast<cl_uint>(devices.size()), devices.data(), nullptr, nullptr, &code);
    REQUIRE(code == CL_SUCCESS);
    queue = make_queue(0);
    const char* source = "kernel void add(global uint* a) { a[get_global_id(0)] += 1; }";
    const cl_program program = clCreateProgramWithSource(context, 1, &source, nullptr, &code);
    REQUIRE(clBuildProgram(program, 0, nullptr, "", nullptr, nullptr) == CL_SUCCESS);
    add = clCreateKernel(program, "add", &code);
    REQUIRE(code == CL_SUCCESS);
  }
  cl_command_queue make_queue(cl_command_queue_properties properties) const {
    cl_int code = CL_SUCCESS;
    const cl_command_queue made = clCreateCommandQueue(context, devices[0], properties, &code);
    REQUIRE(code == CL_SUCCESS);
    return made;
  }
  cl_mem make_buffer(cl_mem_flags flags, std::size_t bytes, void* host_ptr = nullptr) const {
    cl_int code = CL_SUCCESS;
    const cl_mem made = clCreateBuffer(context, flags, bytes, host_ptr, &code);
    REQUIRE(code == CL_SUCCESS);
    return made;
  }
  void launch(cl_mem on, std::size_t items, cl_uint events = 0, const cl_event* list = nullptr,
              cl_event* event = nullptr) const {
    REQUIRE(clSetKernelArg(add, 0, sizeof on, &on) == CL_SUCCESS);
    REQUIRE(clEnqueueNDRangeKernel(queue, add, 1, nullptr, &items, nullptr, events, list, event) == CL_SUCCESS);
  }
};
const handles& gpu() {
  static const handles& made = *new handles;
  return made;
}

cl_int status_of(cl_event event) {
  cl_int status = 0;
  REQUIRE(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr) == CL_SUCCESS);
  return status;
}
template <class T>
T device_value(cl_device_info what, cl_device_id device = gpu().devices[0]) {
  T value{};
  REQUIRE(clGetDeviceInfo(device, what, sizeof value, &value, nullptr) == CL_SUCCESS);
  return value;
}
template <class F>
F of_layer(const char* name) {
  void* const layer = dlopen(std::getenv("OPENCL_LAYERS"), RTLD_NOW | RTLD_NOLOAD);
  REQUIRE(layer != nullptr);
  void* const found = dlsym(layer, name);
  REQUIRE(found != nullptr);
  return reinterpret_cast<F>(found);
}
long long count_of(const char* name) {
  return of_layer<long long (*)(const char*)>("gpu_model_count")(name);
}

}  // namespace

TEST_CASE("it says of itself what a discrete GPU says") {
  CHECK(device_value<cl_device_type>(CL_DEVICE_TYPE) == CL_DEVICE_TYPE_GPU);
  CHECK(device_value<cl_bool>(CL_DEVICE_HOST_UNIFIED_MEMORY) == CL_FALSE);
  CHECK(device_value<cl_uint>(CL_DEVICE_MEM_BASE_ADDR_ALIGN) == 4096);
  CHECK(device_value<cl_device_svm_capabilities>(CL_DEVICE_SVM_CAPABILITIES) == CL_DEVICE_SVM_COARSE_GRAIN_BUFFER);
  CHECK(device_value<cl_uint>(CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR) ==
        CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR);
  char extensions[4096] = {};
  REQUIRE(clGetDeviceInfo(gpu().devices[0], CL_DEVICE_EXTENSIONS, sizeof extensions, extensions, nullptr) ==
          CL_SUCCESS);
  CHECK(std::strstr(extensions, "cl_khr_device_uuid") != nullptr);
  struct uuid {
    unsigned char bytes[CL_UUID_SIZE_KHR];
  };
  const uuid first = device_value<uuid>(CL_DEVICE_UUID_KHR);
  for (std::size_t k = 1; k < gpu().devices.size(); ++k) {
    const uuid other = device_value<uuid>(CL_DEVICE_UUID_KHR, gpu().devices[k]);
    CHECK(std::memcmp(&first, &other, sizeof first) != 0);
  }
  CHECK(gpu().devices.size() == static_cast<std::size_t>(gpu_model::model().devices));
}

TEST_CASE("a buffer around the host's memory is a copy on the device") {
  std::vector<cl_uint> host(64, 1);
  const cl_mem buffer = gpu().make_buffer(CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, 256, host.data());
  gpu().launch(buffer, 64);
  REQUIRE(clFinish(gpu().queue) == CL_SUCCESS);
  CHECK(host[0] == 1);  // the kernel's 2 is on the device
  cl_int code = CL_SUCCESS;
  void* const mapped =
      clEnqueueMapBuffer(gpu().queue, buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, 256, 0, nullptr, nullptr, &code);
  CHECK(mapped == host.data());
  CHECK(host[0] == 2);
  CHECK(host[63] == 2);
  host[0] = 10;
  gpu().launch(buffer, 64);  // does not see the 10
  REQUIRE(clEnqueueUnmapMemObject(gpu().queue, buffer, mapped, 0, nullptr, nullptr) == CL_SUCCESS);
  gpu().launch(buffer, 64);
  cl_uint seen = 0;
  REQUIRE(clEnqueueReadBuffer(gpu().queue, buffer, CL_TRUE, 0, 4, &seen, 0, nullptr, nullptr) == CL_SUCCESS);
  CHECK(seen == 11);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}

TEST_CASE("what the program asks of a buffer is what it gave") {
  std::vector<cl_uint> host(1024, 1);
  const cl_mem_flags flags = CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR;
  const cl_mem buffer = gpu().make_buffer(flags, 4096, host.data());
  const cl_buffer_region region{512, 256};
  cl_int code = CL_SUCCESS;
  const cl_mem sub = clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  REQUIRE(code == CL_SUCCESS);
  cl_mem_flags told = 0;
  void* pointer = nullptr;
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof told, &told, nullptr) == CL_SUCCESS);
  CHECK(told == flags);
  CHECK(clGetMemObjectInfo(sub, CL_MEM_FLAGS, sizeof told, &told, nullptr) == CL_SUCCESS);
  CHECK(told == flags);
  CHECK(clGetMemObjectInfo(sub, CL_MEM_HOST_PTR, sizeof pointer, &pointer, nullptr) == CL_SUCCESS);
  CHECK(pointer == host.data() + 128);
  cl_uint seen = 0;
  CHECK(clEnqueueReadBuffer(gpu().queue, sub, CL_TRUE, 256, 4, &seen, 0, nullptr, nullptr) == CL_INVALID_VALUE);
  CHECK(clEnqueueReadBuffer(gpu().queue, sub, CL_TRUE, 252, 4, &seen, 0, nullptr, nullptr) == CL_SUCCESS);
  CHECK(seen == 1);
  CHECK(clReleaseMemObject(sub) == CL_SUCCESS);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}

TEST_CASE("a command begins when its queue was flushed") {
  const cl_mem buffer = gpu().make_buffer(CL_MEM_READ_WRITE, 256);
  cl_event event = nullptr;
  gpu().launch(buffer, 64, 0, nullptr, &event);
  usleep(20'000);
  CHECK(status_of(event) == CL_QUEUED);
  REQUIRE(clFlush(gpu().queue) == CL_SUCCESS);
  for (int k = 0; k < 5000 && status_of(event) > CL_COMPLETE; ++k) usleep(1000);
  CHECK(status_of(event) == CL_COMPLETE);
  CHECK(clReleaseEvent(event) == CL_SUCCESS);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}

TEST_CASE("events: wait lists, callbacks, and what fails") {
  const cl_mem buffer = gpu().make_buffer(CL_MEM_READ_WRITE, 256);
  cl_int code = CL_SUCCESS;
  const cl_event gate = clCreateUserEvent(gpu().context, &code);
  cl_event first = nullptr, second = nullptr;
  gpu().launch(buffer, 64, 1, &gate, &first);
  gpu().launch(buffer, 64, 1, &first, &second);
  static std::atomic<cl_int> called{1};
  called = 1;
  REQUIRE(clSetEventCallback(
              second, CL_COMPLETE, [](cl_event, cl_int status, void*) { called = status; }, nullptr) == CL_SUCCESS);
  REQUIRE(clFlush(gpu().queue) == CL_SUCCESS);
  usleep(20'000);
  CHECK(status_of(first) == CL_SUBMITTED);
  CHECK(called == 1);
  SUBCASE("all goes well") {
    REQUIRE(clSetUserEventStatus(gate, CL_COMPLETE) == CL_SUCCESS);
    CHECK(clWaitForEvents(1, &second) == CL_SUCCESS);
    for (int k = 0; k < 5000 && called == 1; ++k) usleep(1000);
    CHECK(called == CL_COMPLETE);
  }
  SUBCASE("the first one's event fails, and what waits for it") {
    REQUIRE(clSetUserEventStatus(gate, -5) == CL_SUCCESS);
    CHECK(clWaitForEvents(1, &second) == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
    CHECK(status_of(first) == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
    for (int k = 0; k < 5000 && called == 1; ++k) usleep(1000);
    CHECK(called < 0);
    // The queue works on.
    gpu().launch(buffer, 64);
    CHECK(clFinish(gpu().queue) == CL_SUCCESS);
  }
  for (const cl_event each : {gate, first, second}) CHECK(clReleaseEvent(each) == CL_SUCCESS);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}

TEST_CASE("exported memory is the same in all who import it") {
  const int fd = of_layer<int (*)(const unsigned char*, std::size_t)>("clique_export_memory")(nullptr, 4096);
  REQUIRE(fd >= 0);
  cl_mem imported[2] = {};
  for (cl_mem& each : imported) {
    const cl_mem_properties properties[] = {CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR,
                                            static_cast<cl_mem_properties>(dup(fd)), 0};
    cl_int code = CL_SUCCESS;
    each = clCreateBufferWithProperties(gpu().context, properties, CL_MEM_READ_WRITE, 4096, nullptr, &code);
    REQUIRE(code == CL_SUCCESS);
  }
  close(fd);
  const auto acquire =
      reinterpret_cast<clEnqueueAcquireExternalMemObjectsKHR_fn>(clGetExtensionFunctionAddressForPlatform(
          [] {
            cl_platform_id platform = nullptr;
            REQUIRE(clGetDeviceInfo(gpu().devices[0], CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr) ==
                    CL_SUCCESS);
            return platform;
          }(),
          "clEnqueueAcquireExternalMemObjectsKHR"));
  REQUIRE((acquire != nullptr));
  REQUIRE(acquire(gpu().queue, 2, imported, 0, nullptr, nullptr) == CL_SUCCESS);
  gpu().launch(imported[0], 1024);
  std::vector<cl_uint> seen(1024);
  REQUIRE(clEnqueueReadBuffer(gpu().queue, imported[1], CL_TRUE, 0, 4096, seen.data(), 0, nullptr, nullptr) ==
          CL_SUCCESS);
  CHECK(std::accumulate(seen.begin(), seen.end(), 0u) == 1024);
  for (const cl_mem each : imported) CHECK(clReleaseMemObject(each) == CL_SUCCESS);
}

TEST_CASE("commands are counted by the engine that they go to") {
  const cl_mem buffer = gpu().make_buffer(CL_MEM_READ_WRITE, 256 * 1024);
  std::vector<std::byte> host(256 * 1024);
  const cl_mem around = gpu().make_buffer(CL_MEM_USE_HOST_PTR, host.size() / 2, host.data());
  struct step {
    const char* kind;
    bool computes;
    std::size_t bytes, rows;
    bool pinned;
  };
  const std::size_t origin[3] = {};
  for (const step& each : {step{"small_write", true, 64, 1, true}, step{"write", false, 64 * 1024, 1, true},
                           step{"write", false, 64, 4, true}, step{"small_write", true, 64 * 1024, 1, false},
                           step{"pageable", false, 128 * 1024, 1, false}}) {
    const long long before = count_of(each.kind), compute = count_of("compute"), copies = count_of("copies");
    const std::size_t region[3] = {each.bytes / each.rows, each.rows, 1};
    const void* const from = each.pinned ? host.data() : host.data() + host.size() / 2;
    REQUIRE(clEnqueueWriteBufferRect(gpu().queue, buffer, CL_TRUE, origin, origin, region, 0, 0, 0, 0, from, 0, nullptr,
                                     nullptr) == CL_SUCCESS);
    CAPTURE(each.kind);
    CHECK(count_of(each.kind) == before + 1);
    CHECK(count_of("compute") == compute + (each.computes ? 1 : 0));
    CHECK(count_of("copies") == copies + (each.computes ? 0 : 1));
  }
  CHECK(clReleaseMemObject(around) == CL_SUCCESS);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}

TEST_CASE("out of order, and barriers") {
  const cl_mem buffer = gpu().make_buffer(CL_MEM_READ_WRITE, 256);
  const cl_command_queue queue = gpu().make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  cl_int code = CL_SUCCESS;
  const cl_event gate = clCreateUserEvent(gpu().context, &code);
  cl_uint values[3] = {5, 6, 0};
  cl_event held = nullptr, free = nullptr, after = nullptr;
  REQUIRE(clEnqueueWriteBuffer(queue, buffer, CL_FALSE, 0, 4, &values[0], 1, &gate, &held) == CL_SUCCESS);
  REQUIRE(clEnqueueWriteBuffer(queue, buffer, CL_FALSE, 0, 4, &values[1], 0, nullptr, &free) == CL_SUCCESS);
  REQUIRE(clEnqueueBarrierWithWaitList(queue, 0, nullptr, nullptr) == CL_SUCCESS);
  REQUIRE(clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, 4, &values[2], 0, nullptr, &after) == CL_SUCCESS);
  CHECK(clWaitForEvents(1, &free) == CL_SUCCESS);  // overtakes the one that waits
  CHECK(status_of(held) > CL_COMPLETE);
  usleep(20'000);
  CHECK(status_of(after) > CL_COMPLETE);
  REQUIRE(clSetUserEventStatus(gate, CL_COMPLETE) == CL_SUCCESS);
  CHECK(clWaitForEvents(1, &after) == CL_SUCCESS);
  CHECK(values[2] == 5);
  for (const cl_event each : {gate, held, free, after}) CHECK(clReleaseEvent(each) == CL_SUCCESS);
  CHECK(clReleaseCommandQueue(queue) == CL_SUCCESS);
  CHECK(clReleaseMemObject(buffer) == CL_SUCCESS);
}
