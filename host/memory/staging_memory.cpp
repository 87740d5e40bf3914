#include "memory/staging_memory.hpp"

#include "core/config.hpp"

#include <algorithm>

#include <unistd.h>

namespace clique::memory {
namespace {

// Unless CLIQUE_STAGING_BYTES says otherwise: an eighth of the memory, at most 1 GiB.
std::size_t limit_of_process() {
  if (const std::size_t wish = core::settings().staging_bytes; wish != 0) return wish;
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return std::min(memory / 8, std::size_t{1} << 30);
}

}  // namespace

staging_memory& staging_memory::mine() {
  static auto* const own = new staging_memory(arena::mine(), limit_of_process());  // never destroyed, as the arena
  return *own;
}

staging_memory::~staging_memory() {
  for (auto& [bytes, of] : pieces_)
    for (std::byte* const piece : of.free) arena_.release(piece);
}

std::byte* staging_memory::take(std::size_t bytes, bool beyond) {
  const std::lock_guard lock(mutex_);
  if (!beyond && (used_ >= limit_ || bytes > limit_ - used_)) return nullptr;
  pieces& fitting = pieces_[bytes];
  std::byte* piece = nullptr;
  if (fitting.free.empty()) {
    fitting.free.reserve(fitting.made + 1);
    piece = arena_.allocate(bytes);
    ++fitting.made;
  } else {
    piece = fitting.free.back();
    fitting.free.pop_back();
  }
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return piece;
}

void staging_memory::give_back(std::byte* piece, std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  pieces_.find(bytes)->second.free.push_back(piece);  // there is room
  used_ -= bytes;
}

void staging_memory::lose(std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  used_ -= bytes;
}

staging_use staging_memory::use() const {
  const std::lock_guard lock(mutex_);
  std::size_t held = 0;
  for (const auto& [bytes, of] : pieces_) held += bytes * of.made;
  return {used_, peak_, limit_, held};
}

}  // namespace clique::memory
