// Staging memory for blocks in segments: rings of a few segments each, in pools.
#pragma once

#include "core/check.hpp"
#include "memory/arena.hpp"
#include "staging/port.hpp"

#include <cstddef>
#include <mutex>
#include <vector>

namespace clique::ways {

// The rings of a communicator, which its pools take and give back. They are kept until it ends: the drivers of this
// rank and of its peers know their pages (staging::port::pin), and would go on with old ones if the system got them
// back. Thread-safe: a persistent call, which has pools of its own, may go at any time.
class ring_store {
 public:
  ring_store(memory::arena& memory, staging::port& device, std::size_t ring_bytes)
      : memory_(memory), device_(device), ring_bytes_(ring_bytes) {}
  ~ring_store() {
    for (std::byte* const ring : all_) {
      device_.unpin(ring);
      memory_.release(ring);
    }
  }
  ring_store(const ring_store&) = delete;
  ring_store& operator=(const ring_store&) = delete;

  // Throws clique::error(out_of_memory).
  std::byte* take() {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::byte* const ring = free_.back();
      free_.pop_back();
      return ring;
    }
    all_.reserve(all_.size() + 1);
    free_.reserve(all_.size() + 1);
    std::byte* const ring = memory_.allocate(ring_bytes_);
    all_.push_back(ring);
    device_.pin(ring, ring_bytes_);
    return ring;
  }
  void give_back(std::byte* ring) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(ring);  // there is room
  }

 private:
  memory::arena& memory_;
  staging::port& device_;
  const std::size_t ring_bytes_;
  std::mutex mutex_;
  std::vector<std::byte*> all_, free_;
};

// A bounded pool, whose rings are leased in the order of the plans. A step that cannot begin yet, or finds none free,
// is the next to get one: nothing goes to a step behind it. Out of order, ranks could hold what others wait for, in a
// circle.
class ring_pool {
 public:
  ring_pool(ring_store& store, std::size_t rings) : store_(store), left_(rings) {}
  ~ring_pool() {
    for (std::byte* each : free_) store_.give_back(each);
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
      ring = store_.take();
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
    free_.push_back(store_.take());
    ++made_;
    --left_;
  }
  void give_back(std::byte* ring) { free_.push_back(ring); }

 private:
  ring_store& store_;
  std::size_t left_, made_ = 0;
  std::vector<std::byte*> free_;
  bool starved_ = false;
};

// Of one direction each, so that a rank can always receive: a peer may wait for its own outgoing ring until then.
struct ring_pools {
  ring_pools(ring_store& store, std::size_t rings) : sending(store, rings), receiving(store, rings) {}
  void begin_look() noexcept {
    sending.begin_look();
    receiving.begin_look();
  }
  ring_pool sending, receiving;
};

}  // namespace clique::ways
