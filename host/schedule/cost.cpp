#include "schedule/cost.hpp"

#include "core/check.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace clique::schedule {
namespace {

// The chain before each offer: of owner, reader and key. Most algorithms have few keys for each of many pairs, and some
// many keys for few.
class chains {
 public:
  explicit chains(int size) : size_(static_cast<std::size_t>(size)), first_(size_ * size_ * letters) {}
  std::uint16_t& at(int owner, int reader, std::uint32_t key) {
    const std::size_t pair = static_cast<std::size_t>(owner) * size_ + static_cast<std::size_t>(reader);
    if (key < letters) return first_[pair * letters + key];
    auto& blocks = others_[pair];
    if (blocks.size() <= key) blocks.resize(key + 1);
    return blocks[key];
  }

 private:
  std::size_t size_;
  std::vector<std::uint16_t> first_;  // keys below `letters`
  std::unordered_map<std::size_t, std::vector<std::uint16_t>> others_;
};

// The longest chain that ends at a step of this plan, by what is known of the others' offers so far.
std::size_t follow(const plan& of, int rank, chains& known, std::vector<std::size_t>& longest, bool& changed) {
  std::size_t result = 0;
  longest.assign(of.steps.size(), 0);
  for (std::size_t k = 0; k < of.steps.size(); ++k) {
    const step& one = of.steps[k];
    for (const std::uint32_t each : one.after) longest[k] = std::max(longest[k], longest[each]);
    if (one.what == verb::fetch || one.what == verb::view) {
      longest[k] = std::max<std::size_t>(longest[k], known.at(one.peer, rank, one.key) + 1u);
    }
    if (one.what == verb::offer) {
      std::uint16_t& before = known.at(rank, one.peer, one.key);
      require(longest[k] < std::numeric_limits<std::uint16_t>::max(), status::internal, "a chain of {} messages",
              longest[k]);
      changed = changed || before != longest[k];
      before = static_cast<std::uint16_t>(longest[k]);
    }
    result = std::max(result, longest[k]);
  }
  return result;
}

void count(const plan& of, cost& most) {
  cost mine;
  mine.steps = of.steps.size();
  mine.temporary = of.temporary;
  for (const step& each : of.steps) {
    switch (each.what) {
      case verb::offer:
        ++mine.messages;
        mine.sent += each.from.bytes;
        break;
      case verb::fetch:
      case verb::view: mine.received += each.to.bytes; break;
      case verb::reduce: mine.combined += (each.operands.size() - 1) * each.to.bytes; break;
      case verb::copy:
      case verb::mpi: break;
    }
  }
  for (const auto figure :
       {&cost::steps, &cost::messages, &cost::sent, &cost::received, &cost::combined, &cost::temporary}) {
    most.*figure = std::max(most.*figure, mine.*figure);
  }
}

}  // namespace

cost cost_of(int size, const std::function<plan(int rank)>& plan_of) {
  cost result;
  chains known(size);
  std::vector<std::size_t> longest;
  bool changed = true;
  for (bool first = true; changed; first = false) {
    changed = false;
    result.depth = 0;
    for (int rank = 0; rank < size; ++rank) {
      const plan mine = plan_of(rank);
      result.depth = std::max(result.depth, follow(mine, rank, known, longest, changed));
      if (first) count(mine, result);
    }
  }
  return result;
}

}  // namespace clique::schedule
