// Blocking calls that a communicator has made lately, each with its operation, which stands ready for another call with
// the same arguments: what those decide is decided. Under the lock of the communicator.
#pragma once

#include "engine/operation.hpp"

#include <clique/call.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace clique::engine {

class repeats {
  struct entry {
    collective what{};
    region send, receive;
    bool in_place = false, busy = false, paired = false;
    int root = 0, op = 0;
    std::uint64_t generation = 0;  // of buffers: as long as it is the same none has gone
    std::shared_ptr<operation> made;

    [[nodiscard]] bool is(const detail::arguments& of, bool in_pairs) const noexcept {
      return what == of.what && paired == in_pairs && same(receive, of.receive) && same(send, of.send) &&
             in_place == of.in_place && root == of.root && op == number(of.op);
    }
  };

 public:
  // An entry in use: until this goes nothing takes its place. A call that has failed is not kept.
  class use {
   public:
    explicit use(entry* of) noexcept : of_(of) {
      if (of_ != nullptr) of_->busy = true;
    }
    use(const use&) = delete;
    use& operator=(const use&) = delete;
    ~use() {
      if (of_ == nullptr) return;
      of_->busy = false;
      if (of_->made->failure || !of_->made->finished()) of_->made.reset();
    }
    explicit operator bool() const noexcept { return of_ != nullptr; }
    [[nodiscard]] const std::shared_ptr<operation>& op() const noexcept { return of_->made; }

   private:
    entry* of_;
  };

  // Whether such a call can be kept, if its operation can: lists are the caller's, and so is what a user's operator is.
  [[nodiscard]] static bool can_keep(const detail::arguments& of) noexcept {
    return of.send_counts.empty() && of.receive_counts.empty() && of.refused == nullptr &&
           (of.op == nullptr || !of.op->is_user());
  }
  [[nodiscard]] use find(const detail::arguments& of, bool paired, std::uint64_t generation) noexcept {
    if (!can_keep(of)) return use(nullptr);
    for (entry& each : all_) {
      if (each.made != nullptr && each.is(of, paired))
        return use(!each.busy && each.generation == generation && each.made->finished() ? &each : nullptr);
    }
    return use(nullptr);
  }
  // The operation is done. Instead of the one kept longest.
  void keep(const detail::arguments& of, std::uint64_t generation, std::shared_ptr<operation>&& made) {
    for (entry& each : all_) {
      if (each.made != nullptr && each.is(of, made->paired)) {
        if (!each.busy) fill(each, of, generation, std::move(made));
        return;
      }
    }
    entry& oldest = all_[next_++ % all_.size()];
    if (!oldest.busy) fill(oldest, of, generation, std::move(made));
  }

 private:
  static bool same(const region& a, const region& b) noexcept {
    return a.buffer == b.buffer && a.offset == b.offset && a.count == b.count && a.type == b.type && a.host == b.host;
  }
  static int number(const reduce_op* op) noexcept { return op == nullptr ? -1 : static_cast<int>(op->kind()); }
  static void fill(entry& to, const detail::arguments& of, std::uint64_t generation,
                   std::shared_ptr<operation>&& made) {
    to = {of.what,      of.send, of.receive,    of.in_place, false,
          made->paired, of.root, number(of.op), generation,  std::move(made)};
  }

  std::array<entry, 4> all_{};
  std::size_t next_ = 0;
};

}  // namespace clique::engine
