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

/* No rank goes on before all have come. */
CLIQUE_API clique_status clique_barrier(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                        const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ibarrier(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                         const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_barrier_init(clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                             const cl_event* wait_list, clique_request* request);

/* The root's elements come to all. */
CLIQUE_API clique_status clique_bcast(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int root,
                                      clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                      const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ibcast(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int root,
                                       clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                       const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_bcast_init(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int root,
                                           clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                           const cl_event* wait_list, clique_request* request);

/* Block i of the root's `send` goes to rank i; `count` is that of a block. At the root `receive` may be
 * CLIQUE_IN_PLACE. */
CLIQUE_API clique_status clique_scatter(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                        size_t count, clique_datatype type, int root, clique_comm comm,
                                        cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                        cl_event* event);
CLIQUE_API clique_status clique_iscatter(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                         size_t count, clique_datatype type, int root, clique_comm comm,
                                         cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                         clique_request* request);
CLIQUE_API clique_status clique_scatter_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                             size_t count, clique_datatype type, int root, clique_comm comm,
                                             cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                             clique_request* request);

/* counts[i] elements go to rank i; `count` is this rank's. The lists are looked at on the root alone. */
CLIQUE_API clique_status clique_scatterv(cl_mem send, size_t send_offset, const size_t* counts,
                                         const size_t* displacements, cl_mem receive, size_t receive_offset,
                                         size_t count, clique_datatype type, int root, clique_comm comm,
                                         cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                         cl_event* event);
CLIQUE_API clique_status clique_iscatterv(cl_mem send, size_t send_offset, const size_t* counts,
                                          const size_t* displacements, cl_mem receive, size_t receive_offset,
                                          size_t count, clique_datatype type, int root, clique_comm comm,
                                          cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                          clique_request* request);
CLIQUE_API clique_status clique_scatterv_init(cl_mem send, size_t send_offset, const size_t* counts,
                                              const size_t* displacements, cl_mem receive, size_t receive_offset,
                                              size_t count, clique_datatype type, int root, clique_comm comm,
                                              cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                              clique_request* request);

/* Each rank's elements become block i of the root's `receive`. At the root `send` may be CLIQUE_IN_PLACE. */
CLIQUE_API clique_status clique_gather(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                       size_t count, clique_datatype type, int root, clique_comm comm,
                                       cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                       cl_event* event);
CLIQUE_API clique_status clique_igather(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                        size_t count, clique_datatype type, int root, clique_comm comm,
                                        cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                        clique_request* request);
CLIQUE_API clique_status clique_gather_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                            size_t count, clique_datatype type, int root, clique_comm comm,
                                            cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                            clique_request* request);

/* counts[i] elements come from rank i; `count` is this rank's. The lists are looked at on the root alone. */
CLIQUE_API clique_status clique_gatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                        size_t receive_offset, const size_t* counts, const size_t* displacements,
                                        clique_datatype type, int root, clique_comm comm, cl_command_queue queue,
                                        cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_igatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                         size_t receive_offset, const size_t* counts, const size_t* displacements,
                                         clique_datatype type, int root, clique_comm comm, cl_command_queue queue,
                                         cl_uint num_events, const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_gatherv_init(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                             size_t receive_offset, const size_t* counts, const size_t* displacements,
                                             clique_datatype type, int root, clique_comm comm, cl_command_queue queue,
                                             cl_uint num_events, const cl_event* wait_list, clique_request* request);

/* Each rank's elements become block i of all ranks' `receive`. `send` may be CLIQUE_IN_PLACE, here and in all that
 * follow. */
CLIQUE_API clique_status clique_allgather(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                          size_t count, clique_datatype type, clique_comm comm, cl_command_queue queue,
                                          cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_iallgather(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                           size_t count, clique_datatype type, clique_comm comm, cl_command_queue queue,
                                           cl_uint num_events, const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_allgather_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                               size_t count, clique_datatype type, clique_comm comm,
                                               cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                               clique_request* request);

/* counts[i] elements come from rank i; `count` is this rank's. */
CLIQUE_API clique_status clique_allgatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                           size_t receive_offset, const size_t* counts, const size_t* displacements,
                                           clique_datatype type, clique_comm comm, cl_command_queue queue,
                                           cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_iallgatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                            size_t receive_offset, const size_t* counts, const size_t* displacements,
                                            clique_datatype type, clique_comm comm, cl_command_queue queue,
                                            cl_uint num_events, const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_allgatherv_init(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                                size_t receive_offset, const size_t* counts,
                                                const size_t* displacements, clique_datatype type, clique_comm comm,
                                                cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                                clique_request* request);

/* Block j of `send` goes to rank j, block i of `receive` comes from rank i. */
CLIQUE_API clique_status clique_alltoall(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                         size_t count, clique_datatype type, clique_comm comm, cl_command_queue queue,
                                         cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ialltoall(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                          size_t count, clique_datatype type, clique_comm comm, cl_command_queue queue,
                                          cl_uint num_events, const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_alltoall_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                              size_t count, clique_datatype type, clique_comm comm,
                                              cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                              clique_request* request);

/* The same with counts and displacements. */
CLIQUE_API clique_status clique_alltoallv(cl_mem send, size_t send_offset, const size_t* send_counts,
                                          const size_t* send_displacements, cl_mem receive, size_t receive_offset,
                                          const size_t* receive_counts, const size_t* receive_displacements,
                                          clique_datatype type, clique_comm comm, cl_command_queue queue,
                                          cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ialltoallv(cl_mem send, size_t send_offset, const size_t* send_counts,
                                           const size_t* send_displacements, cl_mem receive, size_t receive_offset,
                                           const size_t* receive_counts, const size_t* receive_displacements,
                                           clique_datatype type, clique_comm comm, cl_command_queue queue,
                                           cl_uint num_events, const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_alltoallv_init(cl_mem send, size_t send_offset, const size_t* send_counts,
                                               const size_t* send_displacements, cl_mem receive, size_t receive_offset,
                                               const size_t* receive_counts, const size_t* receive_displacements,
                                               clique_datatype type, clique_comm comm, cl_command_queue queue,
                                               cl_uint num_events, const cl_event* wait_list, clique_request* request);

/* The same with a type for each block and displacements in bytes. */
CLIQUE_API clique_status clique_alltoallw(cl_mem send, size_t send_offset, const size_t* send_counts,
                                          const size_t* send_displacements, const clique_datatype* send_types,
                                          cl_mem receive, size_t receive_offset, const size_t* receive_counts,
                                          const size_t* receive_displacements, const clique_datatype* receive_types,
                                          clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                          const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ialltoallw(cl_mem send, size_t send_offset, const size_t* send_counts,
                                           const size_t* send_displacements, const clique_datatype* send_types,
                                           cl_mem receive, size_t receive_offset, const size_t* receive_counts,
                                           const size_t* receive_displacements, const clique_datatype* receive_types,
                                           clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                           const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_alltoallw_init(cl_mem send, size_t send_offset, const size_t* send_counts,
                                               const size_t* send_displacements, const clique_datatype* send_types,
                                               cl_mem receive, size_t receive_offset, const size_t* receive_counts,
                                               const size_t* receive_displacements,
                                               const clique_datatype* receive_types, clique_comm comm,
                                               cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                               clique_request* request);

/* ---- reductions
 *
 * Element k of the root's `receive` is all ranks' send[k], combined in rank order. `send` may be CLIQUE_IN_PLACE at
 * the root. */
CLIQUE_API clique_status clique_reduce(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                       size_t count, clique_datatype type, clique_op op, int root, clique_comm comm,
                                       cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                       cl_event* event);
CLIQUE_API clique_status clique_ireduce(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                        size_t count, clique_datatype type, clique_op op, int root, clique_comm comm,
                                        cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                        clique_request* request);
CLIQUE_API clique_status clique_reduce_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                            size_t count, clique_datatype type, clique_op op, int root,
                                            clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                            const cl_event* wait_list, clique_request* request);

/* The same on all ranks. */
CLIQUE_API clique_status clique_allreduce(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                          size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                          cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                          cl_event* event);
CLIQUE_API clique_status clique_iallreduce(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                           size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                           cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                           clique_request* request);
CLIQUE_API clique_status clique_allreduce_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                               size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                               cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                               clique_request* request);

/* Rank i gets the i-th part, of counts[i] elements. In place it comes to the start of `receive`. */
CLIQUE_API clique_status clique_reduce_scatter(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                               const size_t* counts, clique_datatype type, clique_op op,
                                               clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                               const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ireduce_scatter(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                                const size_t* counts, clique_datatype type, clique_op op,
                                                clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_reduce_scatter_init(cl_mem send, size_t send_offset, cl_mem receive,
                                                    size_t receive_offset, const size_t* counts, clique_datatype type,
                                                    clique_op op, clique_comm comm, cl_command_queue queue,
                                                    cl_uint num_events, const cl_event* wait_list,
                                                    clique_request* request);

/* The same with equal parts; `count` is that of a part. */
CLIQUE_API clique_status clique_reduce_scatter_block(cl_mem send, size_t send_offset, cl_mem receive,
                                                     size_t receive_offset, size_t count, clique_datatype type,
                                                     clique_op op, clique_comm comm, cl_command_queue queue,
                                                     cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ireduce_scatter_block(cl_mem send, size_t send_offset, cl_mem receive,
                                                      size_t receive_offset, size_t count, clique_datatype type,
                                                      clique_op op, clique_comm comm, cl_command_queue queue,
                                                      cl_uint num_events, const cl_event* wait_list,
                                                      clique_request* request);
CLIQUE_API clique_status clique_reduce_scatter_block_init(cl_mem send, size_t send_offset, cl_mem receive,
                                                          size_t receive_offset, size_t count, clique_datatype type,
                                                          clique_op op, clique_comm comm, cl_command_queue queue,
                                                          cl_uint num_events, const cl_event* wait_list,
                                                          clique_request* request);

/* Rank r gets the reduction over ranks 0 .. r. */
CLIQUE_API clique_status clique_scan(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                     size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                     cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                     cl_event* event);
CLIQUE_API clique_status clique_iscan(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                      size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                      cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                      clique_request* request);
CLIQUE_API clique_status clique_scan_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                          size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                          cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                          clique_request* request);

/* Rank r gets the reduction over ranks 0 .. r-1. Rank 0 gets the operator's identity; of a caller's operator that has
 * none, it keeps what it has. */
CLIQUE_API clique_status clique_exscan(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                       size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                       cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                       cl_event* event);
CLIQUE_API clique_status clique_iexscan(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                        size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                        cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                        clique_request* request);
CLIQUE_API clique_status clique_exscan_init(cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset,
                                            size_t count, clique_datatype type, clique_op op, clique_comm comm,
                                            cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                            clique_request* request);

#ifdef __cplusplus
}
#endif
#endif
