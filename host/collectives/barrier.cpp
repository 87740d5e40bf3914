// barrier: the agreement is all of it.
#include "collectives/planning.hpp"

namespace clique::collectives {

plan_ref barrier(call_frame& frame, const arguments& args) {
  return plan(frame, args, 0, [](draft&) {});
}

}  // namespace clique::collectives
