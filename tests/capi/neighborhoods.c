/* Topologies, and the collectives of neighbourhoods on a ring and on a graph. */
#include "test.h"

static void test_collectives_of(clique_comm ring, int lower, int upper) {
  /* What goes to the upper neighbour comes from its lower one. */
  const size_t send_counts[] = {4, 3}, receive_counts[] = {3, 4}, places[] = {0, N}, byte_places[] = {0, N * 4};
  const size_t gathered[] = {N, N};
  const clique_datatype types[] = {CLIQUE_INT32, CLIQUE_INT32};

  nothing_wanted();
  want_block(0, lower, 0, N);
  want_block(1, upper, 0, N);
  ALL_FORMS(neighbor_allgather, send, BYTES, receive, BYTES, N, CLIQUE_INT32, ring);
  ALL_FORMS(neighbor_allgatherv, send, BYTES, N, receive, BYTES, gathered, places, CLIQUE_INT32, ring);

  nothing_wanted();
  want_block(0, lower, 1, N);
  want_block(1, upper, 0, N);
  ALL_FORMS(neighbor_alltoall, send, BYTES, receive, BYTES, N, CLIQUE_INT32, ring);

  nothing_wanted();
  want_block(0, lower, 1, 3);
  want_block(1, upper, 0, 4);
  ALL_FORMS(neighbor_alltoallv, send, BYTES, send_counts, places, receive, BYTES, receive_counts, places, CLIQUE_INT32,
            ring);
  ALL_FORMS(neighbor_alltoallw, send, BYTES, send_counts, byte_places, types, receive, BYTES, receive_counts,
            byte_places, types, ring);

  REFUSES(CLIQUE_INVALID_ARGUMENT,
          clique_neighbor_allgather(CLIQUE_IN_PLACE, 0, receive, 0, N, CLIQUE_INT32, ring, NULL, 0, NULL, NULL));
  REFUSES(CLIQUE_INVALID_ARGUMENT,
          clique_neighbor_allgather(send, 0, receive, 0, N, CLIQUE_INT32, world, NULL, 0, NULL, NULL));
}

static void test_grid(void) {
  clique_comm grid = NULL, row = NULL;
  clique_topology kind;
  int dims[2] = {0, 0}, got_dims[2], periods[2] = {0, 1}, got_periods[2], coords[2], back = -7, columns = 0;
  const int remains[2] = {0, 1};
  size_t dimensions = 0;
  DO(clique_dims_create(size, 2, dims));
  CHECK(dims[0] * dims[1] == size && dims[0] >= dims[1]);
  DO(clique_cart_create(world, 2, dims, periods, &grid));
  CHECK(grid != NULL);
  DO(clique_comm_topology(grid, &kind));
  CHECK(kind == CLIQUE_CARTESIAN);
  DO(clique_cart_dimensions(grid, &dimensions));
  CHECK(dimensions == 2);
  DO(clique_cart_get(grid, got_dims, got_periods));
  CHECK(memcmp(dims, got_dims, sizeof dims) == 0 && memcmp(periods, got_periods, sizeof periods) == 0);
  DO(clique_cart_coords(grid, rank, coords));
  CHECK(coords[0] * dims[1] + coords[1] == rank);
  DO(clique_cart_rank(grid, coords, &back));
  CHECK(back == rank);
  DO(clique_cart_sub(grid, remains, &row));
  DO(clique_comm_size(row, &columns));
  CHECK(columns == dims[1]);
  clique_comm_free(row);
  clique_comm_free(grid);
}

void test_neighborhoods(void) {
  const int lower = (rank + size - 1) % size, upper = (rank + 1) % size, ring_dims[] = {size}, periods[] = {1};
  int source = -7, destination = -7, sources[2], destinations[2];
  size_t num_sources = 0, num_destinations = 0;
  clique_comm ring = NULL, graph = NULL;
  clique_topology kind;
  DO(clique_comm_topology(world, &kind));
  CHECK(kind == CLIQUE_NO_TOPOLOGY);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_cart_dimensions(world, &num_sources));
  test_grid();

  DO(clique_cart_create(world, 1, ring_dims, periods, &ring));
  DO(clique_cart_shift(ring, 0, 1, &source, &destination));
  CHECK(source == lower && destination == upper);
  DO(clique_neighbors_count(ring, &num_sources, &num_destinations));
  CHECK(num_sources == 2 && num_destinations == 2);
  DO(clique_neighbors(ring, sources, destinations));
  CHECK(sources[0] == lower && sources[1] == upper && destinations[0] == lower && destinations[1] == upper);
  test_collectives_of(ring, lower, upper);
  clique_comm_free(ring);

  /* Each sends to the next rank. */
  DO(clique_graph_create(world, 1, &lower, 1, &upper, &graph));
  DO(clique_comm_topology(graph, &kind));
  CHECK(kind == CLIQUE_GRAPH);
  nothing_wanted();
  want_block(0, lower, 0, N);
  prepare(own);
  DO(clique_neighbor_alltoall(send, BYTES, receive, BYTES, N, CLIQUE_INT32, graph, NULL, 0, NULL, NULL));
  compare("neighbor_alltoall, on a graph");
  clique_comm_free(graph);
}
