// Operations that are over as soon as all ranks have arrived: all blocks are inside the arrivals, or come along with
// them, and the host addresses all ranges. Their plans are gone through once before the arrival and once after it,
// without the state that a step needs which waits.
#pragma once

#include "engine/host_reduction.hpp"
#include "engine/links.hpp"

namespace clique::engine {

class at_once {
 public:
  explicit at_once(links& on) noexcept : on_(on) {}

  // Whether this rank's part of the operation is such.
  [[nodiscard]] bool fits(const operation& op) const noexcept;
  // The prologue: into this rank's slot go the blocks that it offers.
  void put(operation& op) const;
  // Once all ranks have agreed: whether every block is inside an arrival, or has come along with one.
  [[nodiscard]] bool has_all(const operation& op) const;
  // Then, the rest.
  void take(operation& op);

 private:
  // The peer's number on the board, or -1.
  [[nodiscard]] int on_board(int peer) const noexcept {
    return on_.parcels == nullptr ? peer : on_.numbers[static_cast<std::size_t>(peer)];
  }
  [[nodiscard]] const std::byte* block_of(const operation& op, const schedule::step& step) const;

  void drop_parcels(const operation& op) const;

  links& on_;
  host_reduction reduction_;
  std::vector<const std::byte*> seen_;  // by step: where a viewed block lies
};

}  // namespace clique::engine
