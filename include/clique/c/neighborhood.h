/* The C interface: the collectives of neighbourhoods. Included by clique/clique.h, whose rules hold. On communicators
 * with a topology: a block for each destination, one from each source, in the order of clique_neighbors(); lists have
 * an entry for each. clique/neighborhood.hpp says more. */
#ifndef CLIQUE_C_NEIGHBORHOOD_H
#define CLIQUE_C_NEIGHBORHOOD_H

#include <clique/c/collectives.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `send` goes to every destination. */
CLIQUE_API clique_status clique_neighbor_allgather(cl_mem send, size_t send_offset, cl_mem receive,
                                                   size_t receive_offset, size_t count, clique_datatype type,
                                                   clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                   const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ineighbor_allgather(cl_mem send, size_t send_offset, cl_mem receive,
                                                    size_t receive_offset, size_t count, clique_datatype type,
                                                    clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                    const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_neighbor_allgather_init(cl_mem send, size_t send_offset, cl_mem receive,
                                                        size_t receive_offset, size_t count, clique_datatype type,
                                                        clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                        const cl_event* wait_list, clique_request* request);

/* counts[i] elements come from source i; `count` is this rank's. */
CLIQUE_API clique_status clique_neighbor_allgatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                                    size_t receive_offset, const size_t* counts,
                                                    const size_t* displacements, clique_datatype type, clique_comm comm,
                                                    cl_command_queue queue, cl_uint num_events,
                                                    const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ineighbor_allgatherv(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                                     size_t receive_offset, const size_t* counts,
                                                     const size_t* displacements, clique_datatype type,
                                                     clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                     const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_neighbor_allgatherv_init(cl_mem send, size_t send_offset, size_t count, cl_mem receive,
                                                         size_t receive_offset, const size_t* counts,
                                                         const size_t* displacements, clique_datatype type,
                                                         clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                         const cl_event* wait_list, clique_request* request);

/* Block j of `send` goes to destination j, block i of `receive` comes from source i. */
CLIQUE_API clique_status clique_neighbor_alltoall(cl_mem send, size_t send_offset, cl_mem receive,
                                                  size_t receive_offset, size_t count, clique_datatype type,
                                                  clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                  const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ineighbor_alltoall(cl_mem send, size_t send_offset, cl_mem receive,
                                                   size_t receive_offset, size_t count, clique_datatype type,
                                                   clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                   const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_neighbor_alltoall_init(cl_mem send, size_t send_offset, cl_mem receive,
                                                       size_t receive_offset, size_t count, clique_datatype type,
                                                       clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                       const cl_event* wait_list, clique_request* request);

/* The same with counts and displacements. */
CLIQUE_API clique_status clique_neighbor_alltoallv(cl_mem send, size_t send_offset, const size_t* send_counts,
                                                   const size_t* send_displacements, cl_mem receive,
                                                   size_t receive_offset, const size_t* receive_counts,
                                                   const size_t* receive_displacements, clique_datatype type,
                                                   clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                   const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ineighbor_alltoallv(cl_mem send, size_t send_offset, const size_t* send_counts,
                                                    const size_t* send_displacements, cl_mem receive,
                                                    size_t receive_offset, const size_t* receive_counts,
                                                    const size_t* receive_displacements, clique_datatype type,
                                                    clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                    const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_neighbor_alltoallv_init(cl_mem send, size_t send_offset, const size_t* send_counts,
                                                        const size_t* send_displacements, cl_mem receive,
                                                        size_t receive_offset, const size_t* receive_counts,
                                                        const size_t* receive_displacements, clique_datatype type,
                                                        clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                                        const cl_event* wait_list, clique_request* request);

/* The same with a type for each block and displacements in bytes. */
CLIQUE_API clique_status clique_neighbor_alltoallw(cl_mem send, size_t send_offset, const size_t* send_counts,
                                                   const size_t* send_displacements, const clique_datatype* send_types,
                                                   cl_mem receive, size_t receive_offset, const size_t* receive_counts,
                                                   const size_t* receive_displacements,
                                                   const clique_datatype* receive_types, clique_comm comm,
                                                   cl_command_queue queue, cl_uint num_events,
                                                   const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_ineighbor_alltoallw(cl_mem send, size_t send_offset, const size_t* send_counts,
                                                    const size_t* send_displacements, const clique_datatype* send_types,
                                                    cl_mem receive, size_t receive_offset, const size_t* receive_counts,
                                                    const size_t* receive_displacements,
                                                    const clique_datatype* receive_types, clique_comm comm,
                                                    cl_command_queue queue, cl_uint num_events,
                                                    const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_neighbor_alltoallw_init(
    cl_mem send, size_t send_offset, const size_t* send_counts, const size_t* send_displacements,
    const clique_datatype* send_types, cl_mem receive, size_t receive_offset, const size_t* receive_counts,
    const size_t* receive_displacements, const clique_datatype* receive_types, clique_comm comm, cl_command_queue queue,
    cl_uint num_events, const cl_event* wait_list, clique_request* request);

#ifdef __cplusplus
}
#endif
#endif
