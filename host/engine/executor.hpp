// Runs the operations of one rank, phase by phase: arrive, agree, steps, close. Never waits, knows neither OpenCL nor
// MPI.
#pragma once

#include "engine/at_once.hpp"
#include "engine/mover.hpp"

namespace clique::engine {

class executor {
 public:
  explicit executor(links& on) : on_(on), mover_(on), at_once_(on) {}

  // Does what can be done of the operation now; true if anything was. A refused operation ends in op.failure.
  // Throws where data may have moved: then the communicator is to be poisoned.
  bool advance(operation& op);

  // Publishes its arrival, if it can, and does no more: the rank has nothing else in flight.
  bool begin_first(operation& op);
  // Whether the operation is over at once; if so, arrives with it: false where there is no slot yet.
  [[nodiscard]] bool goes_at_once(const operation& op) const noexcept { return at_once_.fits(op); }
  bool begin_at_once(operation& op);
  // Whether all ranks have told each other that they are done with it: then it is, whatever fails after it.
  [[nodiscard]] bool all_are_done(operation& op) const;
  // Whether all ranks have agreed that it is refused: then it is, on all of them, whatever fails after it.
  [[nodiscard]] bool is_refused(operation& op) noexcept;

  // Nothing has changed since the operation was looked at last: it waits for a rank to arrive, and for nothing else.
  // Two words tell, where a look takes hundreds of instructions.
  [[nodiscard]] bool awaits_arrival(const operation& op) const noexcept {
    return op.at_once && op.phase == phase::arrived && on_.parcels == nullptr && on_.board->awaits(op.seq);
  }

  // Whether it waits for the ranks to agree, and for nothing of its own.
  [[nodiscard]] static bool awaits_others(const operation& op) noexcept {
    return op.phase == phase::arrived && op.ready && op.prologue_left == 0 && op.opening == decltype(op.opening){};
  }

  // Takes back the blocks that their readers have not begun with, so that the operation need not wait for them: after
  // it has waited for nothing else for long.
  bool withdraw(operation& op);

  // A rank whose device has failed before the operation, as far as its driver has told; or -1.
  [[nodiscard]] int failed_device(const operation& op) const;

  // Asks other ranks, where they know better; some time before waits_for().
  void inquire(const operation& op);
  // Whom the operation waits for, and in what. Not for an operation that is done.
  [[nodiscard]] std::string waits_for(const operation& op) const;

 private:
  bool begin(operation& op);
  [[nodiscard]] bool has_room(std::uint64_t seq);
  void begin_steps(operation& op, std::size_t first);
  void open(operation& op);  // maps the mapped ranges
  void tell_when_ready(operation& op);
  bool agree(operation& op);
  bool agree_in_pairs(operation& op);
  bool go_on(operation& op);
  void address_elsewhere(operation& op);
  bool run(operation& op, std::size_t end);
  bool close(operation& op);

  links& on_;
  mover mover_;
  engine::at_once at_once_;
  // The slots of the board that this rank's own operations still use: others may have left one while this rank has not
  // yet seen that its blocks are taken.
  std::array<bool, transport::board::slot_count> in_use_{};
};

}  // namespace clique::engine
