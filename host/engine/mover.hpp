// Moves the block of one step: which way, is decided by its size, its staging and the transport to the peer.
#pragma once

#include "engine/links.hpp"
#include "engine/operation.hpp"

namespace clique::engine {

class mover {
 public:
  explicit mover(links& on) : on_(on) {}

  // Before a look at the steps of an operation, in their order.
  void begin_look(const operation& op) noexcept {
    sending(op).begin_look();
    receiving(op).begin_look();
  }
  void begin_look() noexcept {
    on_.sending->begin_look();
    on_.receiving->begin_look();
  }
  // The staging memory that the operation leases.
  [[nodiscard]] ring_pool& sending(const operation& op) const noexcept {
    return op.rings != nullptr ? op.rings->sending : *on_.sending;
  }
  [[nodiscard]] ring_pool& receiving(const operation& op) const noexcept {
    return op.rings != nullptr ? op.rings->receiving : *on_.receiving;
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
  bool offer(operation& op, const schedule::step& step, step_state& state);
  bool begin_offer(operation& op, const schedule::step& step, step_state& state, int reader);
  bool fill_ring(operation& op, const schedule::step& step, step_state& state, int reader);
  bool offer_messages(operation& op, const schedule::step& step, step_state& state);
  bool fetch(operation& op, const schedule::step& step, step_state& state);
  bool fetch_messages(operation& op, const schedule::step& step, step_state& state);
  bool copy(operation& op, const schedule::step& step, step_state& state);
  bool view(operation& op, const schedule::step& step, step_state& state);
  bool reduce(operation& op, const schedule::step& step, step_state& state);
  bool reduce_on_host(operation& op, const schedule::step& step, step_state& state);
  bool reduce_in_kernels(operation& op, const schedule::step& step, step_state& state);
  bool call_mpi(operation& op, step_state& state);
  void let_go(operation& op, const schedule::step& step);  // of the blocks that were viewed

  [[nodiscard]] int board_rank(int peer) const {
    return on_.shm == nullptr ? -1 : on_.on_board[static_cast<std::size_t>(peer)];
  }
  // Leases a ring for the step, whose range that is, if it has none; false if there is none now.
  bool lease(const operation& op, step_state& state, const schedule::range& range, ring_pool& from);
  static void finish(step_state& state);

  links& on_;
  std::vector<const std::byte*> operands_;  // of the reduce step at hand
  std::vector<std::byte> scratch_;
};

}  // namespace clique::engine
