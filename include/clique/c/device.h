/* The C interface: devices, their memory, and element-wise work on it. Included by clique/clique.h, whose rules hold.
 * All is local. What works on elements is enqueued in the device's queue, and not waited for unless it says so. */
#ifndef CLIQUE_C_DEVICE_H
#define CLIQUE_C_DEVICE_H

#include <clique/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- devices */

/* All devices, GPUs first. `capacity` of them are written to `devices`, which may be NULL if it is 0; their number to
 * `count`, which may be NULL. They need not be released. */
CLIQUE_API clique_status clique_device_list(size_t capacity, cl_device_id* devices, size_t* count);

/* What a device says of itself; texts are cut where they are too long. */
typedef struct clique_device_info {
  char platform[128], name[256], vendor[128], version[128], c_version[128], driver[128];
  char type[16];                   /* "gpu", "cpu", "accelerator" or "custom" */
  uint64_t memory, max_allocation; /* bytes */
  uint32_t compute_units;
  uint32_t fp64, fp16, host_unified; /* 0 or 1 */
} clique_device_info;
CLIQUE_API clique_status clique_device_describe(cl_device_id native, clique_device_info* info);

/* The device of the node_rank-th of node_size processes of this node, with a context and a queue of its own. */
CLIQUE_API clique_status clique_device_choose(int node_rank, int node_size, clique_device* device);
/* The caller's own; all three are retained. The queue must be in order, and of that context and device. */
CLIQUE_API clique_status clique_device_create(cl_context context, cl_device_id native, cl_command_queue queue,
                                              clique_device* device);
/* What it consists of; each may be NULL. They live as long as the device: retain them for longer use. */
CLIQUE_API clique_status clique_device_get(clique_device device, cl_context* context, cl_device_id* native,
                                           cl_command_queue* queue);
/* Blocks until all that was enqueued is done, and visible to the host. */
CLIQUE_API clique_status clique_device_finish(clique_device device);
CLIQUE_API void clique_device_free(clique_device device);

/* ---- memory */

/* A buffer for device arrays: where ranks and devices share memory, from what all ranks of the node see. Given back by
 * clReleaseMemObject(). */
CLIQUE_API clique_status clique_alloc(clique_device device, size_t bytes, cl_mem* buffer);

/* Between the host and `count` elements of a buffer. Block. */
CLIQUE_API clique_status clique_write(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                      clique_datatype type, const void* host);
CLIQUE_API clique_status clique_read(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                     clique_datatype type, void* host);

/* to[to_offset + i * to_strides[0] + j * to_strides[1]] = from[the same of from], for i < rows and j < columns: strides
 * in elements. The two must not overlap. */
CLIQUE_API clique_status clique_copy_strided(clique_device device, cl_mem from, size_t from_offset,
                                             const size_t* from_strides, cl_mem to, size_t to_offset,
                                             const size_t* to_strides, size_t rows, size_t columns,
                                             clique_datatype type);

/* ---- elements: `value`, `start` and `step` point to one element */

CLIQUE_API clique_status clique_fill(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                     clique_datatype type, const void* value);
/* Element i becomes start + i * step. */
CLIQUE_API clique_status clique_arange(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                       clique_datatype type, const void* start, const void* step);
/* Element i becomes the number first + i of the sequence `seed`, the same for any number of ranks. */
CLIQUE_API clique_status clique_random(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                       clique_datatype type, uint64_t seed, uint64_t first);
/* The same number on the host. */
CLIQUE_API clique_status clique_random_at(clique_datatype type, uint64_t seed, uint64_t index, void* element);

/* An argument of an expression, by name: element i of a buffer, or, where that is not NULL, the one element `value`
 * for all i. */
typedef struct clique_arg {
  const char* name;
  cl_mem buffer;
  size_t offset; /* bytes */
  const void* value;
  clique_datatype type;
} clique_arg;
/* Element i becomes the expression: OpenCL C over the arguments, `i`, `rank` and `size`; see clique/elementwise.hpp. */
CLIQUE_API clique_status clique_transform(clique_device device, cl_mem buffer, size_t offset, size_t count,
                                          clique_datatype type, const char* expression, size_t num_args,
                                          const clique_arg* args);

#ifdef __cplusplus
}
#endif
#endif
