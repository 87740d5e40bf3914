// What an algorithm costs on any number of ranks, counted from its plans.
#pragma once

#include "schedule/plan.hpp"

#include <functional>

namespace clique::schedule {

// Each the most of any rank, but for the depth.
struct cost {
  // Messages in the longest chain: a fetch or view that waits for an offer, which waits for another fetch or view, and
  // so on. What a rank sends to several it sends at once here: the rounds of the literature, in which a rank sends one
  // message at a time, are at least the depth and at least the messages.
  std::size_t depth = 0;
  std::size_t steps = 0;      // of the plan
  std::size_t messages = 0;   // offered
  std::size_t sent = 0;       // bytes offered
  std::size_t received = 0;   // bytes fetched or viewed
  std::size_t combined = 0;   // bytes that reductions make, inner results of their trees included
  std::size_t temporary = 0;  // bytes of temporary memory
};

// `plan_of(rank)` is called several times for each rank, so that the plans of thousands of ranks need not be held at
// once: about as often as the depth says.
cost cost_of(int size, const std::function<plan(int rank)>& plan_of);

}  // namespace clique::schedule
