// OpenCL objects are counted where they are made and released: this program defines the functions that do so, as an
// MPI profiling layer does, and calls OpenCL's own through dlsym. Reference counts of OpenCL would show only the
// objects that one still knows.
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS  // clCreateCommandQueue
#include "objects.hpp"

#include "memory/arena.hpp"

#include <CL/cl.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <dlfcn.h>
#include <unistd.h>

namespace storm {
namespace {

std::array<std::atomic<long>, object_names.size()> live{};

template <class F>
F real(const char* name, F) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<F>(found);
}
template <class T>
T made(object of, T handle) {
  if (handle != nullptr) ++live[static_cast<std::size_t>(of)];
  return handle;
}
cl_int changed(object of, long by, cl_int code) {
  if (code == CL_SUCCESS) live[static_cast<std::size_t>(of)] += by;
  return code;
}
// Of a command whose event was asked for.
cl_int enqueued(cl_event* event, cl_int code) {
  return changed(object::events, event != nullptr ? 1 : 0, code);
}

}  // namespace

holdings holdings::now() {
  holdings result;
  for (std::size_t k = 0; k < live.size(); ++k) result.objects[k] = live[k];
  // Without pages that are shared: of arenas of all ranks, which are there as soon as they have been looked at.
  std::size_t all = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> all >> resident >> shared;
  result.resident = (resident - shared) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  result.arena = clique::memory::arena::mine().used();
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) result.files += !each.path().empty();
  return result;
}

std::string holdings::text() const {
  std::string result =
      fmt::format("{:.1f} MiB resident, {:.1f} MiB of the arena, {} files", static_cast<double>(resident) / (1 << 20),
                  static_cast<double>(arena) / (1 << 20), files);
  for (std::size_t k = 0; k < objects.size(); ++k) result += fmt::format(", {} {}", objects[k], object_names[k]);
  return result;
}

std::string holdings::grown_since(const holdings& before, const holdings& slack) const {
  std::string result;
  const auto compare = [&](const char* what, auto was, auto more, auto is) {
    if (is > was + more) result += fmt::format("{}{}: {}, were {}", result.empty() ? "" : "; ", what, is, was);
  };
  compare("bytes resident", before.resident, slack.resident, resident);
  compare("bytes of the arena", before.arena, slack.arena, arena);
  compare("files", before.files, slack.files, files);
  for (std::size_t k = 0; k < objects.size(); ++k)
    compare(object_names[k], before.objects[k], slack.objects[k], objects[k]);
  return result;
}

}  // namespace storm

using namespace storm;

