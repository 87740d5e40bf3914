// Every step has a beginning and an end. What must come before what is a graph over these events; what it leaves open
// may happen in any order, or at once.
#include "interpreter.hpp"

#include "schedule/association.hpp"
#include "schedule/rules.hpp"

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
        if (next.what == verb::offer) offers.try_emplace({rank, next.peer, next.key}, id);
        if (next.what == verb::fetch || next.what == verb::view) takes.try_emplace({next.peer, rank, next.key}, id);
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
    const step& its = *steps[id];
    return fmt::format("rank {} step {} ({}{})", ranks[id], id - first[static_cast<std::size_t>(ranks[id])],
                       clique::schedule::name(its.what), its.peer < 0 ? "" : fmt::format(" rank {}", its.peer));
  }

  std::vector<const step*> steps;
  std::vector<int> ranks;
  std::vector<event> first;
  std::vector<event> partner;               // of offers and takes
  std::vector<std::vector<event>> readers;  // of views: the reductions with it
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

// What the plan of one rank cannot show.
std::string fault_of_pairs(const world& all) {
  for (event id = 0; id < all.steps.size(); ++id) {
    const step& its = *all.steps[id];
    if (its.what != verb::offer && its.what != verb::fetch && its.what != verb::view) continue;
    if (all.partner[id] == no_step) return all.name(id) + ": has no partner";
    if (its.what != verb::offer && all.steps[all.partner[id]]->from.bytes != its.to.bytes)
      return all.name(id) + ": takes another size than is offered";
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
  try {
    for (std::size_t rank = 0; rank < plans.size(); ++rank)
      (void)settled(plans[rank], of.shapes[rank], {of.in_bytes[rank], of.out_bytes[rank]}, "a test");
  } catch (const clique::error& broken) {
    return broken.what();
  }
  const world all(plans);
  if (auto wrong = fault_of_pairs(all); !wrong.empty()) return wrong;
  return race(all, waits(all), plans.size());
}

bool done_when_scarce(const std::vector<plan>& plans, std::mt19937& chance, scarce where) {
  const world all(plans);
  std::vector<std::uint8_t> begun(all.steps.size()), done(all.steps.size());
  std::vector<bool> sending(plans.size()), receiving(plans.size()), plenty(2 * plans.size());
  for (std::size_t k = 0; k < plenty.size(); ++k) plenty[k] = where == scarce::somewhere && chance() % 2 == 0;
  std::vector<std::size_t> looks(plans.size());
  for (std::size_t rank = 0; rank < plans.size(); ++rank) looks[rank] = rank;
  const auto together = [&](std::size_t rank, const step& its) {
    return where == scarce::on_two_nodes && its.peer % 2 == static_cast<int>(rank % 2);
  };
  std::size_t left = all.steps.size();
  bool agreed = where != scarce::on_two_nodes;  // before that, blocks are offered on the node alone
  for (bool moved = true; (moved || !agreed) && left != 0;) {
    agreed = agreed || !moved;
    moved = false;
    std::shuffle(looks.begin(), looks.end(), chance);
    for (const std::size_t rank : looks) {
      bool held_back[2] = {};  // sending, receiving: a step before has not begun
      for (event id = all.first[rank]; id < all.first[rank + 1]; ++id) {
        const step& its = *all.steps[id];
        const auto over = [&](event each) { return done[each] != 0; };
        const auto over_here = [&](std::uint32_t each) { return over(all.first[rank] + each); };
        if (over(id)) continue;
        const bool offers = its.what == verb::offer, fetches = its.what == verb::fetch;
        const bool staged = (offers && its.from.where != buffer::temporary) ||
                            (fetches && its.to.where != buffer::temporary && !together(rank, its));
        bool& held = held_back[offers ? 0 : 1];
        const bool early = id - all.first[rank] < plans[rank].prologue && (!offers || together(rank, its));
        if (!agreed && !early) continue;
        if (!std::all_of(its.after.begin(), its.after.end(), over_here)) {
          held = held || staged;
          continue;
        }
        if (begun[id] == 0 && (offers || fetches)) {
          if (staged && !plenty[2 * rank + (offers ? 0 : 1)]) {  // needs the ring that there is
            auto& rings = offers ? sending : receiving;
            held = held || rings[rank];
            if (held) continue;
            rings[rank] = true;
          }
          begun[id] = 1;
          moved = true;
        }
        const bool ends = offers                              ? over(all.partner[id])
                          : fetches || its.what == verb::view ? begun[all.partner[id]] != 0
                                                              : true;
        if (!ends) continue;
        if (chance() % 4 == 0) {  // what began later may be done earlier
          moved = true;
          continue;
        }
        done[id] = 1;
        --left;
        moved = true;
        if (offers && its.from.where != buffer::temporary) sending[rank] = false;
        if (fetches && its.to.where != buffer::temporary && !together(rank, its)) receiving[rank] = false;
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
              std::byte* const to = at(rank, slot == to_target ? its.to : scratch_partial(its, slot));
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
