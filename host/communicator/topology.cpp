#include "communicator/topology.hpp"

#include "core/check.hpp"

#include <algorithm>
#include <limits>

namespace clique {
namespace {

// The sequence f1 >= f2 >= ... >= fk with product n whose first and last are closest; of those the one with the
// smallest f1, then f2, and so on. Tries the divisors of n as the first factor from its k-th root upwards, and stops
// where the last one cannot be as close to it as in the best so far.
class even_factors {
 public:
  even_factors(int n, std::size_t k) : chosen_(k), best_(k) {
    for (int d = 1; d <= n / d; ++d) {
      if (n % d != 0) continue;
      divisors_.push_back(d);
      if (d != n / d) divisors_.push_back(n / d);
    }
    std::sort(divisors_.begin(), divisors_.end());
    search(n, 0);
  }
  [[nodiscard]] const std::vector<int>& get() const noexcept { return best_; }

 private:
  void search(int left, std::size_t at) {
    const std::size_t slots = chosen_.size() - at;
    if (slots == 1) {
      if (at != 0 && left > chosen_[at - 1]) return;
      chosen_[at] = left;
      const int spread = chosen_.front() - chosen_.back();
      if (spread < spread_) {
        spread_ = spread;
        best_ = chosen_;
      }
      return;
    }
    for (const int factor : divisors_) {
      if (at != 0 && factor > chosen_[at - 1]) return;
      if (left % factor != 0 || !reaches(factor, slots, left)) continue;
      chosen_[at] = factor;
      // The last factor is at most the root of what is left.
      int last = 1;
      while (!reaches(last, slots - 1, left / factor)) ++last;
      if (!is_power(last, slots - 1, left / factor)) --last;
      if (chosen_.front() - last >= spread_) return;  // larger factors leave still less
      search(left / factor, at + 1);
    }
  }
  // base^exponent >= n, and == n
  static bool reaches(long long base, std::size_t exponent, long long n) { return power(base, exponent, n) >= n; }
  static bool is_power(long long base, std::size_t exponent, long long n) { return power(base, exponent, n) == n; }
  static long long power(long long base, std::size_t exponent, long long most) {
    long long result = 1;
    for (std::size_t k = 0; k < exponent && base != 1 && result <= most; ++k) result *= base;
    return result;
  }

