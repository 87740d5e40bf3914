/* Errors, datatypes, operators, devices and elements. */
#include "test.h"

typedef struct pair_of_ints {
  int32_t a, b;
} pair_of_ints;

void test_errors(void) {
  int done = 0;
  clique_comm none = NULL;
  CHECK(clique_version() == CLIQUE_VERSION);
  CHECK(strcmp(clique_status_name(CLIQUE_OUT_OF_MEMORY), "out_of_memory") == 0);
  CHECK(strcmp(clique_status_name(CLIQUE_INTERNAL), "internal") == 0);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_rank(none, &done));
  CHECK(strstr(clique_last_error_message(), "NULL") != NULL);
  CHECK(clique_last_error_rank() == -1 && clique_last_error_native() == 0);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_rank(world, NULL));
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_test(NULL, &done));
  REFUSES(CLIQUE_INVALID_ARGUMENT,
          clique_iallreduce(send, 0, receive, 0, 1, CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
  clique_comm_free(NULL);
  clique_comm_abort(NULL);
  clique_device_free(NULL);
  clique_request_free(NULL);
  clique_group_free(NULL);
  clique_op_free(NULL);

  /* What one rank gives is an error on all, and the communicator works on: here the last rank. */
  for (int which = 0; which < 5; ++which) {
    const int odd = rank == size - 1;
    const size_t offset = odd && which == 0 ? 2 : 4;
    const clique_datatype type = odd && which == 1 ? 4711 : CLIQUE_INT32;
    const clique_op op = odd && which == 2 ? NULL : CLIQUE_SUM;
    const cl_mem in = odd && which == 3 ? NULL : send;
    const cl_uint events = odd && which == 4 ? 1 : 0;
    clique_request request = NULL;
    REFUSES(CLIQUE_INVALID_ARGUMENT,
            clique_allreduce(in, offset, receive, 0, 8, type, op, world, NULL, events, NULL, NULL));
    CHECK(clique_last_error_rank() == size - 1);
    DO(clique_iallreduce(in, offset, receive, 0, 8, type, op, world, NULL, events, NULL, &request));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_wait(request));
    clique_request_free(request);
    REFUSES(CLIQUE_INVALID_ARGUMENT,
            clique_allreduce_init(in, offset, receive, 0, 8, type, op, world, NULL, events, NULL, &request));
  }
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_bcast(CLIQUE_IN_PLACE, 0, 1, CLIQUE_INT32, 0, world, NULL, 0, NULL, NULL));
  REFUSES(CLIQUE_INVALID_ARGUMENT,
          clique_allreduce(send, 0, receive, 0, SIZE_MAX / 2, CLIQUE_INT32, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
  if (size > 1) {
    REFUSES(CLIQUE_MISMATCH, clique_bcast(send, 0, rank == 0 ? 1 : 2, CLIQUE_INT32, 0, world, NULL, 0, NULL, NULL));
    CHECK(strlen(clique_last_error_message()) > 10);
  }
}

/* Small numbers are no pointers: each is refused, on all ranks where the call is collective. */
void test_small_handles(void) {
  static const size_t numbers[] = {14, 15, 64, 255, 4095};
  const int32_t one = 1;
  for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; ++k) {
    const clique_op op = (clique_op)numbers[k];
    const clique_comm comm = (clique_comm)numbers[k];
    const clique_device on = (clique_device)numbers[k];
    const clique_group group = (clique_group)numbers[k];
    const cl_mem buffer = (cl_mem)numbers[k];
    clique_request request = (clique_request)numbers[k];
    clique_comm made = NULL;
    char name[8];
    int done = 0;
    REFUSES(CLIQUE_INVALID_ARGUMENT,
            clique_allreduce(send, 0, receive, 0, 1, CLIQUE_INT32, op, world, NULL, 0, NULL, NULL));
    CHECK(strstr(clique_last_error_message(), "is no operator") != NULL);
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_op_name(op, name, sizeof name));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_rank(comm, &done));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_barrier(comm, NULL, 0, NULL, NULL));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_dup(comm, &made));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_create_world(on, &made));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_device_finish(on));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_fill(on, send, 0, 1, CLIQUE_INT32, &one));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_test(request, &done));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_wait(request));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_request_start(request));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_group_send(group, send, 0, 1, CLIQUE_INT32, 0, 0));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_group_run(group, NULL, NULL, 0, NULL, NULL));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_fill(device, buffer, 0, 1, CLIQUE_INT32, &one));
    CHECK(strstr(clique_last_error_message(), "the buffer is the number") != NULL);
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_bcast(buffer, 0, 1, CLIQUE_INT32, 0, world, NULL, 0, NULL, NULL));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_barrier(world, (cl_command_queue)numbers[k], 0, NULL, NULL));
    REFUSES(CLIQUE_INVALID_ARGUMENT, clique_comm_rank(world, (int*)numbers[k]));
    clique_op_free(op);
    clique_comm_free(comm);
    clique_comm_abort(comm);
    clique_device_free(on);
    clique_request_free(request);
    clique_group_free(group);
  }
}

