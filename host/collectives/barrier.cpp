// barrier: the agreement is all of it.
#include "collectives/planning.hpp"

namespace clique::collectives {

const description barrier{
    [](communicator_state& on, const arguments& args) { return begin(on, args, datatype::uint8); },
    [](const communicator_state&, const plan_key&, draft&) {}};

}  // namespace clique::collectives
