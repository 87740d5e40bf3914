// Staging memory for blocks in segments: rings of a few segments each, in pools.
#pragma once

#include "core/check.hpp"
#include "memory/staging_memory.hpp"
#include "staging/port.hpp"

#include <cstddef>
#include <utility>

namespace clique::ways {

// Where the pools of a communicator take rings from: the process's staging memory. The device's driver knows them.
class ring_store {
 public:
  ring_store(memory::staging_memory& from, staging::port& device, std::size_t ring_bytes)
      : from_(from), device_(device), ring_bytes_(ring_bytes) {}

  // Null where the process has as much as it may have; not if `beyond`. Throws clique::error(out_of_memory).
  std::byte* take(bool beyond) {
    std::byte* const ring = from_.take(ring_bytes_, beyond);
    if (ring != nullptr) device_.pin(ring, ring_bytes_, nullptr);
    return ring;
  }
  void give_back(std::byte* ring) noexcept { from_.give_back(ring, ring_bytes_); }
  void lose(std::size_t rings) noexcept { from_.lose(rings * ring_bytes_); }

 private:
  memory::staging_memory& from_;
  staging::port& device_;
  const std::size_t ring_bytes_;
};

// A pool of at most so many rings, leased in the order of the plans. A step that cannot begin yet, or finds none free,
// is the next to get one: nothing goes to a step behind it. Out of order, ranks could hold what others wait for, in a
// circle. One ring is enough to get on with, and there always is one: the first is taken also where the process has as
// many as it may have; and all are of a pool without a bound.
class ring_pool {
 public:
  static constexpr std::size_t unbounded = ~std::size_t{0};

  ring_pool(const ring_store& store, std::size_t rings) : store_(store), most_(rings) {}
  // What is leased by then stays so for good: after a failure peers, or MPI, may still use it.
  ~ring_pool() {
    idle();
    store_.lose(leased_);
  }
  ring_pool(const ring_pool&) = delete;
  ring_pool& operator=(const ring_pool&) = delete;

  void begin_look() noexcept { starved_ = false; }
  // Nothing for the steps behind this one, in this look.
  void hold_back() noexcept { starved_ = true; }
  // Null when all are in use, or a step before this one found none. Throws clique::error(out_of_memory) only where
  // reserve() was not called.
  std::byte* lease() {
    if (starved_) return nullptr;
    if (reserved_ != nullptr) {
      ++leased_;
      return std::exchange(reserved_, nullptr);
    }
    std::byte* ring = nullptr;
    try {
      if (leased_ < most_) ring = store_.take(leased_ == 0 || most_ == unbounded);
    } catch (const error&) {
      if (leased_ == 0) throw;
    }
    starved_ = ring == nullptr;
    leased_ += starved_ ? 0 : 1;
    return ring;
  }
  // Makes sure that there is one at all, while it can still be refused on all ranks; until idle().
  void reserve() {
    if (reserved_ == nullptr && leased_ == 0) reserved_ = store_.take(true);
  }
  void give_back(std::byte* ring) noexcept {
    --leased_;
    if (reserved_ == nullptr) {
      reserved_ = ring;
    } else {
      store_.give_back(ring);
    }
  }
  // Nobody needs any: those of other communicators may have them.
  void idle() noexcept {
    if (reserved_ != nullptr) store_.give_back(std::exchange(reserved_, nullptr));
  }

 private:
  ring_store store_;  // its own: a persistent call's pool may be the last to go
  const std::size_t most_;
  std::size_t leased_ = 0;
  std::byte* reserved_ = nullptr;
  bool starved_ = false;
};

// Of one direction each, so that a rank can always receive: a peer may wait for its own outgoing ring until then.
struct ring_pools {
  ring_pools(const ring_store& store, std::size_t to_send, std::size_t to_receive)
      : sending(store, to_send), receiving(store, to_receive) {}
  void begin_look() noexcept {
    sending.begin_look();
    receiving.begin_look();
  }
  void idle() noexcept {
    sending.idle();
    receiving.idle();
  }
  ring_pool sending, receiving;
};

}  // namespace clique::ways