/* The largest number, which is what -1 becomes, is an error wherever it is a size or a count. */
void test_largest_numbers(void) {
  const size_t most = (size_t)-1;
  const int32_t one = 1;
  const size_t dense[2] = {1, 1}, wide[2] = {most, most};
  size_t many[CAPACITY], few[CAPACITY], none[CAPACITY];
  clique_datatype types[CAPACITY], bytes[CAPACITY];
  int numbers[4] = {0, 0, 0, 0};
  unsigned char host[64];
  const clique_arg arg = {"y", receive, most - 3, NULL, CLIQUE_INT32};
  const clique_arg none_given = {"y", NULL, 0, &one, CLIQUE_INT32};
  cl_mem buffer = NULL;
  clique_op op = NULL;
  clique_datatype type = 0;
  clique_comm comm = NULL;
  clique_group group = NULL;
  clique_request request = NULL;
  cl_device_id found;
  for (int k = 0; k < CAPACITY; ++k) {
    many[k] = most;
    few[k] = 1;
    none[k] = 0;
    types[k] = CLIQUE_INT32;
    bytes[k] = CLIQUE_UINT8;
  }
#define REFUSED(call) REFUSES(CLIQUE_INVALID_ARGUMENT, call)
  REFUSES(CLIQUE_OUT_OF_MEMORY, clique_alloc(device, most, &buffer));
  REFUSED(clique_device_list(most, &found, NULL));
  REFUSED(clique_datatype_register("largest", most, NULL, &type));
  REFUSED(clique_op_create_expression("a + b", 0, host, most, &op));
  REFUSED(clique_op_create_body("return a;", 0, host, most, &op));
  REFUSED(clique_transform(device, send, 0, 1, CLIQUE_INT32, "1", most, &none_given));
  REFUSED(clique_transform(device, send, 0, 1, CLIQUE_INT32, "y", 1, &arg));
  REFUSED(clique_copy_strided(device, send, 0, wide, receive, 0, dense, 2, 1, CLIQUE_INT32));
  REFUSED(clique_copy_strided(device, send, 0, dense, receive, 0, wide, 1, 2, CLIQUE_INT32));
  REFUSED(clique_copy_strided(device, send, 0, dense, receive, 0, dense, most, most, CLIQUE_INT32));
  REFUSED(clique_copy_strided(device, send, most, dense, receive, 0, dense, 1, 1, CLIQUE_UINT8));
  /* Elements of four bytes, and of one: there no product overflows. */
  for (int which = 0; which < 2; ++which) {
    const clique_datatype each = which == 0 ? CLIQUE_INT32 : CLIQUE_UINT8;
    for (int bad = 0; bad < 3; ++bad) { /* the count, the offset, both */
      const size_t count = bad == 1 ? 1 : most;
      const size_t offset = bad == 0 ? 0 : which == 0 ? most - 3 : most;
      REFUSED(clique_write(device, send, offset, count, each, host));
      REFUSED(clique_read(device, send, offset, count, each, host));
      REFUSED(clique_fill(device, send, offset, count, each, &one));
      REFUSED(clique_arange(device, send, offset, count, each, &one, &one));
      REFUSED(clique_random(device, send, offset, count, each, 1, most));
      REFUSED(clique_transform(device, send, offset, count, each, "1", 0, NULL));

      REFUSED(clique_bcast(send, offset, count, each, 0, world, NULL, 0, NULL, NULL));
      REFUSED(clique_scatter(send, offset, receive, 0, count, each, 0, world, NULL, 0, NULL, NULL));
      REFUSED(clique_gather(send, offset, receive, 0, count, each, 0, world, NULL, 0, NULL, NULL));
      REFUSED(clique_allgather(send, offset, receive, 0, count, each, world, NULL, 0, NULL, NULL));
      REFUSED(clique_allgather(send, 0, receive, offset, count, each, world, NULL, 0, NULL, NULL));
      REFUSED(clique_alltoall(send, offset, receive, 0, count, each, world, NULL, 0, NULL, NULL));
      REFUSED(clique_alltoall(send, 0, receive, offset, count, each, world, NULL, 0, NULL, NULL));
      REFUSED(clique_reduce(send, offset, receive, 0, count, each, CLIQUE_SUM, 0, world, NULL, 0, NULL, NULL));
      REFUSED(clique_allreduce(send, offset, receive, 0, count, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
      REFUSED(
          clique_allreduce(CLIQUE_IN_PLACE, 0, receive, offset, count, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
      REFUSED(
          clique_reduce_scatter_block(send, offset, receive, 0, count, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
      REFUSED(clique_scan(send, offset, receive, 0, count, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
      REFUSED(clique_exscan(send, offset, receive, 0, count, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
      REFUSED(clique_send(send, offset, count, each, rank, 0, world, NULL, 0, NULL, NULL));
      REFUSED(clique_recv(receive, offset, count, each, rank, 0, world, NULL, NULL, 0, NULL, NULL));
      REFUSED(
          clique_sendrecv_replace(receive, offset, count, each, rank, 0, rank, 0, world, NULL, NULL, 0, NULL, NULL));
    }
    REFUSED(clique_scatterv(send, 0, many, none, receive, 0, most, each, 0, world, NULL, 0, NULL, NULL));
    REFUSED(clique_scatterv(send, 0, few, many, receive, 0, 1, each, 0, world, NULL, 0, NULL, NULL));
    REFUSED(clique_gatherv(send, 0, most, receive, 0, many, none, each, 0, world, NULL, 0, NULL, NULL));
    REFUSED(clique_gatherv(send, 0, 1, receive, 0, few, many, each, 0, world, NULL, 0, NULL, NULL));
    REFUSED(clique_allgatherv(send, 0, most, receive, 0, many, none, each, world, NULL, 0, NULL, NULL));
    REFUSED(clique_allgatherv(send, 0, 1, receive, 0, few, many, each, world, NULL, 0, NULL, NULL));
    REFUSED(clique_alltoallv(send, 0, many, none, receive, 0, many, none, each, world, NULL, 0, NULL, NULL));
    REFUSED(clique_alltoallv(send, 0, few, many, receive, 0, few, many, each, world, NULL, 0, NULL, NULL));
    REFUSED(clique_alltoallw(send, 0, many, none, which == 0 ? types : bytes, receive, 0, many, none,
                             which == 0 ? types : bytes, world, NULL, 0, NULL, NULL));
    REFUSED(clique_alltoallw(send, 0, few, many, which == 0 ? types : bytes, receive, 0, few, many,
                             which == 0 ? types : bytes, world, NULL, 0, NULL, NULL));
    REFUSED(clique_reduce_scatter(send, 0, receive, 0, many, each, CLIQUE_SUM, world, NULL, 0, NULL, NULL));
  }
  REFUSED(clique_barrier(world, NULL, (cl_uint)-1, (const cl_event*)host, NULL));
  REFUSED(clique_cart_create(world, most, numbers, numbers, &comm));
  REFUSED(clique_dims_create(size, most, numbers));
  REFUSED(clique_graph_create(world, most, numbers, most, numbers, &comm));
  DO(clique_group_create(world, &group));
  DO(clique_group_send(group, send, 0, most, CLIQUE_UINT8, rank, 0));
  REFUSED(clique_group_run(group, NULL, NULL, 0, NULL, NULL));
  clique_group_free(group);
  DO(clique_irecv(receive, 0, 1, CLIQUE_INT32, rank, 7, world, NULL, 0, NULL, &request));
  DO(clique_send(send, 0, 1, CLIQUE_INT32, rank, 7, world, NULL, 0, NULL, NULL));
  DO(clique_request_wait(request));
  REFUSED(clique_request_received(request, most, NULL, NULL));
  clique_request_free(request);
#undef REFUSED
}

static void test_ops(void) {
  const int32_t zero = 0;
  clique_op sum, largest, parsed;
  char name[8];
  DO(clique_op_create_expression("a + b", 1, &zero, sizeof zero, &sum));
  DO(clique_op_create_body("if (a > b) return a; return b;", 0, NULL, 0, &largest));
  DO(clique_op_parse("max", &parsed));
  CHECK(parsed == CLIQUE_MAX);
  DO(clique_op_parse("mean", &parsed));
  CHECK(parsed == CLIQUE_MEAN);
  DO(clique_op_name(CLIQUE_MINLOC, name, sizeof name));
  CHECK(strcmp(name, "minloc") == 0);
  DO(clique_op_name(sum, name, sizeof name)); /* cut */
  CHECK(strlen(name) == sizeof name - 1);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_op_create_body("a + b", 0, NULL, 0, &parsed));
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_op_parse("sums", &parsed));

  nothing_wanted();
  for (int from = 0; from < size; ++from)
    for (int k = 0; k < N; ++k) want[OFFSET + k] += value(from, 0, k) + (from == 0 ? 1 : 0);
  ALL_FORMS(allreduce, send, BYTES, receive, BYTES, N, CLIQUE_INT32, sum, world);
  nothing_wanted();
  want_block(0, size - 1, 0, N);
  ALL_FORMS(allreduce, send, BYTES, receive, BYTES, N, CLIQUE_INT32, largest, world);

  /* Rank 0 gets the identity, where there is one. */
  nothing_wanted();
  for (int k = 0; k < N; ++k) want[OFFSET + k] = 0;
  for (int from = 0; from < rank; ++from)
    for (int k = 0; k < N; ++k) want[OFFSET + k] += value(from, 0, k);
  ALL_FORMS(exscan, send, BYTES, receive, BYTES, N, CLIQUE_INT32, sum, world);
  nothing_wanted();
  if (rank != 0) want_block(0, rank - 1, 0, N);
  ALL_FORMS(exscan, send, BYTES, receive, BYTES, N, CLIQUE_INT32, largest, world);

  {
    const clique_op same[] = {CLIQUE_MAX,  CLIQUE_MIN, CLIQUE_MEAN, CLIQUE_PROD,
                              CLIQUE_LAND, CLIQUE_LOR, CLIQUE_BAND, CLIQUE_BOR};
    /* Of ones all of these are 1; lxor and bxor tell how many there are. */
    const int32_t one = 1;
    int32_t got = 0;
    struct {
      float value;
      int32_t index;
    } place = {7.5f, rank};
    for (size_t k = 0; k < sizeof same / sizeof same[0] + 2; ++k) {
      const int odd = k >= sizeof same / sizeof same[0];
      const clique_op op = !odd ? same[k] : k % 2 == 0 ? CLIQUE_LXOR : CLIQUE_BXOR;
      DO(clique_fill(device, send, 0, 1, CLIQUE_INT32, &one));
      DO(clique_allreduce(send, 0, receive, 0, 1, CLIQUE_INT32, op, world, NULL, 0, NULL, NULL));
      DO(clique_read(device, receive, 0, 1, CLIQUE_INT32, &got));
      CHECK(got == (odd ? size % 2 : 1));
    }
    for (int k = 0; k < 2; ++k) {
      place.index = rank;
      DO(clique_write(device, send, 0, 1, CLIQUE_FLOAT32_INDEX, &place));
      DO(clique_allreduce(send, 0, receive, 0, 1, CLIQUE_FLOAT32_INDEX, k == 0 ? CLIQUE_MINLOC : CLIQUE_MAXLOC, world,
                          NULL, 0, NULL, NULL));
      DO(clique_read(device, receive, 0, 1, CLIQUE_FLOAT32_INDEX, &place));
      CHECK(place.value == 7.5f && place.index == 0);
    }
  }
  clique_op_free(sum);
  clique_op_free(largest);
  clique_op_free(CLIQUE_SUM);
}

void test_types(void) {
  static const char text[] = "typedef struct { int a, b; } pair_of_ints;";
  size_t bytes = 0;
  clique_datatype type = -1, again = -1;
  pair_of_ints pair = {0, 0};
  DO(clique_datatype_size(CLIQUE_COMPLEX128, &bytes));
  CHECK(bytes == 16);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_datatype_size(-1, &bytes));
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_datatype_size(63, &bytes));
  CHECK(strcmp(clique_datatype_name(CLIQUE_FLOAT64_INDEX), "float64_index") == 0);
  CHECK(strcmp(clique_datatype_name(CLIQUE_HALF), "half") == 0);
  CHECK(strcmp(clique_datatype_name(1 << 20), "unknown") == 0);
  DO(clique_datatype_parse("float", &type));
  CHECK(type == CLIQUE_FLOAT32);
  DO(clique_datatype_register("pair_of_ints", sizeof pair, text, &type));
  DO(clique_datatype_register("pair_of_ints", sizeof pair, text, &again));
  CHECK(type == again && type > CLIQUE_FLOAT64_INDEX);
  CHECK(strcmp(clique_datatype_name(type), "pair_of_ints") == 0);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_datatype_register("pair_of_ints", 12, text, &again));

  DO(clique_transform(device, send, 8, 2, type, "(pair_of_ints){rank, (int)i}", 0, NULL));
  DO(clique_bcast(send, 8, 2, type, size - 1, world, NULL, 0, NULL, NULL));
  DO(clique_read(device, send, 16, 1, type, &pair));
  CHECK(pair.a == size - 1 && pair.b == 1);
  test_ops();
}

void test_devices(void) {
  enum { MOST = 64 };
  cl_device_id all[MOST], native = NULL;
  size_t count = 0, known = 0;
  clique_device_info info;
  clique_device chosen, mine;
  cl_mem memory = NULL;
  float got[12], two = 2.0f, half = 0.5f;
  uint32_t at_5 = 0, random[3];
  const size_t rows[2] = {4, 1}, columns[2] = {1, 3};
  DO(clique_device_list(MOST, all, &count));
  CHECK(count > 0);
  DO(clique_device_list(0, NULL, &known));
  CHECK(known == count);
  DO(clique_device_get(device, NULL, &native, NULL));
  DO(clique_device_describe(native, &info));
  CHECK(info.name[0] != 0 && info.compute_units > 0 && info.memory >= info.max_allocation);
  DO(clique_device_choose(0, 1, &chosen));
  DO(clique_device_finish(chosen));
  clique_device_free(chosen);
  DO(clique_device_create(context, native, other, &mine));

  DO(clique_alloc(mine, 12 * sizeof(float), &memory));
  DO(clique_fill(mine, memory, 0, 12, CLIQUE_FLOAT32, &two));
  DO(clique_arange(mine, memory, 4, 8, CLIQUE_FLOAT32, &two, &half)); /* 2, 2 2.5 3 ... 5.5, 2 2 2 */
  {
    const clique_arg args[] = {{"x", memory, 0, NULL, CLIQUE_FLOAT32}, {"y", NULL, 0, &half, CLIQUE_FLOAT32}};
    DO(clique_transform(mine, memory, 0, 12, CLIQUE_FLOAT32, "x + y + size", 2, args)); /* 1 rank: + 1.5 */
    REFUSES(CLIQUE_BUILD_FAILURE, clique_transform(mine, memory, 0, 12, CLIQUE_FLOAT32, "x + z", 2, args));
    CHECK(strstr(clique_last_error_message(), "z") != NULL);
  }
  DO(clique_read(mine, memory, 0, 12, CLIQUE_FLOAT32, got));
  CHECK(got[0] == 3.5f && got[1] == 3.5f && got[2] == 4.0f && got[8] == 7.0f && got[9] == 3.5f);
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_read(mine, memory, 4, 12, CLIQUE_FLOAT32, got));
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_read(mine, memory, 2, 1, CLIQUE_FLOAT32, got));

  /* 3 rows of 4 become 4 rows of 3. */
  for (int k = 0; k < 12; ++k) got[k] = (float)k;
  DO(clique_write(mine, memory, 0, 12, CLIQUE_FLOAT32, got));
  DO(clique_copy_strided(mine, memory, 0, rows, receive, 8, columns, 3, 4, CLIQUE_FLOAT32));
  DO(clique_read(mine, receive, 8, 12, CLIQUE_FLOAT32, got));
  CHECK(got[0] == 0 && got[1] == 4 && got[2] == 8 && got[3] == 1 && got[11] == 11);

  DO(clique_random(mine, memory, 0, 3, CLIQUE_UINT32, 17, 3));
  DO(clique_read(mine, memory, 0, 3, CLIQUE_UINT32, random));
  DO(clique_random_at(CLIQUE_UINT32, 17, 5, &at_5));
  CHECK(random[2] == at_5 && random[1] != at_5);
  CL(clReleaseMemObject(memory));
  clique_device_free(mine);
}
