// The plans of earlier calls: found again by all that they depend on, and by nothing less.
#include "engine/plan_cache.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

using namespace clique;
using engine::plan_cache;
using engine::plan_key;
using engine::prepared_plan;

namespace {

struct counted {
  std::shared_ptr<const prepared_plan> get(const plan_key& key) {
    if (const auto* const known = cache.find(key)) return *known;
    ++built;
    return cache.keep(key, std::make_shared<const prepared_plan>());
  }
  plan_cache cache;
  int built = 0;
};

plan_key count_of(std::size_t elements) {
  plan_key key;
  key.collective = collective::alltoall;
  key.count = elements;
  key.element = 4;
  return key;
}

}  // namespace

TEST_CASE("a call that was made before builds nothing") {
  counted all;
  const auto first = all.get(count_of(8));
  CHECK(all.get(count_of(8)) == first);
  const auto second = all.get(count_of(16));
  CHECK(second != first);
  CHECK(all.get(count_of(8)) == first);
  CHECK(all.get(count_of(16)) == second);
  CHECK(all.built == 2);
}

TEST_CASE("every part of the key counts") {
  counted all;
  std::vector<std::shared_ptr<const prepared_plan>> plans{all.get(count_of(8))};
  plan_key other = count_of(8);
  other.collective = collective::bcast;
  plans.push_back(all.get(other));
  other = count_of(8);
  other.in_place = true;
  plans.push_back(all.get(other));
  other = count_of(8);
  other.op = op_kind::sum;
  plans.push_back(all.get(other));
  other.op = op_kind::max;
  plans.push_back(all.get(other));
  other.type = datatype::uint32;
  plans.push_back(all.get(other));
  other = count_of(8);
  other.element = 8;
  plans.push_back(all.get(other));
  other = count_of(8);
  other.identity = true;
  plans.push_back(all.get(other));
  const std::size_t counts[] = {1, 2};
  other = count_of(8);
  other.lists[0] = counts;
  other.listed = true;
  plans.push_back(all.get(other));
  CHECK(all.built == 9);
  for (std::size_t a = 0; a < plans.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) CHECK(plans[a] != plans[b]);
  }
}

TEST_CASE("lists are kept by value, and compared in full") {
  counted all;
  std::vector<std::size_t> counts{1, 2, 3}, displacements{0, 1, 3};
  plan_key key = count_of(0);
  const auto bind = [&] {
    key.listed = true;
    key.lists[0] = counts;
    key.lists[1] = displacements;
    return key;
  };
  const auto first = all.get(bind());
  counts[2] = 4;  // the caller's own memory changes
  const auto second = all.get(bind());
  CHECK(second != first);
  counts[2] = 3;
  CHECK(all.get(bind()) == first);
  counts.pop_back();
  CHECK(all.get(bind()) != first);
  counts = {1, 2, 3};
  displacements.push_back(9);
  CHECK(all.get(bind()) != first);
  CHECK(all.built == 4);
}

TEST_CASE("a full cache begins anew, and leaves plans in use alone") {
  counted all;
  const auto held = all.get(count_of(0));
  for (std::size_t k = 1; k < 256; ++k) all.get(count_of(k));
  CHECK(all.get(count_of(0)) == held);
  CHECK(all.built == 256);
  all.get(count_of(256));
  CHECK(all.built == 257);
  const auto again = all.get(count_of(0));
  CHECK(all.built == 258);
  CHECK(again != held);
  CHECK(held->plan.steps.empty());
  for (std::size_t k = 0; k < 1000; ++k) all.get(count_of(k));
  CHECK(all.get(count_of(999)) == all.get(count_of(999)));
}
