// What the entry points of the layer share.
#pragma once

#include "commands.hpp"
#include "memory.hpp"

#include <CL/cl_ext.h>
#include <CL/cl_icd.h>

namespace gpu_model {

// The implementation below: PoCL's entry points, behind the loader's.
const cl_icd_dispatch& below();

// Which modelled GPU it is: an index, or -1 for a device that stays as it is.
int index_of(cl_device_id device);

// The entry points, by what they are about; each puts its own into the table.
void put_descriptions(cl_icd_dispatch& table);
void put_buffers(cl_icd_dispatch& table);
void put_transfers(cl_icd_dispatch& table);
void put_kernels(cl_icd_dispatch& table);
void put_events(cl_icd_dispatch& table);
void put_svm(cl_icd_dispatch& table);

// Of extensions, by name; null where the layer has none.
void* extension_entry(const char* name);
cl_int CL_API_CALL acquire_external(cl_command_queue queue, cl_uint count, const cl_mem* objects, cl_uint events,
                                    const cl_event* wait_list, cl_event* event);
cl_int CL_API_CALL release_external(cl_command_queue queue, cl_uint count, const cl_mem* objects, cl_uint events,
                                    const cl_event* wait_list, cl_event* event);

// The value of a query, as clGet...Info gives it.
cl_int give(const void* from, std::size_t size, std::size_t room, void* value, std::size_t* needed);
template <class T>
cl_int give_value(const T& from, std::size_t room, void* value, std::size_t* needed) {
  return give(&from, sizeof from, room, value, needed);
}

}  // namespace gpu_model
