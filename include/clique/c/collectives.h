/* The C interface: collectives. Included by clique/clique.h, whose rules hold.
 *
 * Every rank of the communicator must call the same ones in the same order. Counts are those of MPI: of the block that
 * a rank gives or gets, not of a whole buffer; lists have an entry for each rank, displacements are in elements from
 * the buffer's offset on. What a rank does not need (on others than the root, say) may be NULL and 0.
 * clique/collectives.hpp and clique/reductions.hpp say more. */
#ifndef CLIQUE_C_COLLECTIVES_H
#define CLIQUE_C_COLLECTIVES_H

#include <clique/c/communicator.h>
#include <clique/c/request.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CLIQUE_FORMS(NAME, PARAMETERS...) declares the three forms of a collective: clique_NAME, clique_iNAME and
 * clique_NAME_init, as those of clique_barrier below with the PARAMETERS before the communicator. */
#define CLIQUE_FORMS(NAME, ...)                                                                                      \
  CLIQUE_API clique_status clique_##NAME(__VA_ARGS__, clique_comm comm, cl_command_queue queue, cl_uint num_events,  \
                                         const cl_event* wait_list, cl_event* event);                                \
  CLIQUE_API clique_status clique_i##NAME(__VA_ARGS__, clique_comm comm, cl_command_queue queue, cl_uint num_events, \
                                          const cl_event* wait_list, clique_request* request);                       \
  CLIQUE_API clique_status clique_##NAME##_init(__VA_ARGS__, clique_comm comm, cl_command_queue queue,               \
                                                cl_uint num_events, const cl_event* wait_list,                       \
                                                clique_request* request);

/* No rank goes on before all have come. */
CLIQUE_API clique_status clique_barrier(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                        const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ibarrier(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                         const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_barrier_init(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                             const cl_event* wait_list, clique_request* request);

/* The root's elements come to all. */
CLIQUE_FORMS(bcast, cl_mem buffer, size_t offset, size_t count, clique_datatype type, int root)

/* Block i of the root's `send` goes to rank i; `count` is that of a block. At the root `receive` may be
 * CLIQUE_IN_PLACE. */
CLIQUE_FORMS(scatter, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, int root)

/* counts[i] elements go to rank i; `count` is this rank's. The lists are looked at on the root alone. */
CLIQUE_FORMS(scatterv, cl_mem send, size_t send_offset, const size_t* counts, const size_t* displacements,
             cl_mem receive, size_t receive_offset, size_t count, clique_datatype type, int root)

/* Each rank's elements become block i of the root's `receive`. At the root `send` may be CLIQUE_IN_PLACE. */
CLIQUE_FORMS(gather, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, int root)

/* counts[i] elements come from rank i; `count` is this rank's. The lists are looked at on the root alone. */
CLIQUE_FORMS(gatherv, cl_mem send, size_t send_offset, size_t count, cl_mem receive, size_t receive_offset,
             const size_t* counts, const size_t* displacements, clique_datatype type, int root)

/* Each rank's elements become block i of all ranks' `receive`. `send` may be CLIQUE_IN_PLACE, here and in all that
 * follow. */
CLIQUE_FORMS(allgather, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type)

/* counts[i] elements come from rank i; `count` is this rank's. */
CLIQUE_FORMS(allgatherv, cl_mem send, size_t send_offset, size_t count, cl_mem receive, size_t receive_offset,
             const size_t* counts, const size_t* displacements, clique_datatype type)

/* Block j of `send` goes to rank j, block i of `receive` comes from rank i. */
CLIQUE_FORMS(alltoall, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type)

/* The same with counts and displacements. */
CLIQUE_FORMS(alltoallv, cl_mem send, size_t send_offset, const size_t* send_counts, const size_t* send_displacements,
             cl_mem receive, size_t receive_offset, const size_t* receive_counts, const size_t* receive_displacements,
             clique_datatype type)

/* The same with a type for each block and displacements in bytes. */
CLIQUE_FORMS(alltoallw, cl_mem send, size_t send_offset, const size_t* send_counts, const size_t* send_displacements,
             const clique_datatype* send_types, cl_mem receive, size_t receive_offset, const size_t* receive_counts,
             const size_t* receive_displacements, const clique_datatype* receive_types)

/* ---- reductions
 *
 * Element k of the root's `receive` is all ranks' send[k], combined in rank order. `send` may be CLIQUE_IN_PLACE at
 * the root. */
CLIQUE_FORMS(reduce, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, clique_op op, int root)

/* The same on all ranks. */
CLIQUE_FORMS(allreduce, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, clique_op op)

/* Rank i gets the i-th part, of counts[i] elements. In place it comes to the start of `receive`. */
CLIQUE_FORMS(reduce_scatter, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
             const size_t* counts, clique_datatype type, clique_op op)

/* The same with equal parts; `count` is that of a part. */
CLIQUE_FORMS(reduce_scatter_block, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, clique_op op)

/* Rank r gets the reduction over ranks 0 .. r. */
CLIQUE_FORMS(scan, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, clique_op op)

/* Rank r gets the reduction over ranks 0 .. r-1. Rank 0 gets the operator's identity; of a caller's operator that has
 * none, it keeps what it has. */
CLIQUE_FORMS(exscan, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type, clique_op op)

#ifdef __cplusplus
}
#endif
#endif
