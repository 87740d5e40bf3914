// Queues and events.
#include "costs.hpp"
#include "layer.hpp"

namespace gpu_model {

namespace {

cl_command_queue note_queue(cl_command_queue made, cl_context context, cl_device_id device,
                            cl_command_queue_properties properties) {
  const int index = index_of(device);
  if (made != nullptr && index >= 0) add_queue(made, context, static_cast<unsigned>(index), properties);
  return made;
}

cl_command_queue CL_API_CALL create_queue(cl_context context, cl_device_id device,
                                          cl_command_queue_properties properties, cl_int* code) {
  return note_queue(below().clCreateCommandQueue(context, device, properties, code), context, device, properties);
}

cl_command_queue CL_API_CALL create_queue_with(cl_context context, cl_device_id device, const cl_queue_properties* list,
                                               cl_int* code) {
  cl_command_queue_properties properties = 0;
  for (const cl_queue_properties* each = list; each != nullptr && *each != 0; each += 2)
    if (each[0] == CL_QUEUE_PROPERTIES) properties = each[1];
  return note_queue(below().clCreateCommandQueueWithProperties(context, device, list, code), context, device,
                    properties);
}

cl_int CL_API_CALL release_queue(cl_command_queue handle) {
  cl_uint references = 0;
  if (find_queue(handle) != nullptr &&
      below().clGetCommandQueueInfo(handle, CL_QUEUE_REFERENCE_COUNT, sizeof references, &references, nullptr) ==
          CL_SUCCESS &&
      references == 1) {
    close_queue(handle);  // whose thread releases it
    return CL_SUCCESS;
  }
  return below().clReleaseCommandQueue(handle);
}

cl_int CL_API_CALL flush_queue(cl_command_queue handle) {
  queue* const of = find_queue(handle);
  if (of == nullptr) return below().clFlush(handle);
  flush(*of);
  return CL_SUCCESS;
}

cl_int CL_API_CALL finish_queue(cl_command_queue handle) {
  queue* const of = find_queue(handle);
  if (of == nullptr) return below().clFinish(handle);
  finish(*of);
  return CL_SUCCESS;
}

cl_int order(cl_command_queue handle, bool barrier, cl_command_type type, cl_uint events, const cl_event* list,
             cl_event* event) {
  count(kind::marker);
  return enqueue(*find_queue(handle),
                 {.run = [](timing& times) { return compute(times, model().marker_us, 0, [] {}); },
                  .after_all = events == 0,
                  .before_all = barrier},
                 type, events, list, event, false);
}

cl_int CL_API_CALL marker_with(cl_command_queue handle, cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr) return below().clEnqueueMarkerWithWaitList(handle, events, list, event);
  return order(handle, false, CL_COMMAND_MARKER, events, list, event);
}
cl_int CL_API_CALL barrier_with(cl_command_queue handle, cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr) return below().clEnqueueBarrierWithWaitList(handle, events, list, event);
  return order(handle, true, CL_COMMAND_BARRIER, events, list, event);
}
cl_int CL_API_CALL marker(cl_command_queue handle, cl_event* event) {
  if (find_queue(handle) == nullptr) return below().clEnqueueMarker(handle, event);
  return order(handle, false, CL_COMMAND_MARKER, 0, nullptr, event);
}
cl_int CL_API_CALL barrier(cl_command_queue handle) {
  if (find_queue(handle) == nullptr) return below().clEnqueueBarrier(handle);
  return order(handle, true, CL_COMMAND_BARRIER, 0, nullptr, nullptr);
}
cl_int CL_API_CALL wait_in_queue(cl_command_queue handle, cl_uint events, const cl_event* list) {
  if (find_queue(handle) == nullptr) return below().clEnqueueWaitForEvents(handle, events, list);
  return order(handle, true, CL_COMMAND_BARRIER, events, list, nullptr);
}

cl_int CL_API_CALL wait_for_events(cl_uint count, const cl_event* events) {
  return count == 0 || events == nullptr ? CL_INVALID_VALUE : wait_for(count, events);
}

