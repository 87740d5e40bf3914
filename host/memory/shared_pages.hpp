// Pages that other processes of the node can map, got in whatever way the system allows:
//
//   1. memfd_create; sealed, so that nobody can shrink what peers have mapped.
//   2. Where that is forbidden or unknown (sandboxes, old kernels): a file in /dev/shm, or in TMPDIR or /tmp, that has
//   no
//      name: nothing is left of it when the process dies.
//   3. Where no file can be had: private memory, which no peer can map.
// Each rather with less address space, as a limit of a batch system may want, than not at all.
#pragma once

#include <cstddef>
#include <string>

namespace clique::memory {

inline constexpr std::size_t page_bytes = 4096;
// `bytes`, or a whole number of pages above it; at least one. Throws clique::error(out_of_memory) on overflow.
std::size_t whole_pages(std::size_t bytes);

class shared_pages {
 public:
  static constexpr std::size_t least = std::size_t{16} << 20;

  // Reserves address space for `capacity` bytes, or, where limits on file size and address space say so, for less, but
  // at least `least`; `mappings` is how many such spaces, of this and other processes, this process is going to map.
  // Throws clique::error(out_of_memory).
  shared_pages(std::size_t capacity, std::size_t mappings);
  ~shared_pages();
  shared_pages(const shared_pages&) = delete;
  shared_pages& operator=(const shared_pages&) = delete;

  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }  // bytes
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }      // -1: no peer can map it
  // What it is, and why it is not more, for people: "memfd of 7.6 GiB".
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

  // Makes the pages of [offset, offset + bytes), whole pages, be there; their bytes may change. Throws
  // clique::error(out_of_memory) where there are none left: touching them later would have been SIGBUS.
  void take(std::size_t offset, std::size_t bytes);
  // Gives them back to the system; false where it cannot take them.
  bool give_back(std::size_t offset, std::size_t bytes) noexcept;

 private:
  bool open(int descriptor, const char* what);

  int descriptor_ = -1;
  std::byte* base_ = nullptr;
  std::size_t capacity_;
  std::string note_;
  bool by_writing_ = false;  // fallocate(2) is not to be had
};

// Maps `bytes` of a descriptor of shared_pages; null where that fails.
std::byte* map_pages(int descriptor, std::size_t bytes, int protection) noexcept;

}  // namespace clique::memory
