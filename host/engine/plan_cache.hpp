// Plans of earlier calls, by what was called: a repeated call builds nothing.
#pragma once

#include "engine/operation.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

namespace clique::engine {

// What a plan depends on, besides the communicator. The lists are those of the collective.
struct plan_key {
  clique::collective collective = collective::barrier;
  bool in_place = false;
  bool identity = false;      // what exscan gives to rank 0 is known
  std::optional<op_kind> op;  // of one that gives the same in any order, and its type: MPI may have to be told
  datatype type{};
  int root = 0;
  std::size_t count = 0;  // elements, where one number tells
  std::size_t element = 0;
  bool listed = false;  // else the lists are empty, and not looked at
  std::array<std::span<const std::size_t>, 4> lists{};
  std::array<std::span<const datatype>, 2> types{};

  [[nodiscard]] auto send_counts() const noexcept { return lists[0]; }
  [[nodiscard]] auto send_displacements() const noexcept { return lists[1]; }
  [[nodiscard]] auto receive_counts() const noexcept { return lists[2]; }
  [[nodiscard]] auto receive_displacements() const noexcept { return lists[3]; }
  [[nodiscard]] auto send_types() const noexcept { return types[0]; }
  [[nodiscard]] auto receive_types() const noexcept { return types[1]; }

  [[nodiscard]] std::size_t hash() const noexcept {
    std::size_t h = static_cast<std::size_t>(collective) * 4 + (in_place ? 2 : 0) + (identity ? 1 : 0);
    const auto mix = [&](std::size_t part) {
      h = (h ^ part) * 0x9e3779b97f4a7c15u;
      h ^= h >> 32;
    };
    mix(static_cast<std::size_t>(root));
    mix(op ? (static_cast<std::size_t>(*op) + 1) << 16 | static_cast<std::size_t>(type) : 0);
    mix(count);
    mix(element);
    if (!listed) return h;
    for (const auto& list : lists) {
      mix(list.size());
      for (const std::size_t each : list) mix(each);
    }
    for (const auto& list : types) {
      for (const datatype each : list) mix(static_cast<std::size_t>(each));
    }
    return h;
  }
};

class plan_cache {
 public:
  // The plan kept under that key; or null.
  const std::shared_ptr<const prepared_plan>* find(const plan_key& key) {
    if (latest_ != nullptr && latest_->holds(key)) return &latest_->plan;
    const auto [first, last] = entries_.equal_range(key.hash());
    const auto found = std::find_if(first, last, [&](const auto& each) { return each.second.holds(key); });
    if (found == last) return nullptr;
    latest_ = &found->second;
    return &latest_->plan;
  }

  // Keeps the plan; copies the lists of the key. None may be kept under it. What find() and keep() return is valid
  // until the next keep().
  const std::shared_ptr<const prepared_plan>& keep(const plan_key& key, std::shared_ptr<const prepared_plan> plan) {
    if (entries_.size() >= most) entries_.clear();  // seldom; what is in use stays alive
    latest_ = nullptr;
    entry made{key, {}, {}, std::move(plan)};
    for (std::size_t k = 0; k < key.lists.size(); ++k) made.lists[k].assign(key.lists[k].begin(), key.lists[k].end());
    for (std::size_t k = 0; k < key.types.size(); ++k) made.types[k].assign(key.types[k].begin(), key.types[k].end());
    latest_ = &entries_.emplace(key.hash(), std::move(made))->second;
    return latest_->plan;
  }

 private:
  static constexpr std::size_t most = 256;
  struct entry {
    plan_key key;  // but its lists, which are the caller's
    std::array<std::vector<std::size_t>, 4> lists;
    std::array<std::vector<datatype>, 2> types;
    std::shared_ptr<const prepared_plan> plan;

    [[nodiscard]] bool holds(const plan_key& other) const noexcept {
      if (key.collective != other.collective || key.count != other.count || key.element != other.element ||
          key.in_place != other.in_place || key.root != other.root || key.identity != other.identity ||
          key.op != other.op || key.type != other.type || key.listed != other.listed)
        return false;
      if (!key.listed) return true;
      constexpr auto same = [](const auto& mine, const auto& theirs) { return std::ranges::equal(mine, theirs); };
      return std::equal(lists.begin(), lists.end(), other.lists.begin(), same) &&
             std::equal(types.begin(), types.end(), other.types.begin(), same);
    }
  };
  std::unordered_multimap<std::size_t, entry> entries_;
  const entry* latest_ = nullptr;  // nodes of the map stay where they are
};

}  // namespace clique::engine