  std::vector<int> divisors_, chosen_, best_;
  int spread_ = std::numeric_limits<int>::max();
};

}  // namespace

cartesian::cartesian(list_of<int> dims, list_of<int> periods) : dims_(dims.begin(), dims.end()) {
  require(periods.size() == dims.size(), status::invalid_argument, "{} dimensions, but {} periods", dims.size(),
          periods.size());
  require(dims.size() <= most_dimensions, status::invalid_argument, "{} dimensions; there may be at most {}",
          dims.size(), most_dimensions);
  for (std::size_t d = 0; d < dims.size(); ++d) {
    require(dims[d] >= 1, status::invalid_argument, "dimension {} of the grid has {} ranks; it must have 1 or more", d,
            dims[d]);
    require(!__builtin_mul_overflow(size_, dims[d], &size_), status::invalid_argument,
            "the grid has more ranks than an int can tell");
    periods_.push_back(periods[d] != 0 ? 1 : 0);
  }
}

std::vector<int> cartesian::coords(int rank) const {
  require(rank >= 0 && rank < size_, status::invalid_argument, "rank {} is not in a grid of {} ranks", rank, size_);
  std::vector<int> result(dims_.size());
  for (std::size_t d = dims_.size(); d-- != 0;) {
    result[d] = rank % dims_[d];
    rank /= dims_[d];
  }
  return result;
}

int cartesian::rank_of(list_of<int> coords) const {
  require(coords.size() == dims_.size(), status::invalid_argument, "{} coordinates in a grid of {} dimensions",
          coords.size(), dims_.size());
  int rank = 0;
  for (std::size_t d = 0; d < dims_.size(); ++d) {
    int at = coords[d];
    if (periods_[d] != 0) {
      at %= dims_[d];
      if (at < 0) at += dims_[d];
    }
    require(at >= 0 && at < dims_[d], status::invalid_argument,
            "coordinate {} is {}, outside of [0, {}) in a dimension that is not periodic", d, at, dims_[d]);
    rank = rank * dims_[d] + at;
  }
  return rank;
}

cartesian::shifted cartesian::shift(int rank, int direction, int displacement) const {
  require(direction >= 0 && direction < static_cast<int>(dims_.size()), status::invalid_argument,
          "direction {} in a grid of {} dimensions", direction, dims_.size());
  const auto d = static_cast<std::size_t>(direction);
  std::vector<int> at = coords(rank);
  const int own = at[d];
  const auto by = [&](long long distance) {
    long long place = own + distance;
    if (periods_[d] != 0) {
      place = (place % dims_[d] + dims_[d]) % dims_[d];
    } else if (place < 0 || place >= dims_[d]) {
      return -1;
    }
    at[d] = static_cast<int>(place);
    return rank_of(at);
  };
  return {by(-static_cast<long long>(displacement)), by(displacement)};
}

std::vector<int> dims_create(int ranks, std::vector<int> dims) {
  require(ranks >= 1, status::invalid_argument, "a grid of {} ranks; there must be 1 or more", ranks);
  int left = ranks;
  std::size_t open = 0;
  for (const int each : dims) {
    require(each >= 0, status::invalid_argument, "a dimension of {} ranks; 0 stands for one to choose", each);
    if (each == 0) {
      ++open;
      continue;
    }
    require(left % each == 0, status::invalid_argument, "the dimensions that are given do not divide {} ranks", ranks);
    left /= each;
  }
  require(open != 0 || left == 1, status::invalid_argument,
          "all dimensions are given, but their product is {} and not {}", ranks / left, ranks);
  if (open == 0) return dims;
  const even_factors factors(left, open);
  auto next = factors.get().begin();
  for (int& each : dims) {
    if (each == 0) each = *next++;
  }
  return dims;
}

namespace engine {

topology grid_topology(const cartesian& grid, int rank) {
  topology result{grid, {}};
  for (int d = 0; d < static_cast<int>(grid.dims().size()); ++d) {
    const auto [lower, upper] = grid.shift(rank, d, 1);
    for (std::vector<int>* each : {&result.around.sources, &result.around.destinations}) {
      each->push_back(lower);
      each->push_back(upper);
    }
    result.around.order.push_back(2 * d + 1);
    result.around.order.push_back(2 * d);
  }
  return result;
}

topology graph_topology(std::span<const int> sources, std::span<const int> destinations, int size) {
  for (const auto& [list, what] : {std::pair{sources, "source"}, std::pair{destinations, "destination"}}) {
    for (std::size_t k = 0; k < list.size(); ++k) {
      require(list[k] >= 0 && list[k] < size, status::invalid_argument, "{} {} is rank {}, which is not in [0, {})",
              what, k, list[k], size);
    }
  }
  topology result;
  result.around.sources.assign(sources.begin(), sources.end());
  result.around.destinations.assign(destinations.begin(), destinations.end());
  for (int k = 0; k < static_cast<int>(sources.size()); ++k) result.around.order.push_back(k);
  return result;
}

grid_part part_of(const cartesian& grid, int rank, std::span<const int> remains) {
  const auto& dims = grid.dims();
  require(remains.size() == dims.size(), status::invalid_argument,
          "{} numbers for what remains of a grid of {} dimensions", remains.size(), dims.size());
  const std::vector<int> at = grid.coords(rank);
  std::vector<int> left_dims, left_periods;
  int number = 0, place = 0;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    int& where = remains[d] != 0 ? place : number;
    where = where * dims[d] + at[d];
    if (remains[d] == 0) continue;
    left_dims.push_back(dims[d]);
    left_periods.push_back(grid.periods()[d]);
  }
  return {cartesian(left_dims, left_periods), number, place};
}

}  // namespace engine
}  // namespace clique
