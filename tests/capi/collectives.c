/* Every collective, in all its forms, with offsets, and in place where it may be. */
#include "test.h"

enum { MOST = 32 };

/* Of all ranks up to `last`: element k of block `block`. */
static int32_t sum(int last, int block, int k) {
  int32_t result = 0;
  for (int from = 0; from <= last; ++from) result += value(from, block, k);
  return result;
}

static void want_sum(int at, int last, int block) {
  for (int k = 0; k < N; ++k) want[OFFSET + at * N + k] = sum(last, block, k);
}

static void test_moves(void) {
  const int root = size - 1;
  size_t counts[MOST], places[MOST];
  for (int i = 0; i < size; ++i) {
    counts[i] = (size_t)i % N + 1;
    places[i] = (size_t)i * N;
  }
  nothing_wanted();
  ALL_FORMS(barrier, world);

  /* From `send` at the root, to `receive` elsewhere. */
  if (rank != root) want_block(0, root, 0, N);
  ALL_FORMS(bcast, rank == root ? send : receive, BYTES, N, CLIQUE_INT32, root, world);

  nothing_wanted();
  want_block(0, root, rank, N);
  ALL_FORMS(scatter, send, BYTES, receive, BYTES, N, CLIQUE_INT32, root, world);
  if (rank == root) nothing_wanted();
  ALL_FORMS(scatter, rank == root ? send : NULL, BYTES, rank == root ? CLIQUE_IN_PLACE : receive, BYTES, N,
            CLIQUE_INT32, root, world);

  nothing_wanted();
  want_block(0, root, rank, (int)counts[rank]);
  ALL_FORMS(scatterv, send, BYTES, rank == root ? counts : NULL, rank == root ? places : NULL, receive, BYTES,
            counts[rank], CLIQUE_INT32, root, world);

  nothing_wanted();
  for (int i = 0; i < size && rank == root; ++i) want_block(i, i, 0, N);
  ALL_FORMS(gather, send, BYTES, rank == root ? receive : NULL, BYTES, N, CLIQUE_INT32, root, world);

  nothing_wanted();
  for (int i = 0; i < size && rank == root; ++i) want_block(i, i, 0, (int)counts[i]);
  ALL_FORMS(gatherv, send, BYTES, counts[rank], receive, BYTES, rank == root ? counts : NULL,
            rank == root ? places : NULL, CLIQUE_INT32, root, world);

  nothing_wanted();
  for (int i = 0; i < size; ++i) want_block(i, i, 0, N);
  ALL_FORMS(allgather, send, BYTES, receive, BYTES, N, CLIQUE_INT32, world);

  nothing_wanted();
  for (int i = 0; i < size; ++i) want_block(i, i, 0, (int)counts[i]);
  ALL_FORMS(allgatherv, send, BYTES, counts[rank], receive, BYTES, counts, places, CLIQUE_INT32, world);
}

static void test_alltoall(void) {
  size_t send_counts[MOST], receive_counts[MOST], places[MOST], byte_places[MOST];
  clique_datatype send_types[MOST], receive_types[MOST];
  for (int i = 0; i < size; ++i) {
    send_counts[i] = (size_t)(rank + 2 * i) % N;
    receive_counts[i] = (size_t)(i + 2 * rank) % N;
    send_types[i] = (rank + i) % 2 == 0 ? CLIQUE_INT32 : CLIQUE_FLOAT32;
    receive_types[i] = send_types[i];
    places[i] = (size_t)i * N;
    byte_places[i] = places[i] * sizeof(int32_t);
  }
  nothing_wanted();
  for (int i = 0; i < size; ++i) want_block(i, i, rank, N);
  ALL_FORMS(alltoall, send, BYTES, receive, BYTES, N, CLIQUE_INT32, world);

  nothing_wanted();
  for (int i = 0; i < size; ++i) want_block(i, i, rank, (int)receive_counts[i]);
  ALL_FORMS(alltoallv, send, BYTES, send_counts, places, receive, BYTES, receive_counts, places, CLIQUE_INT32, world);
  ALL_FORMS(alltoallw, send, BYTES, send_counts, byte_places, send_types, receive, BYTES, receive_counts, byte_places,
            receive_types, world);
}

