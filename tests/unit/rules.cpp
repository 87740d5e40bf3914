// The rules of plan.hpp: each of these plans breaks one, and is refused with the name of its algorithm and the step.
#include "schedule/rules.hpp"

#include "schedule/builder.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace clique;
using namespace clique::schedule;

namespace {

constexpr extents regions{100, 100};

schedule::shape rank_of_three() {
  schedule::shape made;
  made.rank = 1;
  made.size = 3;
  return made;
}

range in(std::size_t offset, std::size_t bytes) {
  return {buffer::in, offset, bytes};
}
range out(std::size_t offset, std::size_t bytes) {
  return {buffer::out, offset, bytes};
}

// What is said of the plan; nothing if it is taken.
template <class Build>
std::string refusal(Build&& build) {
  builder make;
  build(make);
  try {
    (void)settled(make.take(), rank_of_three(), regions, "gather:odd");
    return "";
  } catch (const error& caught) {
    CHECK(caught.code() == status::internal);
    return caught.what();
  }
}

// The last step breaks the rule.
void check(const std::string& said, const char* rule) {
  CAPTURE(said);
  CHECK(said.find("the plan of gather:odd on rank 1 breaks a rule: step ") != std::string::npos);
  CHECK(said.find(rule) != std::string::npos);
}

}  // namespace

TEST_CASE("a plan that breaks a rule is refused, by the name of its algorithm and the step") {
  CHECK(refusal([](builder& make) { make.offer(2, 0, in(0, 100)); }) == "");
  check(refusal([](builder& make) { make.offer(2, 0, in(1, 100)); }), "step 0 (offer rank 2, key 0) reads outside");
  check(refusal([](builder& make) { make.offer(2, 0, in(0, 0)); }), "reads outside its buffer");
  check(refusal([](builder& make) { make.offer(1, 0, in(0, 8)); }), "is with the rank itself");
  check(refusal([](builder& make) { make.offer(3, 0, in(0, 8)); }), "is with a rank that there is not");
  check(refusal([](builder& make) { make.fetch(0, 0, out(96, 8)); }), "step 0 (fetch rank 0, key 0) writes outside");
  check(refusal([](builder& make) { make.fetch(0, 0, in(0, 8)); }), "writes the input");
  check(refusal([](builder& make) { make.copy(in(0, 8), out(0, 9)); }), "step 0 (copy) copies to another size");
  check(refusal([](builder& make) { make.copy(out(0, 8), out(4, 8)); }), "copies to what it reads");
  check(refusal([](builder& make) { make.copy(in(0, 8), out(4, 8), {0}); }), "waits for a later step");
  check(refusal([](builder& make) {
          make.fetch(0, 0, out(0, 8));
          make.end_prologue();
        }),
        "cannot be in the prologue");
  check(refusal([](builder& make) {
          make.copy(in(0, 8), out(0, 8));
          make.end_prologue();
        }),
        "cannot be in the prologue");
  check(refusal([](builder& make) {
          const operand own{in(0, 8)};
          make.reduce({own, make.view(0, 0, 16)}, out(0, 8));
        }),
        "step 1 (reduce) has an operand of another size");
}

TEST_CASE("blocks of one letter stand in line, whatever else the plan does in between") {
  builder make;
  for (std::uint32_t key = 0; key < 3 * letters; ++key) {
    make.offer(2, key, in(key, 1));
    make.fetch(0, key, out(key, 1));
    make.offer(0, key, in(key, 1));
  }
  const plan made = settled(make.take(), rank_of_three(), regions, "gather:odd");
  for (std::uint32_t k = 0; k < made.steps.size(); ++k) {
    const step& its = made.steps[k];
    CHECK(its.after == (its.key < letters ? builder::steps{} : builder::steps{k - 3 * letters}));
    CHECK(its.more == (its.key < 2 * letters));
  }
  plan again = settled(made, rank_of_three(), regions, "gather:odd");
  for (std::uint32_t k = 0; k < made.steps.size(); ++k) CHECK(again.steps[k].after == made.steps[k].after);
}

TEST_CASE("blocks of one letter that stand in another order are refused") {
  check(refusal([](builder& make) {
          make.offer(2, letters, in(0, 1));
          make.offer(2, 0, in(0, 1));
        }),
        "step 1 (offer rank 2, key 0) has a smaller key");
  check(refusal([](builder& make) {
          make.fetch(2, 1, out(0, 1));
          make.fetch(2, 1, out(1, 1));
        }),
        "step 1 (fetch rank 2, key 1) is one of two blocks of one pair");
}
