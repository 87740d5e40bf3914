// Shared virtual memory, coarse alone: PoCL's, which the host sees at all times, at a GPU's costs.
#include "costs.hpp"
#include "layer.hpp"

#include <cstring>

namespace gpu_model {

namespace {

void* CL_API_CALL allocate(cl_context context, cl_svm_mem_flags flags, std::size_t bytes, cl_uint alignment) {
  cl_device_id devices[16];
  std::size_t size = 0;
  const bool asked =
      below().clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices, &size) == CL_SUCCESS && size != 0;
  constexpr cl_svm_mem_flags fine = CL_MEM_SVM_FINE_GRAIN_BUFFER | CL_MEM_SVM_ATOMICS;
  if (asked && index_of(devices[0]) >= 0 && (flags & fine) != 0) return nullptr;
  return below().clSVMAlloc(context, flags, bytes, alignment);
}

template <class Work>
cl_int put(cl_command_queue handle, kind what, double latency_us, std::size_t bytes, cl_command_type type,
           cl_uint events, const cl_event* list, cl_event* event, cl_bool blocking, Work work) {
  count(what);
  return enqueue(*find_queue(handle),
                 {.run = [=](timing& times) mutable { return compute(times, latency_us, bytes, work); }}, type, events,
                 list, event, blocking != CL_FALSE);
}

cl_int CL_API_CALL map(cl_command_queue handle, cl_bool blocking, cl_map_flags flags, void* address, std::size_t bytes,
                       cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueSVMMap(handle, blocking, flags, address, bytes, events, list, event);
  if (address == nullptr || bytes == 0) return CL_INVALID_VALUE;
  return put(handle, kind::marker, model().map_us, 0, CL_COMMAND_SVM_MAP, events, list, event, blocking, [] {});
}
cl_int CL_API_CALL unmap(cl_command_queue handle, void* address, cl_uint events, const cl_event* list,
                         cl_event* event) {
  if (find_queue(handle) == nullptr) return below().clEnqueueSVMUnmap(handle, address, events, list, event);
  if (address == nullptr) return CL_INVALID_VALUE;
  return put(handle, kind::marker, model().map_us, 0, CL_COMMAND_SVM_UNMAP, events, list, event, CL_FALSE, [] {});
}
cl_int CL_API_CALL copy(cl_command_queue handle, cl_bool blocking, void* to, const void* from, std::size_t bytes,
                        cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueSVMMemcpy(handle, blocking, to, from, bytes, events, list, event);
  if (to == nullptr || from == nullptr) return CL_INVALID_VALUE;
  return put(handle, kind::copy, model().kernel_us, bytes, CL_COMMAND_SVM_MEMCPY, events, list, event, blocking,
             [=] { std::memcpy(to, from, bytes); });
}
cl_int CL_API_CALL fill(cl_command_queue handle, void* to, const void* pattern, std::size_t pattern_bytes,
                        std::size_t bytes, cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueSVMMemFill(handle, to, pattern, pattern_bytes, bytes, events, list, event);
  if (to == nullptr || pattern == nullptr || pattern_bytes == 0 || bytes % pattern_bytes != 0) return CL_INVALID_VALUE;
  const auto* const first = static_cast<const std::byte*>(pattern);
  return put(handle, kind::fill, model().fill_us, bytes, CL_COMMAND_SVM_MEMFILL, events, list, event, CL_FALSE,
             [to, bytes, pattern = std::vector<std::byte>(first, first + pattern_bytes)] {
               for (std::size_t k = 0; k < bytes; k += pattern.size())
                 std::memcpy(static_cast<std::byte*>(to) + k, pattern.data(), pattern.size());
             });
}
cl_int CL_API_CALL migrate(cl_command_queue handle, cl_uint pointers, const void** addresses, const std::size_t* sizes,
                           cl_mem_migration_flags flags, cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueSVMMigrateMem(handle, pointers, addresses, sizes, flags, events, list, event);
  return put(handle, kind::marker, model().marker_us, 0, CL_COMMAND_SVM_MIGRATE_MEM, events, list, event, CL_FALSE,
             [] {});
}
cl_int CL_API_CALL free_in_queue(cl_command_queue handle, cl_uint pointers, void** addresses,
                                 void(CL_CALLBACK* function)(cl_command_queue, cl_uint, void**, void*), void* argument,
                                 cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueSVMFree(handle, pointers, addresses, function, argument, events, list, event);
  if (pointers == 0 || addresses == nullptr) return CL_INVALID_VALUE;
  cl_context context = nullptr;
  below().clGetCommandQueueInfo(handle, CL_QUEUE_CONTEXT, sizeof context, &context, nullptr);
  return put(handle, kind::marker, model().marker_us, 0, CL_COMMAND_SVM_FREE, events, list, event, CL_FALSE,
             [=, all = std::vector<void*>(addresses, addresses + pointers)]() mutable {
               if (function != nullptr) return function(handle, pointers, all.data(), argument);
               for (void* const each : all) below().clSVMFree(context, each);
             });
}

}  // namespace

void put_svm(cl_icd_dispatch& table) {
  table.clSVMAlloc = allocate;
  table.clEnqueueSVMMap = map;
  table.clEnqueueSVMUnmap = unmap;
  table.clEnqueueSVMMemcpy = copy;
  table.clEnqueueSVMMemFill = fill;
  table.clEnqueueSVMMigrateMem = migrate;
  table.clEnqueueSVMFree = free_in_queue;
}

}  // namespace gpu_model