static void test_reductions(void) {
  const int root = size / 2;
  size_t counts[MOST], before = 0;
  for (int i = 0; i < size; ++i) counts[i] = (size_t)i % N + 1;
  for (int i = 0; i < rank; ++i) before += counts[i];

  nothing_wanted();
  if (rank == root) want_sum(0, size - 1, 0);
  ALL_FORMS(reduce, send, BYTES, rank == root ? receive : NULL, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, root, world);

  nothing_wanted();
  want_sum(0, size - 1, 0);
  want_sum(1, size - 1, 1);
  ALL_FORMS(allreduce, send, BYTES, receive, BYTES, 2 * N, CLIQUE_INT32, CLIQUE_SUM, world);

  nothing_wanted();
  for (size_t k = 0; k < counts[rank]; ++k)
    want[OFFSET + k] = sum(size - 1, (int)((before + k) / N), (int)((before + k) % N));
  ALL_FORMS(reduce_scatter, send, BYTES, receive, BYTES, counts, CLIQUE_INT32, CLIQUE_SUM, world);

  nothing_wanted();
  want_sum(0, size - 1, rank);
  ALL_FORMS(reduce_scatter_block, send, BYTES, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, world);

  nothing_wanted();
  want_sum(0, rank, 0);
  ALL_FORMS(scan, send, BYTES, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, world);

  nothing_wanted();
  want_sum(0, rank - 1, 0); /* rank 0: zeros */
  ALL_FORMS(exscan, send, BYTES, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, world);
}

/* `receive` holds what `send` does. */
static void prepare_in_place(void) {
  prepare(own);
  CL(clEnqueueCopyBuffer(own, send, receive, BYTES, BYTES, (size_t)(size * N) * 4, 0, NULL, NULL));
  nothing_wanted();
  for (int block = 0; block < size; ++block) want_block(block, rank, block, N);
}

static void test_in_place(void) {
  size_t counts[MOST], places[MOST], byte_places[MOST];
  clique_datatype types[MOST];
  for (int i = 0; i < size; ++i) {
    counts[i] = N;
    places[i] = (size_t)i * N;
    byte_places[i] = places[i] * 4;
    types[i] = CLIQUE_INT32;
  }
  prepare_in_place();
  DO(clique_allreduce(CLIQUE_IN_PLACE, 0, receive, BYTES, (size_t)(size * N), CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0,
                      NULL, NULL));
  for (int block = 0; block < size; ++block) want_sum(block, size - 1, block);
  compare("allreduce, in place");

  prepare_in_place();
  DO(clique_reduce(rank == 0 ? CLIQUE_IN_PLACE : receive, BYTES, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, 0, world,
                   NULL, 0, NULL, NULL));
  if (rank == 0) want_sum(0, size - 1, 0);
  compare("reduce, in place");

  prepare_in_place();
  DO(clique_allgather(CLIQUE_IN_PLACE, 0, receive, BYTES, N, CLIQUE_INT32, world, NULL, 0, NULL, NULL));
  for (int block = 0; block < size; ++block) want_block(block, block, block, N);
  compare("allgather, in place");

  for (int which = 0; which < 3; ++which) {
    prepare_in_place();
    if (which == 0)
      DO(clique_alltoall(CLIQUE_IN_PLACE, 0, receive, BYTES, N, CLIQUE_INT32, world, NULL, 0, NULL, NULL));
    else if (which == 1)
      DO(clique_alltoallv(CLIQUE_IN_PLACE, 0, NULL, NULL, receive, BYTES, counts, places, CLIQUE_INT32, world, NULL, 0,
                          NULL, NULL));
    else
      DO(clique_alltoallw(CLIQUE_IN_PLACE, 0, NULL, NULL, NULL, receive, BYTES, counts, byte_places, types, world, NULL,
                          0, NULL, NULL));
    for (int block = 0; block < size; ++block) want_block(block, block, rank, N);
    compare("alltoall, in place");
  }

  prepare_in_place();
  DO(clique_scan(CLIQUE_IN_PLACE, 0, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
  want_sum(0, rank, 0);
  compare("scan, in place");

  /* What follows a rank's own part is undefined: only that is looked at. */
  for (int which = 0; which < 2; ++which) {
    int32_t got[N];
    prepare_in_place();
    if (which == 0)
      DO(clique_reduce_scatter(CLIQUE_IN_PLACE, 0, receive, BYTES, counts, CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0,
                               NULL, NULL));
    else
      DO(clique_reduce_scatter_block(CLIQUE_IN_PLACE, 0, receive, BYTES, N, CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0,
                                     NULL, NULL));
    DO(clique_read(device, receive, BYTES, N, CLIQUE_INT32, got));
    for (int k = 0; k < N; ++k) CHECK(got[k] == sum(size - 1, rank, k));
  }
}

void test_collectives(void) {
  CHECK(size <= MOST && (size + 1) * N < CAPACITY - OFFSET);
  test_moves();
  test_alltoall();
  test_reductions();
  test_in_place();
}
