// Every algorithm of every collective with calls to try it on, and what the definition says that such a call gives: one
// table, for the plans alone and for the engine that runs them.
#pragma once

#include "schedule/shape.hpp"

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace test {

using clique::schedule::shape;
using bytes = std::vector<std::byte>;

// How a reduction combines elements: `to` is left op right, of which it may be one. `finish`, if there is one, is what
// is done to results of reductions (not of scans) of two ranks or more: the division of a mean.
struct reduction {
  std::function<void(const std::byte* left, const std::byte* right, std::byte* to, std::size_t count)> combine;
  std::function<void(std::byte* of, std::size_t count)> finish;
};

// What the user's regions hold, by rank.
struct memory {
  std::vector<bytes> in, out;
};

struct wish {
  int size = 1, root = 0;
  bool in_place = false;
  std::size_t element = 8, elements = 1;  // of a block, or of the vector; lists are uneven, about as long
  std::vector<int> nodes = {};            // see shape::nodes; none: all on one
};

// One call, by all ranks.
struct problem {
  std::vector<shape> shapes;
  std::vector<std::size_t> in_bytes, out_bytes;
  // What `out` holds afterwards.
  std::function<std::vector<bytes>(const memory& before, const reduction& how)> definition;
};

struct schedule_case {
  const char* collective;
  const char* algorithm;
  clique::schedule::algorithm build;
  problem (*make)(const wish& what, std::mt19937& chance);
  enum class sizes { any, powers_of_two } fits = sizes::any;
  bool rooted = false;
  bool has_in_place = true;
  bool on_subtrees = false;  // for nodes that are subtrees of the association

  // What a rank runs: checked, and with its letters in line.
  [[nodiscard]] clique::schedule::plan plan_of(const problem& call, std::size_t rank) const;
};

const std::vector<schedule_case>& schedule_cases();

// Some way in which the ranks may stand on nodes; `subtrees`: such that a reduction may begin on each node.
std::vector<int> some_nodes(int size, bool subtrees, std::mt19937& chance);

}  // namespace test
