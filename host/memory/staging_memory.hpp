// Staging memory: pieces of the arena that blocks go through, segment by segment.
//
// One for each process, for all its communicators. Pieces are never given back to the system: the drivers of this rank
// and of its peers know their pages, and would go on with old ones. CLIQUE_STAGING_BYTES bounds them; what a call must
// have to get on at all, it gets beyond that.
#pragma once

#include "memory/arena.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace clique::memory {

// Bytes.
struct staging_use {
  std::size_t used, peak;  // in pieces that are taken: now, and at the most at any one time so far
  std::size_t limit;
  std::size_t held;  // in all pieces there are
};

class staging_memory {
 public:
  // The process's own, which lives until exit.
  static staging_memory& mine();
  staging_memory(arena& in, std::size_t limit) : arena_(in), limit_(limit) {}
  ~staging_memory();
  staging_memory(const staging_memory&) = delete;
  staging_memory& operator=(const staging_memory&) = delete;

  // Whole pages; bytes of before are not cleared. `beyond`: the limit does not count; else null where it is reached.
  // Throws clique::error(out_of_memory). Thread-safe, as all of these.
  std::byte* take(std::size_t bytes, bool beyond);
  void give_back(std::byte* piece, std::size_t bytes) noexcept;
  // So many bytes are taken for good, and count no more.
  void lose(std::size_t bytes) noexcept;

  [[nodiscard]] staging_use use() const;

 private:
  arena& arena_;
  const std::size_t limit_;
  struct pieces {
    std::size_t made = 0;
    std::vector<std::byte*> free{};
  };
  mutable std::mutex mutex_;              // of all below
  std::map<std::size_t, pieces> pieces_;  // by size
  std::size_t used_ = 0, peak_ = 0;
};

}  // namespace clique::memory
