// Communicators made from a communicator.
#pragma once

#include "communicator/communicator_state.hpp"
#include "communicator/topology.hpp"
#include "engine/constructor.hpp"

#include <functional>

namespace clique::engine {

// Where this rank will be.
struct membership {
  int color = MPI_UNDEFINED;  // ranks of one colour come together; MPI_UNDEFINED: in none
  int key = 0;                // their order; those of one key are in the parent's
  std::shared_ptr<const engine::topology> topology;
  // For each rank how often it is among this one's destinations and sources, to be checked against the others; or none.
  std::vector<std::size_t> sent, expected;
};

// Collective over `parent`, blocks. Calls `arguments`, which validates what the user gave and says in the signature
// what must be the same on all ranks; what it throws is thrown on all. Null where the colour is MPI_UNDEFINED.
std::shared_ptr<communicator_state> derive(communicator_state& parent,
                                           const std::function<membership(transport::signature&)>& arguments);

}  // namespace clique::engine
