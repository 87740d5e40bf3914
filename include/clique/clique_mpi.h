/* The part of the C interface that needs mpi.h. */
#ifndef CLIQUE_CLIQUE_MPI_H
#define CLIQUE_CLIQUE_MPI_H

#include <clique/clique.h>

#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As clique_comm_create_world(), over the ranks of an MPI communicator, which must stay valid as long as the result and
 * the communicators made from it. */
CLIQUE_API clique_status clique_comm_create(MPI_Comm mpi, clique_device device, clique_comm* comm);

#ifdef __cplusplus
}
#endif
#endif