#define REAL(function)                                  \
  static const auto own = real(#function, &::function); \
  return

extern "C" {

cl_context clCreateContext(const cl_context_properties* p, cl_uint n, const cl_device_id* d,
                           void(CL_CALLBACK* f)(const char*, const void*, size_t, void*), void* u, cl_int* e) {
  REAL(clCreateContext) made(object::contexts, own(p, n, d, f, u, e));
}
cl_command_queue clCreateCommandQueue(cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int* e) {
  REAL(clCreateCommandQueue) made(object::queues, own(c, d, p, e));
}
cl_command_queue clCreateCommandQueueWithProperties(cl_context c, cl_device_id d, const cl_queue_properties* p,
                                                    cl_int* e) {
  REAL(clCreateCommandQueueWithProperties) made(object::queues, own(c, d, p, e));
}
cl_mem clCreateBuffer(cl_context c, cl_mem_flags f, size_t n, void* h, cl_int* e) {
  REAL(clCreateBuffer) made(object::buffers, own(c, f, n, h, e));
}
cl_mem clCreateBufferWithProperties(cl_context c, const cl_mem_properties* p, cl_mem_flags f, size_t n, void* h,
                                    cl_int* e) {
  REAL(clCreateBufferWithProperties) made(object::buffers, own(c, p, f, n, h, e));
}
cl_event clCreateUserEvent(cl_context c, cl_int* e) {
  REAL(clCreateUserEvent) made(object::events, own(c, e));
}
cl_program clCreateProgramWithSource(cl_context c, cl_uint n, const char** s, const size_t* l, cl_int* e) {
  REAL(clCreateProgramWithSource) made(object::programs, own(c, n, s, l, e));
}
cl_program clCreateProgramWithBinary(cl_context c, cl_uint n, const cl_device_id* d, const size_t* l,
                                     const unsigned char** b, cl_int* s, cl_int* e) {
  REAL(clCreateProgramWithBinary) made(object::programs, own(c, n, d, l, b, s, e));
}
cl_kernel clCreateKernel(cl_program p, const char* n, cl_int* e) {
  REAL(clCreateKernel) made(object::kernels, own(p, n, e));
}

#define COUNTED(Type, name, kind)                                 \
  cl_int clRetain##name(Type handle) {                            \
    REAL(clRetain##name) changed(object::kind, 1, own(handle));   \
  }                                                               \
  cl_int clRelease##name(Type handle) {                           \
    REAL(clRelease##name) changed(object::kind, -1, own(handle)); \
  }
COUNTED(cl_context, Context, contexts)
COUNTED(cl_command_queue, CommandQueue, queues)
COUNTED(cl_mem, MemObject, buffers)
COUNTED(cl_event, Event, events)
COUNTED(cl_program, Program, programs)
COUNTED(cl_kernel, Kernel, kernels)

cl_int clEnqueueNDRangeKernel(cl_command_queue q, cl_kernel k, cl_uint d, const size_t* o, const size_t* g,
                              const size_t* l, cl_uint n, const cl_event* w, cl_event* e) {
  REAL(clEnqueueNDRangeKernel) enqueued(e, own(q, k, d, o, g, l, n, w, e));
}
cl_int clEnqueueReadBuffer(cl_command_queue q, cl_mem b, cl_bool wait, size_t o, size_t s, void* p, cl_uint n,
                           const cl_event* w, cl_event* e) {
  REAL(clEnqueueReadBuffer) enqueued(e, own(q, b, wait, o, s, p, n, w, e));
}
cl_int clEnqueueWriteBuffer(cl_command_queue q, cl_mem b, cl_bool wait, size_t o, size_t s, const void* p, cl_uint n,
                            const cl_event* w, cl_event* e) {
  REAL(clEnqueueWriteBuffer) enqueued(e, own(q, b, wait, o, s, p, n, w, e));
}
cl_int clEnqueueWriteBufferRect(cl_command_queue q, cl_mem b, cl_bool wait, const size_t* o, const size_t* i,
                                const size_t* r, size_t x, size_t y, size_t u, size_t v, const void* p, cl_uint n,
                                const cl_event* w, cl_event* e) {
  REAL(clEnqueueWriteBufferRect) enqueued(e, own(q, b, wait, o, i, r, x, y, u, v, p, n, w, e));
}
cl_int clEnqueueCopyBuffer(cl_command_queue q, cl_mem a, cl_mem b, size_t i, size_t o, size_t s, cl_uint n,
                           const cl_event* w, cl_event* e) {
  REAL(clEnqueueCopyBuffer) enqueued(e, own(q, a, b, i, o, s, n, w, e));
}
cl_int clEnqueueFillBuffer(cl_command_queue q, cl_mem b, const void* p, size_t z, size_t o, size_t s, cl_uint n,
                           const cl_event* w, cl_event* e) {
  REAL(clEnqueueFillBuffer) enqueued(e, own(q, b, p, z, o, s, n, w, e));
}
void* clEnqueueMapBuffer(cl_command_queue q, cl_mem b, cl_bool wait, cl_map_flags f, size_t o, size_t s, cl_uint n,
                         const cl_event* w, cl_event* e, cl_int* code) {
  static const auto own = real("clEnqueueMapBuffer", &::clEnqueueMapBuffer);
  cl_int seen = CL_SUCCESS;
  void* const result = own(q, b, wait, f, o, s, n, w, e, &seen);
  if (code != nullptr) *code = seen;
  (void)enqueued(e, seen);
  return result;
}
cl_int clEnqueueUnmapMemObject(cl_command_queue q, cl_mem b, void* p, cl_uint n, const cl_event* w, cl_event* e) {
  REAL(clEnqueueUnmapMemObject) enqueued(e, own(q, b, p, n, w, e));
}
cl_int clEnqueueMarkerWithWaitList(cl_command_queue q, cl_uint n, const cl_event* w, cl_event* e) {
  REAL(clEnqueueMarkerWithWaitList) enqueued(e, own(q, n, w, e));
}
cl_int clEnqueueBarrierWithWaitList(cl_command_queue q, cl_uint n, const cl_event* w, cl_event* e) {
  REAL(clEnqueueBarrierWithWaitList) enqueued(e, own(q, n, w, e));
}

}  // extern "C"
