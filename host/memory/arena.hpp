// The arena: memory of a node that its ranks, and their devices, all see.
//
// One for each process. Its address space is reserved once, pages are taken block by block (so that too little memory
// is an error, and not SIGBUS), and every peer on the node maps all of it (shared_pages.hpp).
#pragma once

#include "memory/shared_pages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <sys/types.h>

namespace clique::memory {

class arena {
 public:
  // The process's own, made at the first call; lives until exit, since buffers may be released after main. Throws
  // clique::error(out_of_memory). Thread-safe.
  static arena& mine();
  // How many arenas the process is going to map, its own among them: where address space is limited, its own is to
  // leave room for the others. Of use before the first mine().
  static void expect_mappings(std::size_t arenas) noexcept;

  explicit arena(std::size_t capacity, std::size_t mappings = 1);
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  // At least `bytes`, in whole pages that are there; bytes of a reused block are not cleared. Throws
  // clique::error(out_of_memory). Thread-safe.
  std::byte* allocate(std::size_t bytes);
  // Thread-safe; callable from an OpenCL callback: takes a lock that is never held across a wait.
  void release(std::byte* block) noexcept;

  // Whether [address, address + bytes) lies in this arena.
  [[nodiscard]] bool holds(const void* address, std::size_t bytes) const noexcept;
  [[nodiscard]] std::size_t offset(const void* address) const noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - base());
  }

  [[nodiscard]] int descriptor() const noexcept { return pages_.descriptor(); }  // -1: no peer can map it
  [[nodiscard]] std::byte* base() const noexcept { return pages_.base(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return pages_.capacity(); }
  [[nodiscard]] const std::string& note() const noexcept { return pages_.note(); }
  // Bytes in blocks now allocated, and bytes of free blocks whose pages are kept for reuse.
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] std::size_t kept() const;

 private:
  struct hole {
    std::size_t bytes;
    bool backed;  // its pages are taken
  };
  std::map<std::size_t, hole>::iterator best_hole(std::size_t bytes);
  void give_back(std::size_t most) noexcept;  // keeps the pages of `most` free bytes

  shared_pages pages_;
  mutable std::mutex mutex_;                   // of all below
  std::map<std::size_t, hole> holes_;          // by offset; neighbours of one kind are merged
  std::map<std::size_t, std::size_t> blocks_;  // offset -> bytes
  std::size_t used_ = 0, kept_ = 0;
};

// Another process's arena, seen from here: readable everywhere, writable where writable() was called.
class peer_arena {
 public:
  // Maps it through /proc, or returns what is mapped already: it takes as much address space as the arena is large, and
  // there may be a thousand communicators. Null where that process, descriptor or `nonce` (which must stand at
  // nonce_offset) is not what it should be: another process namespace, another node; then `why` says so. Thread-safe.
  static std::shared_ptr<peer_arena> open(pid_t process, int descriptor, std::size_t capacity, std::size_t nonce_offset,
                                          std::uint64_t nonce, std::string& why);
  // A second view of an arena of this process, for tests.
  static std::shared_ptr<peer_arena> open(const arena& own);
  ~peer_arena();
  peer_arena(const peer_arena&) = delete;
  peer_arena& operator=(const peer_arena&) = delete;

  [[nodiscard]] const std::byte* base() const noexcept { return base_; }
  // The pages of [offset, offset + bytes), from now on writable: the control block of a communicator. Not taken back:
  // the peer may by then have given the pages to another communicator.
  std::byte* writable(std::size_t offset, std::size_t bytes);

 private:
  peer_arena(std::byte* base, std::size_t capacity) : base_(base), capacity_(capacity) {}
  [[nodiscard]] bool shows(std::size_t nonce_offset, std::uint64_t nonce) const noexcept;
  std::byte* base_;
  std::size_t capacity_;
};

}  // namespace clique::memory
