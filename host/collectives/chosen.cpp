// Which algorithm a call takes, without the call.
#include "collectives/planning.hpp"
#include "communicator/communicator_state.hpp"
#include "core/arithmetic.hpp"
#include "core/check.hpp"
#include "core/config.hpp"
#include "tuning/tuning.hpp"

#include <clique/communicator.hpp>
#include <clique/tuning.hpp>

namespace clique {

algorithm_info chosen_algorithm(const communicator& comm, collective what, std::size_t bytes, const reduce_op& op,
                                datatype type) {
  require(what != collective::agree, status::invalid_argument, "{} has no algorithms", name(what));
  const bool reduces = what >= collective::reduce && what <= collective::exscan;
  const auto facts = collectives::facts_of(comm.state(), bytes, reduces && core::is_exact(op, type));
  const tuning::algorithm& chosen = tuning::choose(what, facts, core::settings().algorithm);
  return {chosen.what, chosen.name, chosen.description, chosen.restriction};
}

}  // namespace clique
