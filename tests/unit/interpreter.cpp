// Every step has a beginning and an end. What must come before what is a graph over these events; what it leaves open
// may happen in any order, or at once.
#include "interpreter.hpp"

#include "schedule/association.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

namespace test {
namespace {

using namespace clique::schedule;

using event = std::uint32_t;

// The steps of all ranks in one row, and what takes what.
struct world {
  explicit world(const std::vector<plan>& plans) {
    std::map<std::tuple<int, int, std::uint32_t>, event> offers, takes;  // by owner, reader and key
    for (const plan& each : plans) {
      const int rank = static_cast<int>(first.size());
      first.push_back(static_cast<event>(steps.size()));
      for (const step& next : each.steps) {
        const auto id = static_cast<event>(steps.size());
        bool fresh = true;
        if (next.what == verb::offer) fresh = offers.try_emplace({rank, next.peer, next.key}, id).second;
        if (next.what == verb::fetch || next.what == verb::view) {
          fresh = takes.try_emplace({next.peer, rank, next.key}, id).second;
        }
        if (!fresh) twice = fmt::format("rank {}: two blocks of one pair have key {}", rank, next.key);
        steps.push_back(&next);
        ranks.push_back(rank);
      }
    }
    first.push_back(static_cast<event>(steps.size()));
    partner.assign(steps.size(), no_step);
    for (const auto& [pair, offer] : offers) {
      const auto take = takes.find(pair);
      if (take == takes.end()) continue;
      partner[offer] = take->second;
      partner[take->second] = offer;
    }
    readers.resize(steps.size());
    for (event id = 0; id < steps.size(); ++id) {
      for (const operand& each : steps[id]->operands) {
        if (each.view != no_step) readers[of(ranks[id], each.view)].push_back(id);
      }
    }
  }
  [[nodiscard]] event of(int rank, std::uint32_t k) const { return first[static_cast<std::size_t>(rank)] + k; }
  // When an offered block is read for the last time: by the end of these steps.
  [[nodiscard]] std::vector<event> last_readers(event offer) const {
    const event take = partner[offer];
    return readers[take].empty() ? std::vector<event>{take} : readers[take];
  }
  [[nodiscard]] std::string name(event id) const {
    constexpr const char* verbs[] = {"offer", "fetch", "view", "copy", "reduce", "mpi"};
    const step& its = *steps[id];
    return fmt::format("rank {} step {} ({}{})", ranks[id], id - first[static_cast<std::size_t>(ranks[id])],
                       verbs[static_cast<int>(its.what)], its.peer < 0 ? "" : fmt::format(" rank {}", its.peer));
  }

