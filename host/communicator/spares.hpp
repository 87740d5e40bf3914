// Operations, or calls of messages, that nobody needs any more: the next call takes one of them, whose lists have their
// memory already. Under the lock of the communicator.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace clique::engine {

template <class Task>
class spares {
 public:
  [[nodiscard]] std::shared_ptr<Task> take() {
    if (free_.empty()) find_free();
    if (free_.empty()) return std::make_shared<Task>();
    auto taken = std::move(free_.back());
    free_.pop_back();
    return taken;
  }
  // Of a call that is done, and returns.
  void give_back(std::shared_ptr<Task>&& task) {
    if (task.use_count() == 1) free_.push_back(std::move(task));
  }
  // A request holds it from now on, until it goes, in whatever thread.
  void lend(const std::shared_ptr<Task>& task) {
    if (lent_.size() < most_lent) lent_.push_back(task);
  }

 private:
  static constexpr std::size_t most_lent = 4096, most_looks = 16;

  // A few of them at a time: most of many may still be in use, and each call asks.
  void find_free() {
    for (std::size_t looks = std::min(lent_.size(), most_looks); looks != 0; --looks) {
      if (at_ >= lent_.size()) at_ = 0;
      if (lent_[at_].use_count() != 1) {
        ++at_;
        continue;
      }
      // A count of 1 alone orders nothing; the decrement here comes after that of the thread which let it go.
      { const std::shared_ptr<Task> ordered = lent_[at_]; }
      free_.push_back(std::exchange(lent_[at_], std::move(lent_.back())));
      lent_.pop_back();
      if (lent_.empty()) break;
    }
  }

  std::vector<std::shared_ptr<Task>> free_, lent_;
  std::size_t at_ = 0;  // where to look next among those lent
};

}  // namespace clique::engine
