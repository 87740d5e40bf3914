/* The C interface: communicators and topologies. Included by clique/clique.h, whose rules hold. What makes a
 * communicator is collective over its parent, and blocks. */
#ifndef CLIQUE_C_COMMUNICATOR_H
#define CLIQUE_C_COMMUNICATOR_H

#include <clique/c/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Initializes MPI with MPI_THREAD_MULTIPLE where nobody has; clique_finalize() then finalizes it. Calls may be nested.
 * A program that calls MPI_Init itself needs neither. For the main thread. */
CLIQUE_API clique_status clique_init(void);
CLIQUE_API clique_status clique_finalize(void);

/* ---- communicators */

/* Over MPI_COMM_WORLD, or the MPI communicator of that Fortran handle (MPI_Comm_c2f; mpi4py's py2f). `device` is this
 * rank's, or NULL: then it is chosen. It may be freed afterwards. */
CLIQUE_API clique_status clique_comm_create_world(clique_device device, clique_comm* comm);
CLIQUE_API clique_status clique_comm_create_from_fortran(int mpi, clique_device device, clique_comm* comm);
/* Local. What is in flight goes on. */
CLIQUE_API void clique_comm_free(clique_comm comm);
/* The same for a rank that cannot go on: the others get CLIQUE_POISONED instead of waiting for it. Local. */
CLIQUE_API void clique_comm_abort(clique_comm comm);

CLIQUE_API clique_status clique_comm_rank(clique_comm comm, int* rank);
CLIQUE_API clique_status clique_comm_size(clique_comm comm, int* size);
/* Its device. It belongs to the communicator, lives as long, and is not to be freed. */
CLIQUE_API clique_status clique_comm_device(clique_comm comm, clique_device* device);

/* This rank's place, for people; texts are cut where they are too long. */
typedef struct clique_rank_info {
  int rank, size;
  int node_rank, node_size; /* among the ranks that share this rank's memory */
  char host[256];
  char staging[16], staging_reason[256];            /* of arrays */
  char buffers[16], buffers_reason[256];            /* the same of other buffers that the host may touch */
  size_t staging_used, staging_peak, staging_limit; /* bytes of this process, in segments: now, at most so far, limit */
  char transport[16];                               /* "shm", "mpi", "shm+mpi" or "none" */
  char transport_reason[256];
  char mpi[256];
  clique_device_info device;
} clique_rank_info;
CLIQUE_API clique_status clique_comm_describe(clique_comm comm, clique_rank_info* info);

/* The longest that a wait may take before it returns CLIQUE_TIMEOUT. Local. */
CLIQUE_API clique_status clique_comm_set_timeout(clique_comm comm, double seconds);
CLIQUE_API clique_status clique_comm_timeout(clique_comm comm, double* seconds);

/* Which ranks compare what they call before a call goes on: all (CLIQUE_AGREEMENT_FULL, at first), or those alone who
 * exchange data (CLIQUE_AGREEMENT_PAIRS): what that promises and what not, see clique::agreement in
 * clique/communicator.hpp. For all calls from now on; to be alike on all ranks. Local. */
typedef enum clique_agreement { CLIQUE_AGREEMENT_FULL = 0, CLIQUE_AGREEMENT_PAIRS = 1 } clique_agreement;
CLIQUE_API clique_status clique_comm_set_agreement(clique_comm comm, clique_agreement with);
CLIQUE_API clique_status clique_comm_agreement(clique_comm comm, clique_agreement* with);

/* Collective, blocks: where a rank gives something else than CLIQUE_SUCCESS, all return that, with its message (which
 * may be NULL), and its rank as clique_last_error_rank(). */
CLIQUE_API clique_status clique_comm_agree(clique_comm comm, clique_status mine, const char* message);

CLIQUE_API clique_status clique_comm_dup(clique_comm parent, clique_comm* comm);
/* The ranks of one colour, by key. A rank of CLIQUE_UNDEFINED gets NULL. */
#define CLIQUE_UNDEFINED (-1)
CLIQUE_API clique_status clique_comm_split(clique_comm parent, int color, int key, clique_comm* comm);
/* The ranks that share this rank's memory. */
CLIQUE_API clique_status clique_comm_split_by_node(clique_comm parent, int key, clique_comm* comm);

/* ---- topologies, see clique/topology.hpp: a rank that there is not, is -1. The accessors are local */

/* Grids: one entry for each dimension; periods[d] is not 0 where dimension d is a ring. Ranks that are left over get
 * NULL. */
CLIQUE_API clique_status clique_cart_create(clique_comm parent, size_t dimensions, const int* dims, const int* periods,
                                            clique_comm* comm);
/* The grids of the dimensions whose entry in `remains` is not 0. */
CLIQUE_API clique_status clique_cart_sub(clique_comm grid, const int* remains, clique_comm* comm);
/* Replaces the zeros of `dims` so that their product is `ranks`. */
CLIQUE_API clique_status clique_dims_create(int ranks, size_t dimensions, int* dims);
CLIQUE_API clique_status clique_cart_dimensions(clique_comm grid, size_t* dimensions);
/* As many entries as there are dimensions; each list may be NULL. */
CLIQUE_API clique_status clique_cart_get(clique_comm grid, int* dims, int* periods);
CLIQUE_API clique_status clique_cart_coords(clique_comm grid, int rank, int* coords);
CLIQUE_API clique_status clique_cart_rank(clique_comm grid, const int* coords, int* rank);
/* Whom this rank receives from and sends to when all data moves by `displacement` along `direction`. */
CLIQUE_API clique_status clique_cart_shift(clique_comm grid, int direction, int displacement, int* source,
                                           int* destination);

/* Each rank gives whom it receives from and whom it sends to. */
CLIQUE_API clique_status clique_graph_create(clique_comm parent, size_t num_sources, const int* sources,
                                             size_t num_destinations, const int* destinations, clique_comm* comm);

typedef enum clique_topology { CLIQUE_NO_TOPOLOGY = 0, CLIQUE_CARTESIAN = 1, CLIQUE_GRAPH = 2 } clique_topology;
CLIQUE_API clique_status clique_comm_topology(clique_comm comm, clique_topology* kind);
/* How many neighbours this rank has, and which; of a grid, for each dimension the lower one, then the upper. */
CLIQUE_API clique_status clique_neighbors_count(clique_comm comm, size_t* num_sources, size_t* num_destinations);
CLIQUE_API clique_status clique_neighbors(clique_comm comm, int* sources, int* destinations);

#ifdef __cplusplus
}
#endif
#endif
