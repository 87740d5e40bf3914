// Every algorithm of every collective against its definition, for 1..33 ranks: as plans, in every order that they leave
// open.
#include "interpreter.hpp"
#include "symbols.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <set>

using namespace test;
using clique::schedule::plan;

namespace {

std::uint64_t word(const std::byte* from) {
  std::uint64_t result = 0;
  std::memcpy(&result, from, sizeof result);
  return result;
}

const reduction symbols{[](const std::byte* left, const std::byte* right, std::byte* to, std::size_t bytes_) {
                          combine_symbols(left, right, to, bytes_ / 8);
                        },
                        [](std::byte* of, std::size_t count) {
                          for (std::size_t k = 0; k < count; k += 8) {
                            const std::uint64_t made = word(of + k) ^ 0x5555555555555555u;
                            std::memcpy(of + k, &made, sizeof made);
                          }
                        }};

std::vector<plan> plans_of(const schedule_case& which, const problem& call) {
  std::vector<plan> all;
  for (std::size_t rank = 0; rank < call.shapes.size(); ++rank) all.push_back(which.plan_of(call, rank));
  return all;
}

memory random_memory(const problem& call, std::mt19937& chance) {
  memory made;
  const auto fill = [&](std::size_t bytes_) {
    bytes result(bytes_);
    for (std::byte& each : result) each = static_cast<std::byte>(chance());
    return result;
  };
  for (const std::size_t each : call.in_bytes) made.in.push_back(fill(each));
  for (const std::size_t each : call.out_bytes) made.out.push_back(fill(each));
  return made;
}

void try_out(const schedule_case& which, const wish& what, std::mt19937& chance) {
  INFO(std::string(which.collective) << " " << std::string(which.algorithm) << ", " << what.size << " ranks, root "
                                     << what.root << std::string(what.in_place ? ", in place, " : ", ") << what.elements
                                     << " elements of " << what.element << " bytes");
  const problem call = which.make(what, chance);
  const std::vector<plan> plans = plans_of(which, call);
  REQUIRE(faults(plans, call) == "");
  REQUIRE(done_when_scarce(plans, chance));
  REQUIRE(done_when_scarce(plans, chance, scarce::somewhere));
  REQUIRE(done_when_scarce(plans, chance, scarce::on_two_nodes));
  const memory before = random_memory(call, chance);
  const auto expected = call.definition(before, symbols);
  const auto seen = run(plans, call, before, symbols, chance);
  for (std::size_t rank = 0; rank < seen.size(); ++rank) {
    CAPTURE(rank);
    REQUIRE((seen[rank] == expected[rank]));
  }
}

}  // namespace

TEST_CASE("every algorithm equals its collective's definition, on 1..33 ranks") {
  std::mt19937 chance(5);
  for (const schedule_case& which : schedule_cases()) {
    SUBCASE((std::string(which.collective) + ", " + which.algorithm).c_str()) {
      for (int size = 1; size <= 33; ++size) {
        if (which.fits == schedule_case::sizes::powers_of_two && (size & (size - 1)) != 0) continue;
        std::set<int> roots{0};
        if (which.rooted && size <= 9) {
          for (int root = 1; root < size; ++root) roots.insert(root);
        } else if (which.rooted) {
          roots = {0, 1 + static_cast<int>(chance() % 1000) % (size - 1), size - 1};
        }
        for (const int root : roots) {
          for (const bool in_place : {false, true}) {
            if (in_place && !which.has_in_place) continue;
            // Fewer elements than ranks, about as many, and so many that slices are cut at cache lines.
            const std::size_t many = size <= 8 ? 5000 : 40;
            for (const std::size_t elements : {std::size_t{0}, std::size_t{1} + chance() % 3, many}) {
              try_out(which,
                      {size, root, in_place, chance() % 2 == 0 ? 8u : 16u, elements,
                       some_nodes(size, which.on_subtrees, chance)},
                      chance);
            }
          }
        }
      }
    }
  }
}
