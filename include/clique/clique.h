/* The C interface of clique: collectives on OpenCL device memory across MPI ranks, for C and for all languages that can
 * call C. It includes <CL/cl.h> alone; what takes an MPI_Comm is in clique_mpi.h. The headers of the C++ interface say
 * more about each operation, its rules and its algorithms; what holds for the whole C interface stands here.
 *
 * Errors. Functions return CLIQUE_SUCCESS or what went wrong; clique_last_error_message(), _rank() and _native() tell
 * more about the last failure in the calling thread. An error of a collective is returned on every rank, or on none,
 * also where one rank alone gave something wrong (an offset, a datatype); except for a null handle, which concerns the
 * rank that gave it, as do all errors of functions that are not collective. After CLIQUE_OPENCL_FAILURE,
 * CLIQUE_MPI_FAILURE and CLIQUE_TIMEOUT a communicator may be poisoned, and over messages ranks may learn that in their
 * next call (clique/collectives.hpp); after CLIQUE_POISONED it is of no more use. Nothing is written to the results of
 * a call that failed.
 *
 * Handles are opaque pointers, each given back by its ..._free(), which takes NULL too, in any order. A small number is
 * none, and an error. Functions are thread-safe as those of C++: a communicator and a device are, a request and a group
 * belong to one thread.
 *
 * Buffers are pairs of a cl_mem and an offset in bytes, which must be a multiple of the element's size; counts are in
 * elements. A buffer of no elements may be NULL. In a collective CLIQUE_IN_PLACE stands for a buffer whose data is in
 * the other one. clique_alloc() gives buffers that the ranks of a node can read without copies, but any buffer of the
 * communicator's context will do.
 *
 * What moves data comes in up to four forms, which all begin with the same arguments:
 *   clique_allreduce(..., comm, queue, num_events, wait_list, NULL)     blocks until it is done
 *   clique_allreduce(..., comm, queue, num_events, wait_list, &event)   returns at once; the event completes when it is
 *       done, or becomes negative if it fails. It needs MPI_THREAD_MULTIPLE (clique_init() asks for it) where ranks do
 *       not share memory. The caller releases the event.
 *   clique_iallreduce(..., comm, queue, num_events, wait_list, &request)       returns at once, with a request
 *   clique_allreduce_init(..., comm, queue, num_events, wait_list, &request)   collective, blocks; the request begins
 *       it each time that clique_request_start() is called. Ranks may start several such requests in different orders,
 *       but a call that is not persistent comes after the same number of starts on all ranks (clique/request.hpp)
 * Each begins when what was enqueued before it in the communicator's own queue and in `queue` is done, and the events
 * of the list are; a persistent one follows `queue` anew at each start. `queue` may be NULL; it must be of the
 * communicator's context. With CLIQUE_AFTER_EVENTS for `queue` it begins after those events alone, which saves a marker
 * where the communicator's queue may have work to do. Non-blocking calls keep the buffers until they are done; lists
 * are copied. */
#ifndef CLIQUE_CLIQUE_H
#define CLIQUE_CLIQUE_H

#include <clique/c/base.h>
#include <clique/c/collectives.h>
#include <clique/c/communicator.h>
#include <clique/c/device.h>
#include <clique/c/neighborhood.h>
#include <clique/c/point_to_point.h>
#include <clique/c/request.h>

#endif
