// A layer of the OpenCL ICD loader (OPENCL_LAYERS=/absolute/path) that makes one call fail, see plan.hpp, of all the
// entry points that clique calls, itself or through CL/opencl.hpp.
//
// ENTRY is the name of one: the call returns CODE and does nothing. Only clRetain... and clRelease... are made all the
// same: CL/opencl.hpp cannot tell of a copy that has no reference. "clEnqueue...+event" counts the calls that ask for
// an event: the command is not run (a mapping is made), and its event is one that has ended with CODE.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS  // clCreateCommandQueue
#include "plan.hpp"

#include <CL/cl_layer.h>

#include <tuple>
#include <type_traits>

#pragma GCC diagnostic ignored "-Wignored-attributes"  // those of the entry points' types

namespace {

enum index : std::size_t {
#define ENTRY(name) of_##name,
#include "opencl_entries.inc"
#undef ENTRY
};

fault::counter calls[] = {
#define ENTRY(name) {#name},
#include "opencl_entries.inc"
#undef ENTRY
};
fault::counter commands[] = {
#define ENTRY(name) {#name "+event"},
#include "opencl_entries.inc"
#undef ENTRY
};

const cl_icd_dispatch* target = nullptr;
cl_icd_dispatch ours;

cl_event failed_event(cl_command_queue queue) {
  cl_context context = nullptr;
  cl_int code = target->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, nullptr);
  const cl_event made = code == CL_SUCCESS ? target->clCreateUserEvent(context, &code) : nullptr;
  if (code != CL_SUCCESS || target->clSetUserEventStatus(made, fault::plan::get().code) != CL_SUCCESS) {
    std::fprintf(stderr, "fault: no failed event can be made (%d)\n", code);
    std::_Exit(2);
  }
  return made;
}

template <std::size_t I, class F>
struct entry;
template <std::size_t I, class R, class... A>
struct entry<I, R(CL_API_CALL*)(A...)> {
  using function = R(CL_API_CALL*)(A...);
  static inline function next = nullptr;
  static constexpr bool counts_references =
      (I == of_clRetainDevice || I == of_clReleaseDevice || I == of_clRetainContext || I == of_clReleaseContext ||
       I == of_clRetainCommandQueue || I == of_clReleaseCommandQueue || I == of_clRetainMemObject ||
       I == of_clReleaseMemObject || I == of_clRetainProgram || I == of_clReleaseProgram || I == of_clRetainKernel ||
       I == of_clReleaseKernel || I == of_clRetainEvent || I == of_clReleaseEvent);
  static constexpr bool makes_event = (std::is_same_v<A, cl_event*> || ...);

  static R CL_API_CALL call(A... arguments) {
    std::tuple<A...> all(arguments...);
    if (fault::due(calls[I])) {
      if constexpr (counts_references) (void)next(arguments...);
      return failure(all);
    }
    if constexpr (makes_event) {
      if (cl_event* const event = std::get<cl_event*>(all); event != nullptr && fault::due(commands[I])) {
        return failed_command(all, event);
      }
    }
    return next(arguments...);
  }

  static R failure(std::tuple<A...>& all) {
    if constexpr (std::is_same_v<R, cl_int>) {
      return fault::plan::get().code;
    } else {
      if (cl_int* const code = std::get<sizeof...(A) - 1>(all); code != nullptr) *code = fault::plan::get().code;
      return nullptr;
    }
  }

  static R failed_command(std::tuple<A...>& all, cl_event* event) {
    R result{};
    if constexpr (std::is_pointer_v<R>) {  // a mapping: somebody has to own it
      cl_event real = nullptr;
      std::get<cl_event*>(all) = &real;
      result = std::apply(next, all);
      if (result == nullptr) return result;
      target->clWaitForEvents(1, &real);
      target->clReleaseEvent(real);
    }
    *event = failed_event(std::get<0>(all));
    return result;
  }
};

[[gnu::destructor]] void write_counts() {
  if (target == nullptr) return;
  fault::write_counts("opencl", calls);
  fault::write_counts("commands", commands);
}

}  // namespace

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t bytes, void* value, size_t* needed) {
  const auto give = [&](const void* from, size_t size) -> cl_int {
    if (value != nullptr && bytes < size) return CL_INVALID_VALUE;
    if (value != nullptr) std::memcpy(value, from, size);
    if (needed != nullptr) *needed = size;
    return CL_SUCCESS;
  };
  constexpr cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  constexpr char name[] = "clique's faults";
  if (what == CL_LAYER_API_VERSION) return give(&version, sizeof version);
  if (what == CL_LAYER_NAME) return give(name, sizeof name);
  return CL_INVALID_VALUE;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch* below, cl_uint* ours_entries,
                                            const cl_icd_dispatch** ours_table) {
  if (below == nullptr || ours_entries == nullptr || ours_table == nullptr || entries < sizeof ours / sizeof(void*))
    return CL_INVALID_VALUE;
  target = below;
  ours = *below;
#define ENTRY(name)                                    \
  using type_##name = entry<of_##name, cl_api_##name>; \
  type_##name::next = below->name;                     \
  ours.name = &type_##name::call;
#include "opencl_entries.inc"
#undef ENTRY
  *ours_entries = sizeof ours / sizeof(void*);
  *ours_table = &ours;
  (void)fault::plan::get();
  return CL_SUCCESS;
}
