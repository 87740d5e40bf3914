/* Messages around the ring of ranks: each sends to the next one and receives from the one before. */
#include "test.h"

static int from, to;

static void test_pairs(void) {
  clique_message got = {-7, -7};
  cl_event event;
  clique_request request, sent;
  int source = -7, tag = -7;
  nothing_wanted();
  want_block(0, from, 0, N);

  /* Blocking: two ranks take turns. On one alone both at once. */
  prepare(own);
  if (size == 1) {
    DO(clique_isend(send, BYTES, N, CLIQUE_INT32, to, 4, world, NULL, 0, NULL, &sent));
    DO(clique_recv(receive, BYTES, N, CLIQUE_INT32, CLIQUE_ANY_SOURCE, CLIQUE_ANY_TAG, world, &got, NULL, 0, NULL,
                   NULL));
    DO(clique_request_wait(sent));
    clique_request_free(sent);
    DO(clique_send(NULL, 0, 0, CLIQUE_INT32, CLIQUE_NO_RANK, 4, world, NULL, 0, NULL, NULL));
  } else {
    if (rank != 0)
      DO(clique_recv(receive, BYTES, N, CLIQUE_INT32, CLIQUE_ANY_SOURCE, CLIQUE_ANY_TAG, world, &got, other, 0, NULL,
                     NULL));
    DO(clique_send(send, BYTES, N, CLIQUE_INT32, to, 4, world, other, 0, NULL, NULL));
    if (rank == 0) DO(clique_recv(receive, BYTES, N, CLIQUE_INT32, from, 4, world, &got, other, 0, NULL, NULL));
  }
  CHECK(got.source == from && got.tag == 4);
  compare("send and recv");

  /* With events. */
  prepare(other);
  {
    cl_event both[2];
    DO(clique_recv(receive, BYTES, N, CLIQUE_INT32, from, 5, world, NULL, other, 0, NULL, &both[0]));
    DO(clique_send(send, BYTES, N, CLIQUE_INT32, to, 5, world, other, 0, NULL, &both[1]));
    CL(clWaitForEvents(2, both));
    CL(clReleaseEvent(both[0]));
    CL(clReleaseEvent(both[1]));
  }
  compare("send and recv, with events");
  REFUSES(CLIQUE_INVALID_ARGUMENT,
          clique_recv(receive, BYTES, N, CLIQUE_INT32, from, 5, world, &got, NULL, 0, NULL, &event));

  /* With requests. */
  prepare(other);
  DO(clique_irecv(receive, BYTES, N, CLIQUE_INT32, from, CLIQUE_ANY_TAG, world, other, 0, NULL, &request));
  DO(clique_isend(send, BYTES, N, CLIQUE_INT32, to, 6, world, other, 0, NULL, &sent));
  DO(clique_request_wait(request));
  DO(clique_request_wait(sent));
  DO(clique_request_received(request, 0, &source, &tag));
  CHECK(source == from && tag == 6);
  clique_request_free(request);
  clique_request_free(sent);
  compare("isend and irecv");

  DO(clique_recv_init(receive, BYTES, N, CLIQUE_INT32, from, 7, world, other, 0, NULL, &request));
  DO(clique_send_init(send, BYTES, N, CLIQUE_INT32, to, 7, world, other, 0, NULL, &sent));
  for (int k = 0; k < 2; ++k) {
    prepare(other);
    DO(clique_request_start(request));
    DO(clique_request_start(sent));
    DO(clique_request_wait(sent));
    DO(clique_request_wait(request));
    DO(clique_request_received(request, 0, &source, NULL));
    CHECK(source == from);
    compare("send_init and recv_init");
  }
  clique_request_free(request);
  clique_request_free(sent);
}

