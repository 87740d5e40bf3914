/* The C interface: the collectives of neighbourhoods. Included by clique/clique.h, whose rules hold. On communicators
 * with a topology: a block for each destination, one from each source, in the order of clique_neighbors(); lists have
 * an entry for each. clique/neighborhood.hpp says more. */
#ifndef CLIQUE_C_NEIGHBORHOOD_H
#define CLIQUE_C_NEIGHBORHOOD_H

#include <clique/c/collectives.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `send` goes to every destination. */
CLIQUE_FORMS(neighbor_allgather, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type)

/* counts[i] elements come from source i; `count` is this rank's. */
CLIQUE_FORMS(neighbor_allgatherv, cl_mem send, size_t send_offset, size_t count, cl_mem receive, size_t receive_offset,
             const size_t* counts, const size_t* displacements, clique_datatype type)

/* Block j of `send` goes to destination j, block i of `receive` comes from source i. */
CLIQUE_FORMS(neighbor_alltoall, cl_mem send, size_t send_offset, cl_mem receive, size_t receive_offset, size_t count,
             clique_datatype type)

/* The same with counts and displacements. */
CLIQUE_FORMS(neighbor_alltoallv, cl_mem send, size_t send_offset, const size_t* send_counts,
             const size_t* send_displacements, cl_mem receive, size_t receive_offset, const size_t* receive_counts,
             const size_t* receive_displacements, clique_datatype type)

/* The same with a type for each block and displacements in bytes. */
CLIQUE_FORMS(neighbor_alltoallw, cl_mem send, size_t send_offset, const size_t* send_counts,
             const size_t* send_displacements, const clique_datatype* send_types, cl_mem receive, size_t receive_offset,
             const size_t* receive_counts, const size_t* receive_displacements, const clique_datatype* receive_types)

#ifdef __cplusplus
}
#endif
#endif
