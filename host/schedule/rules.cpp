#include "schedule/rules.hpp"

#include "core/check.hpp"
#include "schedule/association.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace clique::schedule {
namespace {

bool overlap(const range& a, const range& b) noexcept {
  return a.where == b.where && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

class checker {
 public:
  checker(const plan& made, const shape& of, const extents& regions, std::string_view algorithm_name)
      : plan_(made), shape_(of), holds_{regions.in, regions.out, made.temporary}, algorithm_(algorithm_name) {}

  void check(std::uint32_t k) const {
    const step& one = plan_.steps[k];
    if (one.what == verb::mpi) return expect(k == 0, k, "is not the first step");
    check_order(k, one);
    if (one.what == verb::offer || one.what == verb::copy) expect(inside(one.from), k, "reads outside its buffer");
    if (one.what != verb::offer) {
      expect(inside(one.to), k, "writes outside its buffer");
      expect(one.to.where != buffer::in, k, "writes the input");
    }
    if (is_block(one.what)) {
      expect(one.peer >= 0 && one.peer < shape_.size, k, "is with a rank that there is not");
      expect(one.peer != shape_.rank, k, "is with the rank itself");
    }
    if (one.what == verb::view) expect(one.to.where == buffer::temporary, k, "does not view in temporary memory");
    if (one.what == verb::copy) {
      expect(one.from.bytes == one.to.bytes, k, "copies to another size");
      expect(!overlap(one.from, one.to), k, "copies to what it reads");
    }
    if (one.what == verb::reduce) check_reduce(k, one);
  }
  void expect(bool holds, std::uint32_t k, const char* rule) const {
    if (holds) [[likely]]
      return;
    const step& one = plan_.steps[k];
    fail(status::internal, "the plan of {} on rank {} breaks a rule: step {} ({}{}) {}", algorithm_, shape_.rank, k,
         name(one.what), is_block(one.what) ? core::formatted(" rank {}, key {}", one.peer, one.key) : "", rule);
  }

 private:
  [[nodiscard]] bool inside(const range& each) const noexcept {
    const std::size_t holds = holds_[static_cast<std::size_t>(each.where)];
    return each.bytes != 0 && each.bytes <= holds && each.offset <= holds - each.bytes;
  }

  void check_order(std::uint32_t k, const step& one) const {
    const bool early = k < plan_.prologue;
    if (early) {
      const bool copies = one.what == verb::copy && one.to.where == buffer::temporary;
      expect(one.what == verb::offer || copies, k, "cannot be in the prologue");
    }
    for (const std::uint32_t each : one.after) expect(each < k, k, "waits for a later step");
  }

  void check_reduce(std::uint32_t k, const step& one) const {
    expect(one.operands.size() >= 2, k, "has less than two operands");
    const std::size_t partials = scratch_partials(one.operands);  // throws where an operand is no subtree
    const bool scratch = partials != 0;
    expect(one.scratch.bytes >= partials * partial_stride(one.to.bytes), k, "has too little scratch");
    expect(!scratch || (inside(one.scratch) && one.scratch.where == buffer::temporary), k, "has wrong scratch");
    expect(!scratch || !overlap(one.scratch, one.to), k, "has scratch in its result");
    const auto whole = [&](const range& each) {  // temporary memory has its own places for elements
      return each.bytes % shape_.element == 0 && (each.where == buffer::temporary || each.offset % shape_.element == 0);
    };
    expect(whole(one.to), k, "cuts an element");
    for (const operand& each : one.operands) {
      expect(each.where.bytes == one.to.bytes && inside(each.where), k, "has an operand of another size");
      expect(whole(each.where), k, "has an operand that cuts an element");
      expect(!scratch || !overlap(one.scratch, each.where), k, "has scratch in an operand");
      expect(!overlap(one.to, each.where) || one.to == each.where, k, "has a result across an operand");
      if (each.view == no_step) continue;
      expect(each.view < k && plan_.steps[each.view].what == verb::view, k, "has a view that is none");
      expect(plan_.steps[each.view].to == each.where, k, "has a view elsewhere");
      expect(std::count(one.after.begin(), one.after.end(), each.view) != 0, k, "does not wait for a view");
    }
  }

  const plan& plan_;
  const shape& shape_;
  std::size_t holds_[buffer_count];
  std::string_view algorithm_;
};

// Puts the blocks of each letter in line.
void line_up(plan& made, const checker& rules) {
  std::map<std::tuple<bool, int, std::uint32_t>, std::uint32_t> latest;  // by direction, peer and letter
  for (std::uint32_t k = 0; k < made.steps.size(); ++k) {
    step& one = made.steps[k];
    if (!is_block(one.what)) continue;
    const auto [found, first] = latest.try_emplace({one.what == verb::offer, one.peer, letter_of(one.key)}, k);
    if (first) continue;
    const std::uint32_t before = std::exchange(found->second, k);
    rules.expect(made.steps[before].key != one.key, k, "is one of two blocks of one pair that have the same key");
    rules.expect(made.steps[before].key < one.key, k, "has a smaller key than the block before it in its letter");
    made.steps[before].more = true;
    if (std::count(one.after.begin(), one.after.end(), before) == 0) one.after.push_back(before);
  }
}

}  // namespace

const char* name(verb what) noexcept {
  switch (what) {
    case verb::offer: return "offer";
    case verb::fetch: return "fetch";
    case verb::view: return "view";
    case verb::copy: return "copy";
    case verb::reduce: return "reduce";
    case verb::mpi: return "mpi";
  }
  return "?";
}

plan settled(plan made, const shape& of, const extents& regions, std::string_view algorithm_name) {
  const checker rules(made, of, regions, algorithm_name);
  for (std::uint32_t k = 0; k < made.steps.size(); ++k) rules.check(k);
  line_up(made, rules);
  return made;
}

}  // namespace clique::schedule