static void test_both(void) {
  clique_message got = {-7, -7};
  clique_request request_;
  cl_event event;
  nothing_wanted();
  want_block(0, from, 0, N);
  prepare(other);
  DO(clique_sendrecv(send, BYTES, N, CLIQUE_INT32, to, 8, receive, BYTES, N, CLIQUE_INT32, from, 8, world, &got, other,
                     0, NULL, NULL));
  CHECK(got.source == from && got.tag == 8);
  compare("sendrecv");
  prepare(other);
  DO(clique_sendrecv(send, BYTES, N, CLIQUE_INT32, to, 8, receive, BYTES, N, CLIQUE_INT32, from, 8, world, NULL, other,
                     0, NULL, &event));
  CL(clWaitForEvents(1, &event));
  CL(clReleaseEvent(event));
  compare("sendrecv, with an event");
  REQUEST_FORMS(sendrecv, isendrecv, sendrecv_init, send, BYTES, N, CLIQUE_INT32, to, 8, receive, BYTES, N,
                CLIQUE_INT32, from, 8, world);

  /* There and back in place, by all forms. */
  prepare(own);
  CL(clEnqueueCopyBuffer(own, send, receive, BYTES, BYTES, N * 4, 0, NULL, NULL));
  DO(clique_sendrecv_replace(receive, BYTES, N, CLIQUE_INT32, to, 9, from, 9, world, &got, NULL, 0, NULL, NULL));
  CHECK(got.source == from && got.tag == 9);
  compare("sendrecv_replace");
  DO(clique_isendrecv_replace(receive, BYTES, N, CLIQUE_INT32, from, 9, to, 9, world, NULL, 0, NULL, &request_));
  DO(clique_request_wait(request_));
  clique_request_free(request_);
  want_block(0, rank, 0, N);
  compare("isendrecv_replace");
  DO(clique_sendrecv_replace_init(receive, BYTES, N, CLIQUE_INT32, to, 9, from, 9, world, NULL, 0, NULL, &request_));
  DO(clique_request_start(request_));
  DO(clique_request_wait(request_));
  want_block(0, from, 0, N);
  compare("sendrecv_replace_init");
  DO(clique_request_start(request_));
  DO(clique_request_wait(request_));
  clique_request_free(request_);
  want_block(0, (from - 1 + size) % size, 0, N);
  compare("sendrecv_replace_init, again");
}

static void test_groups(void) {
  clique_group group;
  clique_request request_;
  cl_event event;
  clique_message got[2] = {{-7, -7}, {-7, -7}};
  size_t messages = 0;
  DO(clique_group_create(world, &group));
  DO(clique_group_send(group, send, BYTES, N, CLIQUE_INT32, to, 1));
  DO(clique_group_clear(group));
  DO(clique_group_size(group, &messages));
  CHECK(messages == 0);
  /* Block 0 to the next rank, block 1 to the one before. */
  DO(clique_group_send(group, send, BYTES, N, CLIQUE_INT32, to, 1));
  DO(clique_group_send(group, send, BYTES + N * 4, N, CLIQUE_INT32, from, 2));
  DO(clique_group_recv(group, receive, BYTES, N, CLIQUE_INT32, from, 1));
  DO(clique_group_recv(group, receive, BYTES + N * 4, N, CLIQUE_INT32, to, 2));
  DO(clique_group_size(group, &messages));
  CHECK(messages == 4);
  nothing_wanted();
  want_block(0, from, 0, N);
  want_block(1, to, 1, N);

  prepare(other);
  DO(clique_group_run(group, got, other, 0, NULL, NULL));
  CHECK(got[0].source == from && got[0].tag == 1 && got[1].source == to && got[1].tag == 2);
  compare("a group");
  prepare(other);
  DO(clique_group_run(group, NULL, other, 0, NULL, &event));
  CL(clWaitForEvents(1, &event));
  CL(clReleaseEvent(event));
  compare("a group, with an event");
  REQUEST_FORMS(group, group_irun, group_run_init, group);
  clique_group_free(group);
}

void test_messages(void) {
  from = (rank + size - 1) % size;
  to = (rank + 1) % size;
  test_pairs();
  test_both();
  test_groups();
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_send(send, 0, N, CLIQUE_INT32, size, 0, world, NULL, 0, NULL, NULL));
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_send(send, 2, N, CLIQUE_INT32, to, 0, world, NULL, 0, NULL, NULL));
}
