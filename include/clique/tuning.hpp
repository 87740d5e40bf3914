// Which algorithms there are for a collective, and which one a call takes: for people, and for what measures them.
// CLIQUE_ALGORITHM chooses others.
#pragma once

#include <clique/collective.hpp>
#include <clique/datatype.hpp>
#include <clique/export.hpp>
#include <clique/reduce_op.hpp>

#include <cstddef>
#include <vector>

namespace clique {

class communicator;

struct algorithm_info {
  collective what;
  const char* name;         // as CLIQUE_ALGORITHM takes it
  const char* description;  // in a few words
  const char* restriction;  // where it fits; empty: everywhere
};

// All of them, by collective. Local; thread-safe.
[[nodiscard]] CLIQUE_API std::vector<algorithm_info> algorithms();

// The one that a call takes. `bytes` of what is the same on all ranks: bcast's buffer, a block of scatter, gather,
// allgather or alltoall, the whole vector of a reduction; 0 where each rank has its own. `op` and `type` are those of a
// reduction. Local. Throws clique::error(invalid_argument) for agree, which has none, and where CLIQUE_ALGORITHM asks
// for one that there is not, or that does not fit.
[[nodiscard]] CLIQUE_API algorithm_info chosen_algorithm(const communicator& comm, collective what, std::size_t bytes,
                                                         const reduce_op& op = op::sum,
                                                         datatype type = datatype::float32);

}  // namespace clique
