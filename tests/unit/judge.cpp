// What the interpreter of plans finds: each of these plans is wrong in one way, and was right before.
#include "interpreter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

using namespace test;
using namespace clique::schedule;

namespace {

struct judged {
  judged(std::string_view collective, std::string_view algorithm, int size, bool in_place) {
    const auto& all = schedule_cases();
    const auto found = std::find_if(all.begin(), all.end(), [&](const schedule_case& each) {
      return each.collective == collective && each.algorithm == algorithm;
    });
    REQUIRE(found != all.end());
    call = found->make({size, 0, in_place, 8, 4}, chance);
    for (std::size_t rank = 0; rank < call.shapes.size(); ++rank) plans.push_back(found->plan_of(call, rank));
    REQUIRE(faults(plans, call) == "");
  }
  // The k-th step of a rank that does this.
  step& find(std::size_t rank, verb what, std::size_t k = 0) {
    for (step& each : plans[rank].steps) {
      if (each.what == what && k-- == 0) return each;
    }
    throw std::out_of_range("no such step");
  }
  [[nodiscard]] bool finds(const char* fault) const {
    const std::string found = faults(plans, call);
    INFO(found);
    CHECK(found.find(fault) != std::string::npos);
    return found.find(fault) != std::string::npos;
  }

  std::mt19937 chance{1};
  problem call;
  std::vector<plan> plans;
};

}  // namespace

TEST_CASE("plans of a wrong form are found") {
  judged key("alltoall", "pull", 3, false);
  key.find(0, verb::offer).key = 2;
  CHECK(key.finds("no partner"));
  judged twice("alltoall", "pull", 3, false);
  twice.find(0, verb::offer, 1).peer = twice.find(0, verb::offer, 0).peer;
  CHECK(twice.finds("two blocks of one pair"));
  judged alone("alltoall", "pull", 3, false);
  alone.find(0, verb::fetch).key = 1;
  CHECK(alone.finds("no partner"));
  judged size("alltoall", "pull", 3, false);
  size.find(0, verb::fetch).to.bytes -= 8;
  CHECK(size.finds("another size"));
  judged memory("alltoall", "pull", 3, true);
  memory.plans[1].temporary -= 8;
  CHECK(memory.finds("outside its buffer"));
  judged early("alltoall", "pull", 3, false);
  early.plans[2].prologue += 1;
  CHECK(early.finds("cannot be in the prologue"));
  judged scratch("allreduce", "flat", 7, false);
  scratch.find(3, verb::reduce).scratch.bytes -= 16;
  CHECK(scratch.finds("too little scratch"));
  judged unseen("allreduce", "flat", 7, false);
  unseen.find(3, verb::reduce).after.pop_back();
  CHECK(unseen.finds("does not wait for a view"));
}

TEST_CASE("races are found: within a rank, and through what it offers") {
  judged copy("alltoall", "pull", 3, true);
  copy.find(1, verb::fetch).after.clear();
  CHECK(copy.finds("race"));
  judged offer("alltoall", "pull", 3, true);
  offer.find(1, verb::offer).after.clear();
  CHECK(offer.finds("race"));
  judged result("allreduce", "slices", 3, true);
  result.find(1, verb::fetch).after.clear();
  CHECK(result.finds("race"));
  judged partial("allreduce", "doubling", 8, false);
  step& third = partial.find(5, verb::offer, 2);
  third.after.clear();
  CHECK(partial.finds("race"));
  judged read("scan", "slices", 5, true);  // its slice, which it combines for others, is overwritten by its prefix
  const auto& steps = read.plans[2].steps;
  const auto own = std::find_if(steps.rbegin(), steps.rend(), [](const step& each) {
    return each.what == verb::reduce && each.to.where == buffer::out;
  });
  REQUIRE(own != steps.rend());
  auto& after = read.plans[2].steps[static_cast<std::size_t>(steps.rend() - own - 1)].after;
  std::erase_if(after, [&](std::uint32_t each) {
    return steps[each].what == verb::reduce &&
           std::any_of(steps[each].operands.begin(), steps[each].operands.end(),
                       [](const operand& o) { return o.where.where == buffer::out; });
  });
  CHECK(read.finds("race"));
}

TEST_CASE("circles are found, also those that scarce staging memory closes") {
  judged both("alltoall", "pull", 2, false);
  for (auto& each : both.plans) {  // each sends when it has received
    std::rotate(each.steps.begin(), each.steps.begin() + 1, each.steps.end());
    each.prologue = 0;
    each.steps[1].what == verb::offer ? each.steps[1].after = {0} : each.steps[2].after = {0};
  }
  CHECK(both.finds("circle"));
  judged order("alltoall", "pull", 3, false);
  REQUIRE(done_when_scarce(order.plans, order.chance));
  for (auto& each : order.plans) std::swap(each.steps[2], each.steps[3]);  // fetched in another order than offered
  CHECK(faults(order.plans, order.call) == "");
  CHECK_FALSE(done_when_scarce(order.plans, order.chance));
}

TEST_CASE("running finds what is read before it is written, and another order of operands") {
  const reduction minus{[](const std::byte* left, const std::byte* right, std::byte* to, std::size_t count) {
                          for (std::size_t k = 0; k < count; ++k) to[k] = left[k] ^ (right[k] << 1);
                        },
                        {}};
  judged swapped("allreduce", "binomial", 4, false);
  memory before;
  for (std::size_t rank = 0; rank < 4; ++rank) {
    before.in.emplace_back(32, static_cast<std::byte>(3 * rank + 1));
    before.out.emplace_back(32);
  }
  CHECK((run(swapped.plans, swapped.call, before, minus, swapped.chance) == swapped.call.definition(before, minus)));
  auto& operands = swapped.find(0, verb::reduce).operands;
  std::swap(operands[0], operands[1]);
  CHECK((run(swapped.plans, swapped.call, before, minus, swapped.chance) != swapped.call.definition(before, minus)));

  judged unwritten("alltoall", "pull", 2, true);
  for (auto& each : unwritten.plans) each.temporary += 64;
  unwritten.find(0, verb::copy).to.offset += 64;
  memory there;
  for (const std::size_t each : unwritten.call.out_bytes) there.out.emplace_back(each);
  there.in.resize(2);
  CHECK_THROWS_AS(run(unwritten.plans, unwritten.call, there, minus, unwritten.chance), std::runtime_error);
}
