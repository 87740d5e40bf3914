// Does the steps of operations: blocks by the way to their peer, copies and reductions on the host or the device.
#pragma once

#include "engine/host_reduction.hpp"
#include "engine/links.hpp"
#include "engine/operation.hpp"

namespace clique::engine {

class mover {
 public:
  explicit mover(links& on) : on_(on) {}

  // Before a look at the steps of an operation, in their order.
  void begin_look(const operation& op) noexcept { rings_of(op).begin_look(); }
  // The staging memory that the operation leases.
  [[nodiscard]] ways::ring_pools& rings_of(const operation& op) const noexcept {
    return op.rings != nullptr ? *op.rings : *on_.rings;
  }

  // Does what can be done of the step now. Returns whether anything moved; state.done says whether all of it has. Does
  // not block. Throws clique::error(opencl_failure, mpi_failure, out_of_memory).
  bool advance(operation& op, const schedule::step& step, step_state& state);

  // The step has not begun: those behind it get no staging memory before it.
  void hold_back(operation& op, const schedule::step& step) const noexcept;

  // Gives up a step of a refused operation: true once nothing of it is under way.
  bool abandon(step_state& state, schedule::verb what);

  // Moves what the reader of an offered block has not claimed to memory of clique's own, so that the operation need
  // not wait for it. True if the step is done now.
  bool withdraw(operation& op, const schedule::step& step, step_state& state);

 private:
  bool copy(operation& op, const schedule::step& step, step_state& state);
  bool reduce(operation& op, const schedule::step& step, step_state& state);
  bool reduce_on_host(operation& op, const schedule::step& step, step_state& state);
  bool reduce_in_kernels(operation& op, const schedule::step& step, step_state& state);
  [[nodiscard]] bool others_may_reduce(operation& op, const schedule::step& step);
  bool reduce_by_one_rank(operation& op, const schedule::step& step, step_state& state);
  bool call_mpi(operation& op, step_state& state);
  void let_go(operation& op, const schedule::step& step);  // of the blocks that were viewed

  [[nodiscard]] ways::way& way_to(int peer) const { return *on_.ways[static_cast<std::size_t>(peer)]; }
  static ways::block block_of(const schedule::step& step, const step_state& state) noexcept {
    return {state.address, step.key, step.peer, step.more};
  }
  // One end of a block or copy. `rings`: of the operation, for its direction; null where it needs none.
  [[nodiscard]] ways::endpoint endpoint_of(operation& op, const schedule::range& range,
                                           ways::ring_pool ways::ring_pools::*rings) const noexcept;

  links& on_;
  host_reduction reduction_;
};

}  // namespace clique::engine
