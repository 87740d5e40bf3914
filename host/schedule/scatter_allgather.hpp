// bcast of long messages: no rank sends the whole to more than one (van de Geijn, "On optimizing collective
// communication", 1994; Chan et al., "Collective communication: theory, practice, and experience", 2007: scatter, then
// allgather). Both halves are direct here, two messages deep, as peers read from each other at once.
#pragma once

#include "schedule/shape.hpp"

namespace clique::schedule {

//   1. The root offers slice j to rank j, then its own to all.
//   2. Each other rank fetches its slice, and offers it to all but the root.
//   3. It fetches the other slices.
plan bcast_scatter_allgather(const shape& shape);

}  // namespace clique::schedule
