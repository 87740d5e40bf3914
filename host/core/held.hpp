// What is kept until it is let go: an object of whatever kind, and how to let go of it. Unlike a shared_ptr it
// allocates nothing.
#pragma once

#include <utility>

namespace clique::core {

class held {
 public:
  using let_go = void (*)(void*) noexcept;

  held(void* what, let_go how) noexcept : what_(what), how_(how) {}
  held(held&& from) noexcept : what_(std::exchange(from.what_, nullptr)), how_(from.how_) {}
  held& operator=(held&& from) noexcept {
    std::swap(what_, from.what_);
    std::swap(how_, from.how_);
    return *this;
  }
  ~held() {
    if (what_ != nullptr) how_(what_);
  }

 private:
  void* what_;
  let_go how_;
};

}  // namespace clique::core
