// barrier: the agreement is all of it.
#include "collectives/planning.hpp"

namespace clique::collectives {

const description barrier{begin, [](const communicator_state&, const plan_key&, draft&) {}};

}  // namespace clique::collectives
