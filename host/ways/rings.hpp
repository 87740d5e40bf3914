// Staging memory for blocks in segments: rings of a few segments each, in pools.
#pragma once

#include "core/check.hpp"
#include "memory/arena.hpp"

#include <cstddef>
#include <vector>

namespace clique::ways {

// A bounded pool, whose rings are leased in the order of the plans. A step that cannot begin yet, or finds none free,
// is the next to get one: nothing goes to a step behind it. Out of order, ranks could hold what others wait for, in a
// circle.
class ring_pool {
 public:
  ring_pool(memory::arena& memory, std::size_t ring_bytes, std::size_t rings)
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
  memory::arena& memory_;
  std::size_t ring_bytes_, left_, made_ = 0;
  std::vector<std::byte*> free_;
  bool starved_ = false;
};

// Of one direction each, so that a rank can always receive: a peer may wait for its own outgoing ring until then.
struct ring_pools {
  ring_pools(memory::arena& memory, std::size_t ring_bytes, std::size_t rings)
      : sending(memory, ring_bytes, rings), receiving(memory, ring_bytes, rings) {}
  void begin_look() noexcept {
    sending.begin_look();
    receiving.begin_look();
  }
  ring_pool sending, receiving;
};

}  // namespace clique::ways
