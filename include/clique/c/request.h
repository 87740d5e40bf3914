/* The C interface: requests, of non-blocking and persistent calls. Included by clique/clique.h, whose rules hold. */
#ifndef CLIQUE_C_REQUEST_H
#define CLIQUE_C_REQUEST_H

#include <clique/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a persistent call once more; the one before must be done. */
CLIQUE_API clique_status clique_request_start(clique_request request);
/* Whether it is done (1 or 0); does not block. These three return the operation's error. */
CLIQUE_API clique_status clique_request_test(clique_request request, int* done);
/* Blocks until it is done, at most as long as the communicator's timeout, or `seconds`: then CLIQUE_TIMEOUT, and the
 * communicator is poisoned. */
CLIQUE_API clique_status clique_request_wait(clique_request request);
CLIQUE_API clique_status clique_request_wait_for(clique_request request, double seconds);
/* An event that completes when it is done, or becomes negative if it fails. The caller releases it. */
CLIQUE_API clique_status clique_request_event(clique_request request, cl_event* event);
/* Of messages, once they are done: where receive `k` of the call came from. Each may be NULL. */
CLIQUE_API clique_status clique_request_received(clique_request request, size_t k, int* source, int* tag);
/* What is in flight goes on. */
CLIQUE_API void clique_request_free(clique_request request);

#ifdef __cplusplus
}
#endif
#endif
