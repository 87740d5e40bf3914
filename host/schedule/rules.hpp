// The rules of plan.hpp, as far as the plan of one rank can show that they are kept.
#pragma once

#include "schedule/shape.hpp"

#include <string_view>

namespace clique::schedule {

const char* name(verb what) noexcept;

// Bytes of the user's regions.
struct extents {
  std::size_t in = 0, out = 0;
};

// The plan, with the blocks that share a letter in line: the step of each comes after that of the one before it. Throws
// clique::error(internal), which names the algorithm (`who`) and the step, where the plan breaks a rule.
plan settled(plan made, const shape& of, const extents& regions, std::string_view algorithm_name);

}  // namespace clique::schedule
