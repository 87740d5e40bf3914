#include "memory/arena.hpp"

#include "core/check.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clique::memory {
namespace {

constexpr std::size_t most_kept = std::size_t{64} << 20;  // free pages kept for the next allocation

std::size_t default_capacity() {
  if (const std::size_t wish = core::settings().arena_bytes; wish != 0) return whole_pages(wish);
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return whole_pages(std::min(memory, std::size_t{1} << 40));
}

// See expect_mappings().
std::atomic<std::size_t> expected_mappings{2};

}  // namespace

arena& arena::mine() {
  static arena* const own = new arena(default_capacity(), expected_mappings);  // never destroyed: see the header
  return *own;
}

void arena::expect_mappings(std::size_t arenas) noexcept {
  expected_mappings = std::max<std::size_t>(arenas, 1) + 1;  // its own twice, while the self-test looks from outside
}

arena::arena(std::size_t capacity, std::size_t mappings) : pages_(capacity, mappings) {
  holes_[0] = {pages_.capacity(), false};
}

// The smallest hole that fits, one whose pages are there before one whose pages are not.
std::map<std::size_t, arena::hole>::iterator arena::best_hole(std::size_t bytes) {
  auto best = holes_.end();
  for (auto each = holes_.begin(); each != holes_.end(); ++each) {
    if (each->second.bytes < bytes) continue;
    if (best == holes_.end() ||
        std::pair(!each->second.backed, each->second.bytes) < std::pair(!best->second.backed, best->second.bytes)) {
      best = each;
    }
  }
  return best;
}

std::byte* arena::allocate(std::size_t bytes) {
  const std::size_t wanted = whole_pages(bytes);
  const std::lock_guard lock(mutex_);
  auto best = best_hole(wanted);
  if (best == holes_.end() && kept_ != 0) {  // a free page that is kept parts two holes
    give_back(0);
    best = best_hole(wanted);
  }
  require(best != holes_.end(), status::out_of_memory,
          "{} bytes do not fit into the arena of {} bytes, of which {} are used (CLIQUE_ARENA_BYTES sets its size)",
          bytes, this->capacity(), used_);
  const auto [offset, found] = *best;
  if (!found.backed) pages_.take(offset, wanted);
  holes_.erase(best);
  if (found.bytes > wanted) holes_[offset + wanted] = {found.bytes - wanted, found.backed};
  if (found.backed) kept_ -= wanted;
  blocks_[offset] = wanted;
  used_ += wanted;
  return base() + offset;
}

void arena::release(std::byte* block) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(offset(block));
  if (found == blocks_.end()) return;
  auto [at, bytes] = *found;
  blocks_.erase(found);
  used_ -= bytes;
  kept_ += bytes;
  auto here = holes_.emplace(at, hole{bytes, true}).first;
  if (const auto next = std::next(here); next != holes_.end() && next->second.backed && next->first == at + bytes) {
    here->second.bytes += next->second.bytes;
    holes_.erase(next);
  }
  if (here != holes_.begin()) {
    const auto before = std::prev(here);
    if (before->second.backed && before->first + before->second.bytes == here->first) {
      before->second.bytes += here->second.bytes;
      holes_.erase(here);
    }
  }
  give_back(most_kept);
}

void arena::give_back(std::size_t most) noexcept {
  for (auto each = holes_.begin(); each != holes_.end() && kept_ > most;) {
    if (!each->second.backed) {
      ++each;
      continue;
    }
    if (!pages_.give_back(each->first, each->second.bytes)) return;  // they stay, and are used again
    kept_ -= each->second.bytes;
    each->second.backed = false;
    if (const auto next = std::next(each);
        next != holes_.end() && !next->second.backed && next->first == each->first + each->second.bytes) {
      each->second.bytes += next->second.bytes;
      holes_.erase(next);
    }
    if (each != holes_.begin()) {
      const auto before = std::prev(each);
      if (!before->second.backed && before->first + before->second.bytes == each->first) {
        before->second.bytes += each->second.bytes;
        each = holes_.erase(each);
        continue;
      }
    }
    ++each;
  }
}

bool arena::holds(const void* address, std::size_t bytes) const noexcept {
  const auto* const at = static_cast<const std::byte*>(address);
  const std::byte* const end = base() + capacity();
  return at >= base() && at < end && bytes <= static_cast<std::size_t>(end - at);
}

std::size_t arena::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

std::size_t arena::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

std::shared_ptr<peer_arena> peer_arena::open(pid_t process, int descriptor, std::size_t capacity,
                                             std::size_t nonce_offset, std::uint64_t nonce, std::string& why) {
  if (descriptor < 0) {
    why = "it has no memory that could be shared";
    return nullptr;
  }
  // Never destroyed: communicators may outlive main.
  static auto& known = *new std::map<std::pair<pid_t, int>, std::weak_ptr<peer_arena>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::weak_ptr<peer_arena>& entry = known[{process, descriptor}];
  if (auto peer = entry.lock(); peer != nullptr && peer->capacity_ == capacity && peer->shows(nonce_offset, nonce))
    return peer;
  const std::string path = core::formatted("/proc/{}/fd/{}", process, descriptor);
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    why = core::formatted("cannot open {}: {}", path, std::strerror(errno));
    return nullptr;
  }
  struct stat facts {};
  std::byte* base = nullptr;
  if (fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && static_cast<std::size_t>(facts.st_size) == capacity) {
    base = map_pages(file, capacity, PROT_READ);
    if (base == nullptr) why = core::formatted("cannot map {} bytes: {}", capacity, std::strerror(errno));
  } else {
    why = path + " is not its memory";
  }
  close(file);
  if (base == nullptr) return nullptr;
  std::shared_ptr<peer_arena> peer(new peer_arena(base, capacity));
  if (!peer->shows(nonce_offset, nonce)) {
    why = path + " is not its memory, or does not show what its device wrote";
    return nullptr;
  }
  entry = peer;
  return peer;
}

bool peer_arena::shows(std::size_t nonce_offset, std::uint64_t nonce) const noexcept {
  std::uint64_t seen = 0;
  if (nonce_offset + sizeof seen <= capacity_) std::memcpy(&seen, base_ + nonce_offset, sizeof seen);
  return seen == nonce;
}

std::shared_ptr<peer_arena> peer_arena::open(const arena& own) {
  require(own.descriptor() >= 0, status::unsupported, "no other process can map its memory: {}", own.note());
  std::byte* const base = map_pages(own.descriptor(), own.capacity(), PROT_READ);
  require(base != nullptr, status::out_of_memory, "cannot map {} bytes of shared memory a second time: {}",
          own.capacity(), std::strerror(errno));
  return std::shared_ptr<peer_arena>(new peer_arena(base, own.capacity()));
}

peer_arena::~peer_arena() {
  munmap(base_, capacity_);
}

std::byte* peer_arena::writable(std::size_t offset, std::size_t bytes) {
  const std::size_t first = offset / page_bytes * page_bytes;
  const std::size_t last = (offset + bytes + page_bytes - 1) / page_bytes * page_bytes;
  require(mprotect(base_ + first, last - first, PROT_READ | PROT_WRITE) == 0, status::internal,
          "cannot write to a peer's control block: {}", std::strerror(errno));
  return base_ + offset;
}

}  // namespace clique::memory
