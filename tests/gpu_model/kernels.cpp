// Kernels: PoCL runs them, when the model's time has come.
#include "costs.hpp"
#include "layer.hpp"

namespace gpu_model {

namespace {

// The kernel is given to PoCL at once, since its arguments are those of now; it waits there for `gate`.
cl_int put_kernel(queue& in, cl_command_type type, cl_uint events, const cl_event* list, cl_event* event,
                  const std::function<cl_int(const cl_event* gate, cl_event* done)>& give_to_pocl) {
  cl_context context = nullptr;
  cl_int code = below().clGetCommandQueueInfo(handle_of(in), CL_QUEUE_CONTEXT, sizeof context, &context, nullptr);
  if (code != CL_SUCCESS) return code;
  if ((events == 0) != (list == nullptr)) return CL_INVALID_EVENT_WAIT_LIST;
  const std::unique_lock order = enqueueing(in);
  const cl_event gate = below().clCreateUserEvent(context, &code);
  if (code != CL_SUCCESS) return code;
  cl_event done = nullptr;
  code = give_to_pocl(&gate, &done);
  if (code != CL_SUCCESS) {
    below().clSetUserEventStatus(gate, CL_INVALID_OPERATION);
    below().clReleaseEvent(gate);
    return code;
  }
  count(kind::kernel);
  // Once: opens the gate, or shuts it where the command's wait list failed and `run` is never called.
  struct kernel_run {
    cl_event gate, done;
    bool opened = false;
    ~kernel_run() {
      if (!opened) below().clSetUserEventStatus(gate, CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
      below().clReleaseEvent(gate);
      below().clReleaseEvent(done);
    }
  };
  const auto run = std::make_shared<kernel_run>(gate, done);
  return enqueue(in,
                 {.run =
                      [run, native = handle_of(in)](timing& times) {
                        const parameters& costs = model();
                        if (costs.timed())
                          times.end = reserve_compute(times.device, times.submitted, times.after,
                                                      costs.of_us(costs.kernel_us), costs.of_us(costs.issue_us));
                        run->opened = true;
                        below().clSetUserEventStatus(run->gate, CL_COMPLETE);
                        below().clFlush(native);
                        const cl_int code = below().clWaitForEvents(1, &run->done);
                        if (costs.timed() && now() > times.end) extend_compute(times.device, times.end = now());
                        return code;
                      }},
                 type, events, list, event, false);
}

cl_int CL_API_CALL nd_range(cl_command_queue handle, cl_kernel kernel, cl_uint dimensions, const std::size_t* offset,
                            const std::size_t* global, const std::size_t* local, cl_uint events, const cl_event* list,
                            cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueNDRangeKernel(handle, kernel, dimensions, offset, global, local, events, list, event);
  return put_kernel(*in, CL_COMMAND_NDRANGE_KERNEL, events, list, event, [&](const cl_event* gate, cl_event* done) {
    return below().clEnqueueNDRangeKernel(handle, kernel, dimensions, offset, global, local, 1, gate, done);
  });
}

cl_int CL_API_CALL task(cl_command_queue handle, cl_kernel kernel, cl_uint events, const cl_event* list,
                        cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr) return below().clEnqueueTask(handle, kernel, events, list, event);
  const std::size_t one = 1;
  return put_kernel(*in, CL_COMMAND_TASK, events, list, event, [&](const cl_event* gate, cl_event* done) {
    return below().clEnqueueNDRangeKernel(handle, kernel, 1, nullptr, &one, &one, 1, gate, done);
  });
}

}  // namespace

void put_kernels(cl_icd_dispatch& table) {
  table.clEnqueueNDRangeKernel = nd_range;
  table.clEnqueueTask = task;
}

}  // namespace gpu_model