  std::vector<const step*> steps;
  std::vector<int> ranks;
  std::vector<event> first;
  std::vector<event> partner;               // of offers and takes
  std::vector<std::vector<event>> readers;  // of views: the reductions with it
  std::string twice;
};

constexpr event begin_of(event step) {
  return 2 * step;
}
constexpr event end_of(event step) {
  return 2 * step + 1;
}

// What each event waits for.
std::vector<std::vector<event>> waits(const world& all) {
  std::vector<std::vector<event>> result(2 * all.steps.size());
  for (event id = 0; id < all.steps.size(); ++id) {
    const step& its = *all.steps[id];
    for (const std::uint32_t each : its.after) result[begin_of(id)].push_back(end_of(all.of(all.ranks[id], each)));
    result[end_of(id)].push_back(begin_of(id));
    if (its.what == verb::offer) {
      for (const event each : all.last_readers(id)) result[end_of(id)].push_back(end_of(each));
    }
    if (its.what == verb::fetch || its.what == verb::view) result[end_of(id)].push_back(begin_of(all.partner[id]));
  }
  return result;
}

// Some order that keeps all waits; shorter than the events if there is a circle.
template <class Pick>
std::vector<event> order(const std::vector<std::vector<event>>& waits, Pick&& pick) {
  std::vector<std::vector<event>> then(waits.size());
  std::vector<std::size_t> open(waits.size());
  std::vector<event> ready, result;
  for (event id = 0; id < waits.size(); ++id) {
    open[id] = waits[id].size();
    if (open[id] == 0) ready.push_back(id);
    for (const event each : waits[id]) then[each].push_back(id);
  }
  while (!ready.empty()) {
    std::swap(ready[pick(ready.size())], ready.back());
    const event next = ready.back();
    ready.pop_back();
    result.push_back(next);
    for (const event each : then[next]) {
      if (--open[each] == 0) ready.push_back(each);
    }
  }
  return result;
}

bool overlap(const range& a, const range& b) {
  return a.where == b.where && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

std::string fault_of_form(const world& all, const std::vector<plan>& plans, const problem& of) {
  for (event id = 0; id < all.steps.size(); ++id) {
    const step& its = *all.steps[id];
    const auto rank = static_cast<std::size_t>(all.ranks[id]);
    const std::uint32_t k = id - all.first[rank];
    const bool early = k < plans[rank].prologue;
    const auto wrong = [&](const std::string& what) { return all.name(id) + ": " + what; };
    const auto outside = [&](const range& each) {
      const std::size_t holds = each.where == buffer::in    ? of.in_bytes[rank]
                                : each.where == buffer::out ? of.out_bytes[rank]
                                                            : plans[rank].temporary;
      return each.offset + each.bytes > holds || each.bytes == 0;
    };
    const bool reads = its.what == verb::offer || its.what == verb::copy;
    const bool writes = its.what != verb::offer;
    if (reads && outside(its.from)) return wrong("reads outside its buffer");
    if (writes && outside(its.to)) return wrong("writes outside its buffer");
    if (writes && its.to.where == buffer::in) return wrong("writes the input");
    if (early && its.what != verb::offer && (its.what != verb::copy || its.to.where != buffer::temporary)) {
      return wrong("cannot be in the prologue");
    }
    for (const std::uint32_t each : its.after) {
      if (each >= k) return wrong("waits for a later step");
      if (early && each >= plans[rank].prologue) return wrong("of the prologue waits for one after it");
    }
    if (its.what == verb::copy && its.from.bytes != its.to.bytes) return wrong("copies to another size");
    if (its.what == verb::copy && overlap(its.from, its.to)) return wrong("copies to what it reads");
    if (its.peer == all.ranks[id]) return wrong("is with the rank itself");
    if (its.key > 1) return wrong("has a third key");
    if (its.what == verb::view && its.to.where != buffer::temporary) return wrong("does not view in temporary memory");
    if (its.what == verb::offer || its.what == verb::fetch || its.what == verb::view) {
      if (all.partner[id] == no_step) return wrong("has no partner");
      if (its.what != verb::offer && all.steps[all.partner[id]]->from.bytes != its.to.bytes) {
        return wrong("takes another size than is offered");
      }
    }
    if (its.what != verb::reduce) continue;
    if (its.operands.size() < 2) return wrong("has less than two operands");
    const std::size_t slots = scratch_slots(its.operands);  // throws where an operand is no subtree
    if (its.scratch.bytes < slots * slot_stride(its.to.bytes)) return wrong("has too little scratch");
    if (slots != 0 && (outside(its.scratch) || its.scratch.where != buffer::temporary))
      return wrong("has wrong scratch");
    const std::size_t element = of.shapes[rank].element;
    if (its.to.bytes % element != 0 || its.to.offset % element != 0) return wrong("cuts an element");
    if (slots != 0 && overlap(its.scratch, its.to)) return wrong("has scratch in its result");
    for (const operand& each : its.operands) {
      if (each.where.bytes != its.to.bytes || outside(each.where)) return wrong("has an operand of another size");
      if (each.where.offset % element != 0) return wrong("has an operand that cuts an element");
      if (slots != 0 && overlap(its.scratch, each.where)) return wrong("has scratch in an operand");
      if (overlap(its.to, each.where) && its.to != each.where) return wrong("has a result across an operand");
      if (each.view == no_step) continue;
      if (each.view >= k || plans[rank].steps[each.view].what != verb::view) return wrong("has a view that is none");
      if (plans[rank].steps[each.view].to != each.where) return wrong("has a view elsewhere");
      if (std::count(its.after.begin(), its.after.end(), each.view) == 0) return wrong("does not wait for a view");
    }
  }
  return {};
}

// A use of memory, from the beginning of one step to the end of others.
struct use {
  range where;
  bool write;
  event step;
  event begin;
  std::vector<event> ends;
};

std::string race(const world& all, const std::vector<std::vector<event>>& waits, std::size_t ranks) {
  const auto in_order = order(waits, [](std::size_t) { return std::size_t{0}; });
  if (in_order.size() != waits.size()) return "steps wait for each other in a circle";
  const std::size_t words = (waits.size() + 63) / 64;
  std::vector<std::uint64_t> before(waits.size() * words);  // row e: the events that surely are over at e
  for (const event id : in_order) {
    std::uint64_t* const row = before.data() + id * words;
    for (const event each : waits[id]) {
      const std::uint64_t* const its = before.data() + each * words;
      for (std::size_t k = 0; k < words; ++k) row[k] |= its[k];
      row[each / 64] |= std::uint64_t{1} << each % 64;
    }
  }
  const auto precedes = [&](const use& a, const use& b) {
    return std::all_of(a.ends.begin(), a.ends.end(),
                       [&](event end) { return (before[b.begin * words + end / 64] >> end % 64 & 1) != 0; });
  };
  std::vector<std::vector<use>> uses(ranks);
  for (event id = 0; id < all.steps.size(); ++id) {
    const step& its = *all.steps[id];
    auto& mine = uses[static_cast<std::size_t>(all.ranks[id])];
    const auto add = [&](const range& where, bool write) {
      if (where.bytes != 0) mine.push_back({where, write, id, begin_of(id), {end_of(id)}});
    };
    add(its.to, true);
    add(its.scratch, true);
    if (its.what == verb::copy) add(its.from, false);
    for (const operand& each : its.operands) add(each.where, false);
    if (its.what == verb::offer) {
      use reading{its.from, false, id, begin_of(id), {}};
      for (const event each : all.last_readers(id)) reading.ends.push_back(end_of(each));
      mine.push_back(std::move(reading));
    }
  }
  for (auto& mine : uses) {
    std::sort(mine.begin(), mine.end(), [](const use& a, const use& b) {
      return std::tie(a.where.where, a.where.offset) < std::tie(b.where.where, b.where.offset);
    });
    for (auto a = mine.begin(); a != mine.end(); ++a) {
      for (auto b = a + 1; b != mine.end() && overlap(a->where, {b->where.where, b->where.offset, 1}); ++b) {
        if ((!a->write && !b->write) || a->step == b->step || precedes(*a, *b) || precedes(*b, *a)) continue;
        return fmt::format("{} and {} race for bytes [{}, {})", all.name(a->step), all.name(b->step), b->where.offset,
                           std::min(a->where.offset + a->where.bytes, b->where.offset + b->where.bytes));
      }
    }
  }
  return {};
}

}  // namespace

std::string faults(const std::vector<plan>& plans, const problem& of) {
  const world all(plans);
  if (!all.twice.empty()) return all.twice;
  if (auto wrong = fault_of_form(all, plans, of); !wrong.empty()) return wrong;
  return race(all, waits(all), plans.size());
}

bool done_when_scarce(const std::vector<plan>& plans, std::mt19937& chance) {
  const world all(plans);
  std::vector<std::uint8_t> begun(all.steps.size()), done(all.steps.size());
  std::vector<bool> sending(plans.size()), receiving(plans.size());
  std::vector<std::size_t> looks(plans.size());
  for (std::size_t rank = 0; rank < plans.size(); ++rank) looks[rank] = rank;
  std::size_t left = all.steps.size();
  for (bool moved = true; moved && left != 0;) {
    moved = false;
    std::shuffle(looks.begin(), looks.end(), chance);
    for (const std::size_t rank : looks) {
      for (event id = all.first[rank]; id < all.first[rank + 1]; ++id) {
        const step& its = *all.steps[id];
        const auto over = [&](event each) { return done[each] != 0; };
        const auto over_here = [&](std::uint32_t each) { return over(all.first[rank] + each); };
        if (over(id) || !std::all_of(its.after.begin(), its.after.end(), over_here)) continue;
        const bool offers = its.what == verb::offer, fetches = its.what == verb::fetch;
        if ((offers && its.from.where == buffer::temporary) || (fetches && its.to.where == buffer::temporary)) {
          if (begun[id] == 0) moved = true;
          begun[id] = 1;
        } else if (offers || fetches) {  // needs the ring that there is
          auto& rings = offers ? sending : receiving;
          if (begun[id] == 0) {
            if (rings[rank]) continue;
            rings[rank] = moved = true;
            begun[id] = 1;
          }
        }
        const bool ends = offers                              ? over(all.partner[id])
                          : fetches || its.what == verb::view ? begun[all.partner[id]] != 0
                                                              : true;
        if (!ends) continue;
        done[id] = 1;
        --left;
        moved = true;
        if (offers && its.from.where != buffer::temporary) sending[rank] = false;
        if (fetches && its.to.where != buffer::temporary) receiving[rank] = false;
      }
    }
  }
  return left == 0;
}

std::vector<bytes> run(const std::vector<plan>& plans, const problem& of, const memory& before, const reduction& how,
                       std::mt19937& chance) {
  const world all(plans);
  memory now = before;
  std::vector<bytes> temporary, written;
  for (const plan& each : plans) {
    temporary.emplace_back(each.temporary);
    written.emplace_back(each.temporary);
  }
  const auto at = [&](int owner, const range& where) {
    const auto rank = static_cast<std::size_t>(owner);
    bytes& whole = where.where == buffer::in    ? now.in[rank]
                   : where.where == buffer::out ? now.out[rank]
                                                : temporary[rank];
    return whole.data() + where.offset;
  };
  const auto mark = [&](event id, const range& where) {
    if (where.where != buffer::temporary) return;
    std::fill_n(written[static_cast<std::size_t>(all.ranks[id])].data() + where.offset, where.bytes, std::byte{1});
  };
  const auto read = [&](event id, const range& where) {
    const auto& marks = written[static_cast<std::size_t>(all.ranks[id])];
    if (where.where == buffer::temporary &&
        std::count(marks.data() + where.offset, marks.data() + where.offset + where.bytes, std::byte{0}) != 0) {
      throw std::runtime_error(all.name(id) + " reads temporary memory that nothing has written");
    }
    return at(all.ranks[id], where);
  };
  std::vector<bool> in_place(all.steps.size());  // views that are read where they lie
  for (auto&& each : in_place) each = chance() % 2 == 0;
  for (const event id : order(waits(all), [&](std::size_t among) { return chance() % among; })) {
    if (id % 2 == 0) continue;
    const event k = id / 2;
    const step& its = *all.steps[k];
    const int rank = all.ranks[k];
    switch (its.what) {
      case verb::offer:
      case verb::mpi: break;
      case verb::view:
        if (in_place[k]) break;
        [[fallthrough]];
      case verb::fetch:
        std::copy_n(read(all.partner[k], all.steps[all.partner[k]]->from), its.to.bytes, at(rank, its.to));
        mark(k, its.to);
        break;
      case verb::copy:
        std::copy_n(read(k, its.from), its.to.bytes, at(rank, its.to));
        mark(k, its.to);
        break;
      case verb::reduce:
        combine_tree(
            its.operands,
            [&](std::size_t which) -> const std::byte* {
              const operand& each = its.operands[which];
              const event view = each.view == no_step ? no_step : all.of(rank, each.view);
              if (view == no_step || !in_place[view]) return read(k, each.where);
              return read(all.partner[view], all.steps[all.partner[view]]->from);
            },
            [&](const std::byte* left, const std::byte* right, int slot) -> const std::byte* {
              std::byte* const to = at(rank, slot == to_target ? its.to : scratch_slot(its, slot));
              how.combine(left, right, to, its.to.bytes);
              return to;
            });
        if (its.last && how.finish) how.finish(at(rank, its.to), its.to.bytes);
        mark(k, its.to);
        break;
    }
  }
  (void)of;
  return now.out;
}

}  // namespace test
