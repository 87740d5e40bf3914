// What an operation runs on: how this rank reaches each other rank, and its device.
#pragma once

#include "core/check.hpp"
#include "staging/port.hpp"
#include "transport/arena.hpp"
#include "transport/board.hpp"
#include "transport/collectives.hpp"
#include "transport/messages.hpp"
#include "transport/wire.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace clique::engine {

// A bounded pool of staging memory: rings of a few segments, leased in the order of the plans. A step that cannot begin
// yet, or finds none free, is the next to get one: nothing goes to a step behind it. Out of order, ranks could hold what
// others wait for, in a circle.
class ring_pool {
 public:
  ring_pool(transport::arena& memory, std::size_t ring_bytes, std::size_t rings)
      : memory_(memory), ring_bytes_(ring_bytes), left_(rings) {}
  ~ring_pool() {
    for (std::byte* each : free_) memory_.release(each);
  }
  ring_pool(const ring_pool&) = delete;
  ring_pool& operator=(const ring_pool&) = delete;

  void begin_look() noexcept { starved_ = false; }
  // Nothing for the steps behind this one, in this look.
  void hold_back() noexcept { starved_ = true; }
  // Null when all are in use, or a step before this one found none.
  std::byte* lease() {
    if (starved_) return nullptr;
    if (!free_.empty()) {
      std::byte* const ring = free_.back();
      free_.pop_back();
      return ring;
    }
    if (left_ == 0) {
      starved_ = true;
      return nullptr;
    }
    std::byte* ring = nullptr;
    try {
      ring = memory_.allocate(ring_bytes_);
    } catch (const error&) {  // one is enough to get on with, only not as fast
      if (made_ == 0) throw;
      left_ = 0;
      starved_ = true;
      return nullptr;
    }
    ++made_;
    --left_;
    return ring;
  }
  // Makes sure that there is one at all, while it can still be refused on all ranks.
  void reserve() {
    if (made_ != 0 || left_ == 0) return;
    free_.push_back(memory_.allocate(ring_bytes_));
    ++made_;
    --left_;
  }
  void give_back(std::byte* ring) { free_.push_back(ring); }

 private:
  transport::arena& memory_;
  std::size_t ring_bytes_, left_, made_ = 0;
  std::vector<std::byte*> free_;
  bool starved_ = false;
};

// Of one direction each, so that a rank can always receive what others wait to be rid of.
struct ring_pools {
  ring_pools(transport::arena& memory, std::size_t ring_bytes, std::size_t rings)
      : sending(memory, ring_bytes, rings), receiving(memory, ring_bytes, rings) {}
  ring_pool sending, receiving;
};

struct links {
  int rank = 0, size = 1;
  transport::meeting* meeting = nullptr;          // null: a communicator of one rank
  transport::board* shm = nullptr;                // null: no peer shares this rank's memory
  std::vector<int> on_board;                      // by rank: its number on the board, or -1
  transport::messages* messages = nullptr;        // null: all peers are on the board
  transport::collectives* collectives = nullptr;  // MPI's own; null: not asked for
  std::deque<std::uint64_t> mpi_turns;            // operations that will call them, in order
  transport::wire* wire = nullptr;                // over the messages
  staging::port* device = nullptr;
  transport::arena* memory = nullptr;
  std::size_t segment_bytes = 0;
  std::unique_ptr<ring_pool> sending, receiving;  // see ring_pools
  // For temporary memory that only the device addresses, made when it is needed: such steps depend on others', so that
  // no order of leasing would do. Not bounded but by the plans.
  std::unique_ptr<ring_pool> unbounded;
};

}  // namespace clique::engine