cl_event CL_API_CALL create_user_event(cl_context context, cl_int* code) {
  const cl_event made = below().clCreateUserEvent(context, code);
  if (made != nullptr) add_user_event(made);
  return made;
}

cl_int CL_API_CALL set_callback(cl_event handle, cl_int at, void(CL_CALLBACK* function)(cl_event, cl_int, void*),
                                void* argument) {
  if (find_event(handle) == nullptr) return below().clSetEventCallback(handle, at, function, argument);
  if (function == nullptr || at < CL_COMPLETE || at > CL_SUBMITTED) return CL_INVALID_VALUE;
  return add_callback(handle, {at, function, argument}) ? CL_SUCCESS : CL_INVALID_EVENT;
}

cl_int CL_API_CALL event_info(cl_event handle, cl_event_info what, std::size_t room, void* value, std::size_t* needed) {
  const std::shared_ptr<event> known = find_event(handle);
  if (known == nullptr) return below().clGetEventInfo(handle, what, room, value, needed);
  const event of = snapshot(*known);
  switch (what) {
    case CL_EVENT_COMMAND_QUEUE: return give_value(of.queue_handle, room, value, needed);
    case CL_EVENT_COMMAND_TYPE: return give_value(of.type, room, value, needed);
    case CL_EVENT_COMMAND_EXECUTION_STATUS:
      if (of.status <= CL_COMPLETE) spend(model().of_us(model().complete_us));
      return give_value(of.status, room, value, needed);
    default: return below().clGetEventInfo(handle, what, room, value, needed);
  }
}

cl_int CL_API_CALL profiling_info(cl_event handle, cl_profiling_info what, std::size_t room, void* value,
                                  std::size_t* needed) {
  const std::shared_ptr<event> known = find_event(handle);
  if (known == nullptr) return below().clGetEventProfilingInfo(handle, what, room, value, needed);
  const event of = snapshot(*known);
  if (!of.profiled || of.status != CL_COMPLETE) return CL_PROFILING_INFO_NOT_AVAILABLE;
  switch (what) {
    case CL_PROFILING_COMMAND_QUEUED: return give_value(static_cast<cl_ulong>(of.queued), room, value, needed);
    case CL_PROFILING_COMMAND_SUBMIT: return give_value(static_cast<cl_ulong>(of.submitted), room, value, needed);
    case CL_PROFILING_COMMAND_START: return give_value(static_cast<cl_ulong>(of.started), room, value, needed);
    case CL_PROFILING_COMMAND_END:
    case CL_PROFILING_COMMAND_COMPLETE: return give_value(static_cast<cl_ulong>(of.ended), room, value, needed);
    default: return CL_INVALID_VALUE;
  }
}

cl_int CL_API_CALL release(cl_event handle) {
  if (find_event(handle) == nullptr) return below().clReleaseEvent(handle);
  release_event(handle);
  return CL_SUCCESS;
}

}  // namespace

void put_events(cl_icd_dispatch& table) {
  table.clCreateCommandQueue = create_queue;
  table.clCreateCommandQueueWithProperties = create_queue_with;
  table.clReleaseCommandQueue = release_queue;
  table.clFlush = flush_queue;
  table.clFinish = finish_queue;
  table.clEnqueueMarkerWithWaitList = marker_with;
  table.clEnqueueBarrierWithWaitList = barrier_with;
  table.clEnqueueMarker = marker;
  table.clEnqueueBarrier = barrier;
  table.clEnqueueWaitForEvents = wait_in_queue;
  table.clWaitForEvents = wait_for_events;
  table.clCreateUserEvent = create_user_event;
  table.clSetUserEventStatus = user_event_ended;
  table.clSetEventCallback = set_callback;
  table.clGetEventInfo = event_info;
  table.clGetEventProfilingInfo = profiling_info;
  table.clReleaseEvent = release;
}

}  // namespace gpu_model
