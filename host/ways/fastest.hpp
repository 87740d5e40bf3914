// Which of some manners of doing the same is the fastest one, by what they took: in turns at first, then the best one,
// and another once in a while, since what else the machine does may change.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace clique::ways {

template <std::size_t Most>
class fastest {
 public:
  // The next manner to take, of so many; at most Most.
  std::size_t next(std::size_t manners) noexcept {
    const std::size_t turn = turns_++;
    if (turn < rounds * manners) return turn % manners;
    if (turn % again == 0) return turn / again % manners;
    return static_cast<std::size_t>(std::min_element(means_.begin(), means_.begin() + manners) - means_.begin());
  }
  // What it took. Not all of that need be its own: whoever waits may come late. So a long time counts for no more than
  // two mean ones; and the first one, when memory is touched that nobody has touched before, not at all.
  void took(std::size_t manner, double time) noexcept {
    double& mean = means_[manner];
    if (seen_[manner] < 2) {
      ++seen_[manner];
      mean = time;
    } else {
      mean += (std::min(time, 2 * mean) - mean) / 4;
    }
  }

  static constexpr std::size_t rounds = 4, again = 64;

 private:
  std::size_t turns_ = 0;
  std::array<double, Most> means_{};
  std::array<std::size_t, Most> seen_{};
};

}  // namespace clique::ways
