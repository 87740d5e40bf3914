// The one association, and what the recursion over operands does with slots.
#include "schedule/association.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace clique;
using namespace clique::schedule;

namespace {

// By the definition, without the recursion that is tested.
std::string tree(std::uint32_t first, std::uint32_t ranks) {
  if (ranks == 1) return std::to_string(first);
  std::uint32_t half = 1;
  while (2 * half < ranks) half *= 2;
  return "(" + tree(first, half) + " " + tree(first + half, ranks - half) + ")";
}

std::vector<operand> operands(const std::vector<std::uint32_t>& ranks) {
  std::vector<operand> result;
  for (const std::uint32_t each : ranks) result.push_back({{}, no_step, each});
  return result;
}

// What comes out where the slots are real: a slot that is overwritten too early shows.
std::string combined(const std::vector<std::uint32_t>& ranks) {
  const auto of = operands(ranks);
  std::vector<std::string> slots(scratch_partials(of)), leaves;
  std::uint32_t first = 0;
  for (const std::uint32_t each : ranks) {
    leaves.push_back(tree(first, each));
    first += each;
  }
  std::string target;
  int joins = 0;
  const std::string* const result = combine_tree(
      of, [&](std::size_t k) -> const std::string* { return &leaves[k]; },
      [&](const std::string* left, const std::string* right, int slot) -> const std::string* {
        CHECK(target.empty());  // the last join alone writes it
        std::string& to = slot == to_target ? target : slots.at(static_cast<std::size_t>(slot));
        to = "(" + *left + " " + *right + ")";
        ++joins;
        return &to;
      });
  CHECK(joins == static_cast<int>(ranks.size()) - 1);
  return *result;
}

}  // namespace

TEST_CASE("operands of one rank each make the balanced tree") {
  for (std::uint32_t n = 1; n <= 130; ++n) {
    CAPTURE(n);
    CHECK(combined(std::vector<std::uint32_t>(n, 1)) == tree(0, n));
  }
  CHECK(tree(0, 7) == "(((0 1) (2 3)) ((4 5) 6))");
}

TEST_CASE("operands of several ranks make the same tree") {
  CHECK(combined({4, 2, 1}) == tree(0, 7));
  CHECK(combined({4, 3}) == tree(0, 7));
  CHECK(combined({1, 1, 2, 4, 5}) == tree(0, 13));
  CHECK(combined({8, 8, 8}) == tree(0, 24));
  for (std::uint32_t n = 1; n <= 64; ++n) {  // the binary representation
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t bit = 64; bit != 0; bit /= 2) {
      if ((n & bit) != 0) blocks.push_back(bit);
    }
    CHECK(combined(blocks) == tree(0, n));
  }
}

TEST_CASE("operands that are no subtrees are refused") {
  for (const auto& wrong : std::vector<std::vector<std::uint32_t>>{{3, 4}, {1, 2, 1, 3}, {1, 4}, {6, 2}}) {
    CHECK_THROWS_AS(combined(wrong), error);
  }
}

TEST_CASE("slots are as few as the tree is deep") {
  std::size_t depth = 2;
  for (std::uint32_t n = 4; n <= 1024; n *= 2) {
    CHECK(scratch_partials(operands(std::vector<std::uint32_t>(n, 1))) == depth++);
  }
  CHECK(scratch_partials(operands({1, 1})) == 0);
  CHECK(scratch_partials(operands({4, 2})) == 0);
  CHECK(scratch_partials(operands({4, 2, 1})) == 1);
}
