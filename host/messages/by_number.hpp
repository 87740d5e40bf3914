// What is under way by numbers that are given in order: found and taken out in no time, without memory for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace clique::engine {

template <class T>
class by_number {
 public:
  // Above all numbers so far. `what` is not null.
  void put(std::uint64_t number, T* what) {
    if (first_ == end_) first_ = end_ = number;
    while (number - first_ >= places_.size()) grow();
    at(number) = what;
    end_ = number + 1;
  }
  // Null where nothing has that number.
  T* take(std::uint64_t number) noexcept {
    if (number < first_ || number >= end_) return nullptr;
    T* const found = std::exchange(at(number), nullptr);
    while (first_ != end_ && at(first_) == nullptr) ++first_;
    return found;
  }

 private:
  T*& at(std::uint64_t number) noexcept { return places_[number & (places_.size() - 1)]; }
  void grow() {
    std::vector<T*> before(places_.empty() ? 8 : 2 * places_.size());
    before.swap(places_);
    for (std::uint64_t number = first_; number != end_; ++number) at(number) = before[number & (before.size() - 1)];
  }

  std::vector<T*> places_;             // a power of two of them; null where nothing is
  std::uint64_t first_ = 0, end_ = 0;  // all lie between
};

}  // namespace clique::engine
