#include "core/keep.hpp"

#include <mutex>
#include <vector>

namespace clique::core {

void keep_for_good(std::shared_ptr<void> what) noexcept {
  // Never destroyed: destructors at exit must not undo it. A list, so that leak checkers see who holds what.
  static auto* const kept = new std::vector<std::shared_ptr<void>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(what));
}

}  // namespace clique::core
