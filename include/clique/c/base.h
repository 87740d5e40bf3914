/* The C interface: status codes, handles, datatypes and operators. Included by clique/clique.h, whose rules hold. */
#ifndef CLIQUE_C_BASE_H
#define CLIQUE_C_BASE_H

#include <clique/export.hpp> /* for the preprocessor alone, as the next */
#include <clique/version.hpp>

/* Without it CL/cl.h remarks that it takes a version by itself. A program that defines it before is heeded. */
#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 300
#endif
#include <CL/cl.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version: CLIQUE_VERSION_MAJOR, _MINOR, _PATCH and CLIQUE_VERSION are those of the headers */

/* CLIQUE_VERSION of the library: MAJOR * 10000 + MINOR * 100 + PATCH. */
CLIQUE_API int clique_version(void);

/* ---- errors */

/* The values are those of clique::status in clique/error.hpp, which says what they mean. */
typedef enum clique_status {
  CLIQUE_SUCCESS = 0,
  CLIQUE_INVALID_ARGUMENT = 1,
  CLIQUE_MISMATCH = 2,
  CLIQUE_NO_DEVICE = 3,
  CLIQUE_UNSUPPORTED = 4,
  CLIQUE_OUT_OF_MEMORY = 5,
  CLIQUE_BUILD_FAILURE = 6,
  CLIQUE_OPENCL_FAILURE = 7,
  CLIQUE_MPI_FAILURE = 8,
  CLIQUE_TIMEOUT = 9,
  CLIQUE_POISONED = 10,
  CLIQUE_INTERNAL = 11
} clique_status;

/* "invalid_argument". Never NULL. */
CLIQUE_API const char* clique_status_name(clique_status code);

/* Of the last failure in this thread: what happened (good until the next one), the rank that caused it or -1, and the
 * OpenCL or MPI code or 0. "" where nothing has failed yet. */
CLIQUE_API const char* clique_last_error_message(void);
CLIQUE_API int clique_last_error_rank(void);
CLIQUE_API int clique_last_error_native(void);

/* ---- handles */

typedef struct clique_device_s* clique_device;
typedef struct clique_comm_s* clique_comm;
typedef struct clique_request_s* clique_request;
typedef struct clique_group_s* clique_group;
typedef struct clique_op_s* clique_op;

/* For one buffer of a collective: its data is in the other one. */
#define CLIQUE_IN_PLACE ((cl_mem)(size_t)-1)

/* For the queue of a call: it begins after the events of its list alone, whatever the communicator's queue holds; with
 * none of them at once: the data is there, and nothing writes or reads it any more. */
#define CLIQUE_AFTER_EVENTS ((cl_command_queue)(size_t)-1)

/* ---- datatypes: the values are those of clique::datatype in clique/datatype.hpp; registered structs follow */

typedef int clique_datatype;
enum {
  CLIQUE_INT8 = 0,
  CLIQUE_UINT8 = 1,
  CLIQUE_INT16 = 2,
  CLIQUE_UINT16 = 3,
  CLIQUE_INT32 = 4,
  CLIQUE_UINT32 = 5,
  CLIQUE_INT64 = 6,
  CLIQUE_UINT64 = 7,
  CLIQUE_HALF = 8,
  CLIQUE_BFLOAT16 = 9,
  CLIQUE_FLOAT32 = 10,
  CLIQUE_FLOAT64 = 11,
  CLIQUE_COMPLEX64 = 12,
  CLIQUE_COMPLEX128 = 13,
  CLIQUE_INT32_INDEX = 14, /* a value and an int32_t, of minloc and maxloc */
  CLIQUE_INT64_INDEX = 15,
  CLIQUE_FLOAT32_INDEX = 16,
  CLIQUE_FLOAT64_INDEX = 17
};

/* A struct of `size` bytes as a datatype, for the rest of the process: what OpenCL C calls it, and the text that
 * declares it there (NULL or "" where OpenCL C has it). The same struct gives the same datatype again. Local. */
CLIQUE_API clique_status clique_datatype_register(const char* name, size_t size, const char* source,
                                                  clique_datatype* type);
/* Bytes of one element. */
CLIQUE_API clique_status clique_datatype_size(clique_datatype type, size_t* bytes);
/* "float32", or a struct's name; "unknown" for what is no datatype. Never NULL; good for the rest of the process. */
CLIQUE_API const char* clique_datatype_name(clique_datatype type);
/* The number type of that name; "float", "double" and "char" too. */
CLIQUE_API clique_status clique_datatype_parse(const char* name, clique_datatype* type);

/* ---- operators: what they compute is said in clique/reduce_op.hpp */

#define CLIQUE_SUM ((clique_op)(size_t)1)
#define CLIQUE_PROD ((clique_op)(size_t)2)
#define CLIQUE_MIN ((clique_op)(size_t)3)
#define CLIQUE_MAX ((clique_op)(size_t)4)
#define CLIQUE_LAND ((clique_op)(size_t)5)
#define CLIQUE_LOR ((clique_op)(size_t)6)
#define CLIQUE_LXOR ((clique_op)(size_t)7)
#define CLIQUE_BAND ((clique_op)(size_t)8)
#define CLIQUE_BOR ((clique_op)(size_t)9)
#define CLIQUE_BXOR ((clique_op)(size_t)10)
#define CLIQUE_MINLOC ((clique_op)(size_t)11)
#define CLIQUE_MAXLOC ((clique_op)(size_t)12)
#define CLIQUE_MEAN ((clique_op)(size_t)13)

/* The caller's own: OpenCL C over `a`, of lower ranks, and `b`; an expression, as "a + b", or the body of a function,
 * as "return a < b ? a : b;". `commutative` not 0 promises that a and b may be exchanged; `identity`, of
 * `identity_bytes` bytes, is one element that changes nothing, or NULL. Compiled at the first reduction. Local. */
CLIQUE_API clique_status clique_op_create_expression(const char* text, int commutative, const void* identity,
                                                     size_t identity_bytes, clique_op* op);
CLIQUE_API clique_status clique_op_create_body(const char* text, int commutative, const void* identity,
                                               size_t identity_bytes, clique_op* op);
/* The built-in one called "sum" ... "mean". */
CLIQUE_API clique_status clique_op_parse(const char* name, clique_op* op);
/* For people: "sum", or the text of a user's. Written to `name`, of `capacity` bytes, cut and ended by 0. */
CLIQUE_API clique_status clique_op_name(clique_op op, char* name, size_t capacity);
/* Operations in flight, and persistent ones, keep what they need. Nothing happens to a built-in one. */
CLIQUE_API void clique_op_free(clique_op op);

#ifdef __cplusplus
}
#endif
#endif
