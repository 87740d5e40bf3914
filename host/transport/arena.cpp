#include "transport/arena.hpp"

#include "core/check.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clique::transport {
namespace {

constexpr std::size_t most_kept = std::size_t{64} << 20;  // free pages kept for the next allocation

std::size_t whole_pages(std::size_t bytes) {
  require(bytes <= ~std::size_t{0} - page_bytes, status::out_of_memory, "an array of {} bytes cannot exist", bytes);
  return (std::max<std::size_t>(bytes, 1) + page_bytes - 1) / page_bytes * page_bytes;
}

std::size_t default_capacity() {
  if (const std::size_t wish = core::settings().arena_bytes; wish != 0) return whole_pages(wish);
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return whole_pages(std::min(memory, std::size_t{1} << 40));
}

std::byte* map(int descriptor, std::size_t bytes, int protection) {
  void* address = mmap(nullptr, bytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

}  // namespace

arena& arena::mine() {
  static arena* const own = new arena(default_capacity());  // never destroyed: see the header
  return *own;
}

arena::arena(std::size_t capacity) : capacity_(whole_pages(capacity)) {
  descriptor_ = memfd_create("clique", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  require(descriptor_ >= 0, status::out_of_memory, "memfd_create failed: {}", std::strerror(errno));
  // A peer must be able to rely on the size that it mapped.
  while (ftruncate(descriptor_, static_cast<off_t>(capacity_)) != 0 ||
         (base_ = map(descriptor_, capacity_, PROT_READ | PROT_WRITE)) == nullptr) {
    const int reason = errno;
    capacity_ = whole_pages(capacity_ / 2);  // a limit on address space or on file size
    if (capacity_ >= std::size_t{16} << 20) continue;
    close(descriptor_);
    fail(status::out_of_memory, "cannot reserve {} bytes of shared memory: {}", capacity, std::strerror(reason));
  }
  fcntl(descriptor_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);  // best effort: some kernels lack seals
  holes_[0] = {capacity_, false};
}

arena::~arena() {
  munmap(base_, capacity_);
  close(descriptor_);
}

void arena::take(std::size_t offset, std::size_t bytes) {
  int code = 0;
  do {
    code = fallocate(descriptor_, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  } while (code == EINTR);
  require(code == 0, status::out_of_memory, "cannot get {} bytes of shared memory: {}", bytes, std::strerror(code));
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
          bytes, capacity_, used_);
  const auto [offset, found] = *best;
  if (!found.backed) take(offset, wanted);
  holes_.erase(best);
  if (found.bytes > wanted) holes_[offset + wanted] = {found.bytes - wanted, found.backed};
  if (found.backed) kept_ -= wanted;
  blocks_[offset] = wanted;
  used_ += wanted;
  return base_ + offset;
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
    fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(each->first),
              static_cast<off_t>(each->second.bytes));
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
  return at >= base_ && at < base_ + capacity_ && bytes <= static_cast<std::size_t>(base_ + capacity_ - at);
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
                                             std::size_t nonce_offset, std::uint64_t nonce) {
  // Never destroyed: communicators may outlive main.
  static auto& known = *new std::map<std::pair<pid_t, int>, std::weak_ptr<peer_arena>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::weak_ptr<peer_arena>& entry = known[{process, descriptor}];
  if (auto peer = entry.lock(); peer != nullptr && peer->capacity_ == capacity && peer->shows(nonce_offset, nonce))
    return peer;
  const std::string path = fmt::format("/proc/{}/fd/{}", process, descriptor);
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat facts {};
  std::byte* base = nullptr;
  if (fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && static_cast<std::size_t>(facts.st_size) == capacity) {
    base = map(file, capacity, PROT_READ);
  }
  close(file);
  if (base == nullptr) return nullptr;
  std::shared_ptr<peer_arena> peer(new peer_arena(base, capacity));
  if (!peer->shows(nonce_offset, nonce)) return nullptr;
  entry = peer;
  return peer;
}

bool peer_arena::shows(std::size_t nonce_offset, std::uint64_t nonce) const noexcept {
  std::uint64_t seen = 0;
  if (nonce_offset + sizeof seen <= capacity_) std::memcpy(&seen, base_ + nonce_offset, sizeof seen);
  return seen == nonce;
}

std::shared_ptr<peer_arena> peer_arena::open(const arena& own) {
  std::byte* const base = map(own.descriptor(), own.capacity(), PROT_READ);
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

}  // namespace clique::transport
