/* The C interface: messages between two ranks. Included by clique/clique.h, whose rules hold; but that errors in the
 * arguments concern the rank that gave them. A send is done when its receiver has taken the data.
 * clique/point_to_point.hpp says more. */
#ifndef CLIQUE_C_POINT_TO_POINT_H
#define CLIQUE_C_POINT_TO_POINT_H

#include <clique/c/communicator.h>
#include <clique/c/request.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLIQUE_ANY_SOURCE (-2)
#define CLIQUE_ANY_TAG (-1)
#define CLIQUE_NO_RANK (-1) /* a message to or from it moves nothing: as the neighbour beyond a border */

/* Where a received message came from. The blocking forms write it, unless it is NULL; with an event it must be NULL.
 * For requests there is clique_request_received(). */
typedef struct clique_message {
  int source, tag;
} clique_message;

CLIQUE_API clique_status clique_send(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int to, int tag,
                                     clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                     const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_isend(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int to, int tag,
                                      clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                      const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_send_init(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int to,
                                          int tag, clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                          const cl_event* wait_list, clique_request* request);

/* All elements, of a message from `from` or CLIQUE_ANY_SOURCE, with that tag or CLIQUE_ANY_TAG. */
CLIQUE_API clique_status clique_recv(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int from,
                                     int tag, clique_comm comm, clique_message* received, cl_command_queue queue,
                                     cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_irecv(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int from,
                                      int tag, clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                      const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_recv_init(cl_mem buffer, size_t offset, size_t count, clique_datatype type, int from,
                                          int tag, clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                          const cl_event* wait_list, clique_request* request);

/* Both at once. */
CLIQUE_API clique_status clique_sendrecv(cl_mem send, size_t send_offset, size_t send_count, clique_datatype send_type,
                                         int to, int send_tag, cl_mem receive, size_t receive_offset,
                                         size_t receive_count, clique_datatype receive_type, int from, int receive_tag,
                                         clique_comm comm, clique_message* received, cl_command_queue queue,
                                         cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_isendrecv(cl_mem send, size_t send_offset, size_t send_count, clique_datatype send_type,
                                          int to, int send_tag, cl_mem receive, size_t receive_offset,
                                          size_t receive_count, clique_datatype receive_type, int from, int receive_tag,
                                          clique_comm comm, cl_command_queue queue, cl_uint num_events,
                                          const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_sendrecv_init(cl_mem send, size_t send_offset, size_t send_count,
                                              clique_datatype send_type, int to, int send_tag, cl_mem receive,
                                              size_t receive_offset, size_t receive_count, clique_datatype receive_type,
                                              int from, int receive_tag, clique_comm comm, cl_command_queue queue,
                                              cl_uint num_events, const cl_event* wait_list, clique_request* request);

/* The same in one buffer. */
CLIQUE_API clique_status clique_sendrecv_replace(cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                                                 int to, int send_tag, int from, int receive_tag, clique_comm comm,
                                                 clique_message* received, cl_command_queue queue, cl_uint num_events,
                                                 const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_isendrecv_replace(cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                                                  int to, int send_tag, int from, int receive_tag, clique_comm comm,
                                                  cl_command_queue queue, cl_uint num_events, const cl_event* wait_list,
                                                  clique_request* request);
CLIQUE_API clique_status clique_sendrecv_replace_init(cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                                                      int to, int send_tag, int from, int receive_tag, clique_comm comm,
                                                      cl_command_queue queue, cl_uint num_events,
                                                      const cl_event* wait_list, clique_request* request);

/* ---- groups: messages that go on together, so that their order does not matter. The communicator and the buffers must
 * live until the group is run, which it may be again and again. Not for use from two threads at once */

CLIQUE_API clique_status clique_group_create(clique_comm comm, clique_group* group);
CLIQUE_API void clique_group_free(clique_group group);
CLIQUE_API clique_status clique_group_send(clique_group group, cl_mem buffer, size_t offset, size_t count,
                                           clique_datatype type, int to, int tag);
CLIQUE_API clique_status clique_group_recv(clique_group group, cl_mem buffer, size_t offset, size_t count,
                                           clique_datatype type, int from, int tag);
/* How many messages it has, and none any more. */
CLIQUE_API clique_status clique_group_size(clique_group group, size_t* messages);
CLIQUE_API clique_status clique_group_clear(clique_group group);
/* All of them, as one call. `received` has an entry for each receive, or is NULL. */
CLIQUE_API clique_status clique_group_run(clique_group group, clique_message* received, cl_command_queue queue,
                                          cl_uint num_events, const cl_event* wait_list, cl_event* event);
CLIQUE_API clique_status clique_group_irun(clique_group group, cl_command_queue queue, cl_uint num_events,
                                           const cl_event* wait_list, clique_request* request);
CLIQUE_API clique_status clique_group_run_init(clique_group group, cl_command_queue queue, cl_uint num_events,
                                               const cl_event* wait_list, clique_request* request);

#ifdef __cplusplus
}
#endif
#endif
