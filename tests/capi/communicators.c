/* Communicators, agreement, and requests by themselves. */
#include "test.h"

#include <clique/clique_mpi.h>

/* The sum over its ranks of 1, by an allreduce on it. */
static int members(clique_comm comm) {
  const int32_t one = 1;
  int32_t got = 0;
  DO(clique_fill(device, send, 0, 1, CLIQUE_INT32, &one));
  DO(clique_allreduce(send, 0, receive, 0, 1, CLIQUE_INT32, CLIQUE_SUM, comm, NULL, 0, NULL, NULL));
  DO(clique_read(device, receive, 0, 1, CLIQUE_INT32, &got));
  return (int)got;
}

void test_communicators(void) {
  clique_comm made = NULL;
  clique_rank_info info;
  clique_device mine;
  cl_device_id native = NULL;
  clique_agreement with = CLIQUE_AGREEMENT_PAIRS;
  double seconds = 0;
  int got = -7;
  DO(clique_comm_describe(world, &info));
  CHECK(info.rank == rank && info.size == size && info.host[0] != 0 && info.device.name[0] != 0);
  CHECK(strcmp(info.transport, size == 1 ? "none" : "shm") == 0 || strstr(info.transport, "mpi") != NULL);

  DO(clique_comm_create_world(NULL, &made));
  CHECK(members(world) == size);
  DO(clique_comm_set_timeout(made, 12.5));
  DO(clique_comm_timeout(made, &seconds));
  CHECK(seconds == 12.5);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_set_timeout(made, -1));
  clique_comm_free(made);

  /* With a device of the caller's. */
  DO(clique_device_get(device, NULL, &native, NULL));
  DO(clique_device_create(context, native, own, &mine));
  DO(clique_comm_create_from_fortran((int)MPI_Comm_c2f(MPI_COMM_WORLD), mine, &made));
  clique_device_free(mine);
  CHECK(members(made) == size);
  clique_comm_free(made);

  DO(clique_comm_agree(world, CLIQUE_SUCCESS, NULL));
  REFUSES(CLIQUE_OUT_OF_MEMORY,
          clique_comm_agree(world, rank == size - 1 ? CLIQUE_OUT_OF_MEMORY : CLIQUE_SUCCESS, "a full cupboard"));
  CHECK(strstr(clique_last_error_message(), "a full cupboard") != NULL && clique_last_error_rank() == size - 1);

  DO(clique_comm_dup(world, &made));
  DO(clique_comm_agreement(made, &with));
  CHECK(with == CLIQUE_AGREEMENT_FULL);
  DO(clique_comm_set_agreement(made, CLIQUE_AGREEMENT_PAIRS));
  DO(clique_comm_agreement(made, &with));
  CHECK(with == CLIQUE_AGREEMENT_PAIRS);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_set_agreement(made, (clique_agreement)2));
  CHECK(members(made) == size);
  clique_comm_free(made);

  DO(clique_comm_split(world, rank == 0 ? CLIQUE_UNDEFINED : rank % 2, -rank, &made));
  if (rank == 0) {
    CHECK(made == NULL);
  } else {
    const int all = rank % 2 == 0 ? (size - 1) / 2 : size / 2;
    CHECK(members(made) == all);
    DO(clique_comm_rank(made, &got));
    CHECK(got == all - 1 - (rank - 1) / 2);
    clique_comm_free(made);
  }

  DO(clique_comm_split_by_node(world, 0, &made));
  CHECK(members(made) == (strstr(info.transport, "shm") != NULL ? info.node_size : 1));
  clique_comm_free(made);
}

/* A rank that leaves poisons the communicator for the others; MPI then cannot be finalized, so that the job fails. */
void leave(void) {
  if (rank == 0) {
    clique_comm_abort(world);
  } else {
    REFUSES(CLIQUE_POISONED, clique_barrier(world, NULL, 0, NULL, NULL));
    REFUSES(CLIQUE_POISONED, clique_barrier(world, NULL, 0, NULL, NULL));
    CHECK(clique_last_error_rank() == 0);
    printf("rank %d knows\n", rank);
    fflush(stdout);
    clique_comm_free(world);
  }
}

void test_requests(void) {
  clique_request request;
  cl_event gate, done_event;
  cl_int code = CL_SUCCESS;
  int done = -1, source = -7;
  nothing_wanted();
  for (int block = 0; block < size; ++block) want_block(block, block, rank, N);

  /* It begins after the event, and after what the other queue holds. */
  for (int by_queue = 0; by_queue < 2; ++by_queue) {
    prepare(own);
    gate = clCreateUserEvent(context, &code);
    CL(code);
    if (by_queue) {
      CL(clEnqueueMarkerWithWaitList(other, 1, &gate, NULL));
      CL(clFlush(other));
    }
    DO(clique_ialltoall(send, BYTES, receive, BYTES, N, CLIQUE_INT32, world, by_queue ? other : NULL, by_queue ? 0 : 1,
                        by_queue ? NULL : &gate, &request));
    for (int k = 0; k < 20; ++k) {
      DO(clique_request_test(request, &done));
      CHECK(done == 0);
    }
    DO(clique_request_event(request, &done_event));
    CL(clSetUserEventStatus(gate, CL_COMPLETE));
    CL(clWaitForEvents(1, &done_event));
    DO(clique_request_test(request, &done));
    CHECK(done == 1);
    DO(clique_request_wait_for(request, 30));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_start(request));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_received(request, 0, &source, NULL));
    clique_request_free(request);
    CL(clReleaseEvent(done_event));
    CL(clReleaseEvent(gate));
    compare("a gate");
  }

  /* After the events of its list alone: what the queue holds is still waited for when it is done. */
  for (int waits = 0; waits < 2; ++waits) {
    cl_event mine = clCreateUserEvent(context, &code);
    CL(code);
    prepare(own);
    CL(clFinish(own));
    gate = clCreateUserEvent(context, &code);
    CL(code);
    CL(clEnqueueMarkerWithWaitList(own, 1, &gate, NULL));
    CL(clFlush(own));
    DO(clique_ialltoall(send, BYTES, receive, BYTES, N, CLIQUE_INT32, world, CLIQUE_AFTER_EVENTS, (cl_uint)waits,
                        waits ? &mine : NULL, &request));
    for (int k = 0; waits && k < 20; ++k) {
      DO(clique_request_test(request, &done));
      CHECK(done == 0);
    }
    CL(clSetUserEventStatus(mine, CL_COMPLETE));
    DO(clique_request_wait_for(request, 30));
    clique_request_free(request);
    CL(clSetUserEventStatus(gate, CL_COMPLETE));
    CL(clReleaseEvent(gate));
    CL(clReleaseEvent(mine));
    compare("events alone");
  }

  /* A persistent one follows the queue at each start. */
  DO(clique_alltoall_init(send, BYTES, receive, BYTES, N, CLIQUE_INT32, world, other, 0, NULL, &request));
  DO(clique_request_test(request, &done));
  CHECK(done == 1);
  for (int k = 0; k < 2; ++k) {
    prepare(own);
    gate = clCreateUserEvent(context, &code);
    CL(code);
    CL(clEnqueueMarkerWithWaitList(other, 1, &gate, NULL));
    DO(clique_request_start(request));
    DO(clique_request_test(request, &done));
    CHECK(done == 0);
    CL(clSetUserEventStatus(gate, CL_COMPLETE));
    CL(clReleaseEvent(gate));
    DO(clique_request_wait(request));
    compare("a gate, persistent");
  }
  clique_request_free(request);
}
