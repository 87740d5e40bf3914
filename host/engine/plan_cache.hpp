// Plans of earlier calls, by what was called: a repeated call builds nothing.
#pragma once

#include "engine/operation.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace clique::engine {

// What a plan depends on. `lists` are the counts and displacements of a v-collective, one after the other.
struct plan_key {
  std::uint32_t collective = 0;
  bool in_place = false;
  std::size_t count = 0;  // elements of all blocks, where those are equal
  std::span<const std::size_t> lists[4];
  std::size_t element = 0;

  [[nodiscard]] std::size_t hash() const noexcept {
    std::size_t h = collective * 2 + (in_place ? 1 : 0);
    const auto mix = [&](std::size_t part) {
      h = (h ^ part) * 0x9e3779b97f4a7c15u;
      h ^= h >> 32;
    };
    mix(count);
    mix(element);
    for (const auto& list : lists) {
      for (const std::size_t each : list) mix(each);
    }
    return h;
  }
};

class plan_cache {
 public:
  template <class Build>
  const std::shared_ptr<const prepared_plan>& get(const plan_key& key, Build&& build) {
    if (latest_ != nullptr && latest_->holds(key)) return latest_->plan;
    const std::size_t hash = key.hash();
    const auto [first, last] = entries_.equal_range(hash);
    for (auto each = first; each != last; ++each) {
      if (!each->second.holds(key)) continue;
      latest_ = &each->second;
      return latest_->plan;
    }
    if (entries_.size() >= most) entries_.clear();  // seldom; what is in use stays alive
    latest_ = nullptr;
    entry made{key.collective, key.in_place, key.count, key.element, {}, build()};
    for (const auto& list : key.lists) made.lists.insert(made.lists.end(), list.begin(), list.end());
    latest_ = &entries_.emplace(hash, std::move(made))->second;
    return latest_->plan;
  }

 private:
  static constexpr std::size_t most = 256;
  struct entry {
    std::uint32_t collective;
    bool in_place;
    std::size_t count, element;
    std::vector<std::size_t> lists;
    std::shared_ptr<const prepared_plan> plan;

    [[nodiscard]] bool holds(const plan_key& key) const noexcept {
      if (collective != key.collective || in_place != key.in_place || count != key.count || element != key.element)
        return false;
      auto at = lists.begin();
      for (const auto& list : key.lists) {
        if (static_cast<std::size_t>(lists.end() - at) < list.size()) return false;
        if (!std::equal(list.begin(), list.end(), at)) return false;
        at += static_cast<std::ptrdiff_t>(list.size());
      }
      return at == lists.end();
    }
  };
  std::unordered_multimap<std::size_t, entry> entries_;
  const entry* latest_ = nullptr;  // nodes of the map stay where they are
};

}  // namespace clique::engine
