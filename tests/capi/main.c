/* The C interface, as a C program sees it, on any number of ranks. */
#include "test.h"

#include <clique/clique_mpi.h>

int rank, size;
clique_comm world;
clique_device device;
cl_context context;
cl_command_queue own, other;
cl_mem send, receive;
int32_t want[CAPACITY];

void failed(const char* what, const char* file, int line) {
  printf("clique-test: rank %d of %d failed: %s:%d: %s\n", rank, size, file, line, what);
  fflush(stdout);
  for (const double now = MPI_Wtime(); MPI_Wtime() < now + 0.3;) continue; /* what is on its way would be lost */
  MPI_Abort(MPI_COMM_WORLD, 1);
}

void check_status(clique_status got, clique_status wanted, const char* what, const char* file, int line) {
  if (got == wanted) return;
  printf("%s instead of %s: %s\n", clique_status_name(got), clique_status_name(wanted), clique_last_error_message());
  failed(what, file, line);
}

int32_t value(int from, int block, int k) {
  return from * 1000 + block * 100 + k;
}

void nothing_wanted(void) {
  for (int k = 0; k < CAPACITY; ++k) want[k] = -1;
}

void want_block(int at, int from, int block, int count) {
  for (int k = 0; k < count; ++k) want[OFFSET + at * N + k] = value(from, block, k);
}

void prepare(cl_command_queue by) {
  static int32_t sent[CAPACITY], none[CAPACITY]; /* until the queue has read them: they are always the same */
  for (int k = 0; k < CAPACITY; ++k) none[k] = -1;
  for (int block = 0; block * N < CAPACITY - OFFSET - N; ++block)
    for (int k = 0; k < N; ++k) sent[OFFSET + block * N + k] = value(rank, block, k);
  CL(clEnqueueWriteBuffer(by, send, CL_FALSE, 0, sizeof sent, sent, 0, NULL, NULL));
  CL(clEnqueueWriteBuffer(by, receive, CL_FALSE, 0, sizeof none, none, 0, NULL, NULL));
}

void compare(const char* what) {
  int32_t got[CAPACITY];
  CL(clEnqueueReadBuffer(own, receive, CL_TRUE, 0, sizeof got, got, 0, NULL, NULL));
  for (int k = 0; k < CAPACITY; ++k) {
    if (got[k] == want[k]) continue;
    printf("%s: rank %d of %d, element %d is %d instead of %d\n", what, rank, size, k, (int)got[k], (int)want[k]);
    failed("wrong elements", __FILE__, __LINE__);
  }
}

int main(int argc, char** argv) {
  cl_int code = CL_SUCCESS;
  cl_device_id native = NULL;
  DO(clique_init());
  DO(clique_comm_create(MPI_COMM_WORLD, NULL, &world));
  DO(clique_comm_rank(world, &rank));
  DO(clique_comm_size(world, &size));
  if (argc > 1 && strcmp(argv[1], "--leave") == 0) {
    leave();
    return clique_finalize();
  }
  DO(clique_comm_device(world, &device));
  DO(clique_device_get(device, &context, &native, &own));
  other = clCreateCommandQueue(context, native, 0, &code);
  CL(code);
  DO(clique_alloc(device, CAPACITY * sizeof want[0], &send));
  receive = clCreateBuffer(context, CL_MEM_READ_WRITE, CAPACITY * sizeof want[0], NULL, &code);
  CL(code);

  test_errors();
  test_small_handles();
  test_largest_numbers();
  test_types();
  test_devices();
  test_requests();
  test_collectives();
  test_messages();
  test_communicators();
  test_neighborhoods();

  DO(clique_device_finish(device));
  CL(clReleaseMemObject(send));
  CL(clReleaseMemObject(receive));
  CL(clReleaseCommandQueue(other));
  clique_comm_free(world);
  DO(clique_finalize());
  REFUSES(CLIQUE_INVALID_ARGUMENT, clique_finalize());
  printf("clique-test: rank %d of %d passed\n", rank, size);
  return 0;
}
