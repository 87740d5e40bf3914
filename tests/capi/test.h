/* What the parts of the C test share. It is C99, and uses every entry of the C interface (tests/capi/all_entries). */
#ifndef TEST_H
#define TEST_H

#include <clique/clique.h>

#include <stdio.h>
#include <string.h>

extern int rank, size;
extern clique_comm world;
extern clique_device device;
extern cl_context context;
extern cl_command_queue own, other; /* the communicator's, and another one */

/* Ends the job. */
void failed(const char* what, const char* file, int line);
void check_status(clique_status got, clique_status wanted, const char* what, const char* file, int line);
#define CHECK(condition) ((condition) ? (void)0 : failed(#condition, __FILE__, __LINE__))
#define DO(call) check_status((call), CLIQUE_SUCCESS, #call, __FILE__, __LINE__)
#define REFUSES(status, call) check_status((call), (status), #call, __FILE__, __LINE__)
#define CL(call) CHECK((call) == CL_SUCCESS)

/* int32 buffers: `send` has N elements for each of `size` blocks from element OFFSET on, `receive` is -1 all over. */
enum { N = 6, OFFSET = 3, BYTES = OFFSET * 4, CAPACITY = 256 };
extern cl_mem send, receive;
extern int32_t want[CAPACITY]; /* what `receive` shall hold */
int32_t value(int from, int block, int k);
void nothing_wanted(void);
void want_block(int at, int from, int block, int count);
/* Writes both buffers, by way of that queue, without waiting for it. */
void prepare(cl_command_queue by);
void compare(const char* what);

/* Calls NAME in all its forms, with these arguments, each of which must bring about what is wanted. */
#define ALL_FORMS(NAME, ...)                                 \
  do {                                                       \
    cl_event event_;                                         \
    clique_request request_;                                 \
    prepare(own);                                            \
    DO(clique_##NAME(__VA_ARGS__, NULL, 0, NULL, NULL));     \
    compare(#NAME);                                          \
    prepare(other);                                          \
    DO(clique_##NAME(__VA_ARGS__, other, 0, NULL, &event_)); \
    CL(clWaitForEvents(1, &event_));                         \
    CL(clReleaseEvent(event_));                              \
    compare(#NAME ", with an event");                        \
    REQUEST_FORMS(NAME, i##NAME, NAME##_init, __VA_ARGS__);  \
  } while (0)
#define REQUEST_FORMS(NAME, STARTED, PREPARED, ...)                  \
  do {                                                               \
    cl_event before_;                                                \
    prepare(other);                                                  \
    CL(clEnqueueMarkerWithWaitList(other, 0, NULL, &before_));       \
    CL(clFlush(other));                                              \
    DO(clique_##STARTED(__VA_ARGS__, NULL, 1, &before_, &request_)); \
    CL(clReleaseEvent(before_));                                     \
    DO(clique_request_wait(request_));                               \
    clique_request_free(request_);                                   \
    compare(#NAME ", with a request");                               \
    DO(clique_##PREPARED(__VA_ARGS__, other, 0, NULL, &request_));   \
    for (int time_ = 0; time_ < 2; ++time_) {                        \
      prepare(other);                                                \
      DO(clique_request_start(request_));                            \
      DO(clique_request_wait(request_));                             \
      compare(#NAME ", persistent");                                 \
    }                                                                \
    clique_request_free(request_);                                   \
  } while (0)

void test_errors(void);
void test_small_handles(void);
void test_largest_numbers(void);
void test_types(void);
void test_devices(void);
void test_communicators(void);
void leave(void);
void test_requests(void);
void test_collectives(void);
void test_neighborhoods(void);
void test_messages(void);

#endif
