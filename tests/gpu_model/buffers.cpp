// Making buffers, and what is known of them.
#include "layer.hpp"

#include <unistd.h>

namespace gpu_model {

namespace {

bool is_modelled(cl_context context) {
  cl_device_id devices[16];
  std::size_t bytes = 0;
  if (below().clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices, &bytes) != CL_SUCCESS)
    return false;
  for (std::size_t k = 0; k < bytes / sizeof *devices; ++k)
    if (index_of(devices[k]) >= 0) return true;
  return false;
}

cl_mem CL_API_CALL create(cl_context context, cl_mem_flags flags, std::size_t bytes, void* host_ptr, cl_int* code) {
  if (!is_modelled(context)) return below().clCreateBuffer(context, flags, bytes, host_ptr, code);
  cl_int result = CL_SUCCESS;
  const cl_mem made = create_buffer(context, flags, bytes, host_ptr, -1, result);
  if (code != nullptr) *code = result;
  return made;
}

cl_mem CL_API_CALL create_with(cl_context context, const cl_mem_properties* list, cl_mem_flags flags, std::size_t bytes,
                               void* host_ptr, cl_int* code) {
  if (!is_modelled(context)) return below().clCreateBufferWithProperties(context, list, flags, bytes, host_ptr, code);
  cl_int result = CL_SUCCESS;
  int fd = -1;
  for (const cl_mem_properties* each = list; each != nullptr && *each != 0; each += 2) {
    if (each[0] == CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR)
      fd = static_cast<int>(each[1]);
    else
      result = CL_INVALID_PROPERTY;
  }
  const cl_mem made = result == CL_SUCCESS ? create_buffer(context, flags, bytes, host_ptr, fd, result) : nullptr;
  if (made != nullptr && fd >= 0) close(fd);  // an import takes the descriptor over
  if (code != nullptr) *code = result;
  return made;
}

cl_mem CL_API_CALL create_sub(cl_mem parent, cl_mem_flags flags, cl_buffer_create_type type, const void* info,
                              cl_int* code) {
  if (find_buffer(parent).whole == nullptr) return below().clCreateSubBuffer(parent, flags, type, info, code);
  cl_int result = type != CL_BUFFER_CREATE_TYPE_REGION || info == nullptr ? CL_INVALID_VALUE : CL_SUCCESS;
  const cl_mem made = result == CL_SUCCESS
                          ? create_sub_buffer(parent, flags, *static_cast<const cl_buffer_region*>(info), result)
                          : nullptr;
  if (code != nullptr) *code = result;
  return made;
}

cl_int CL_API_CALL info(cl_mem handle, cl_mem_info what, std::size_t room, void* value, std::size_t* needed) {
  const buffer of = find_buffer(handle);
  if (of.whole == nullptr) return below().clGetMemObjectInfo(handle, what, room, value, needed);
  switch (what) {
    case CL_MEM_FLAGS: return give_value(of.flags, room, value, needed);
    case CL_MEM_HOST_PTR: return give_value(of.host_ptr, room, value, needed);
    case CL_MEM_MAP_COUNT: return give_value(mappings_of(of), room, value, needed);
    case CL_MEM_USES_SVM_POINTER: return give_value(cl_bool{CL_FALSE}, room, value, needed);
    default: return below().clGetMemObjectInfo(handle, what, room, value, needed);
  }
}

}  // namespace

void put_buffers(cl_icd_dispatch& table) {
  table.clCreateBuffer = create;
  table.clCreateBufferWithProperties = create_with;
  table.clCreateSubBuffer = create_sub;
  table.clGetMemObjectInfo = info;
}

}  // namespace gpu_model
