// Operators: what they say of themselves, and what cannot be one.
#include "core/arithmetic.hpp"

#include <clique/error.hpp>
#include <clique/reduce_op.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace clique;

TEST_CASE("operators: names, ids, equality") {
  std::vector<reduce_op> all;
  for (int k = 0; k < builtin_op_count; ++k) {
    all.emplace_back(static_cast<op_kind>(k));
    CHECK(parse_reduce_op(all.back().name()) == all.back());
    CHECK(all.back().commutative());
    CHECK(all.back().as_commutative() == all.back());
  }
  all.push_back(reduce_op::expression("a + b"));
  all.push_back(reduce_op::expression("a + b").as_commutative());
  all.push_back(reduce_op::expression("a + b").with_identity(0.0f));
  all.push_back(reduce_op::expression("a + b").with_identity(0.0));
  all.push_back(reduce_op::expression("a - b"));
  all.push_back(reduce_op::expression("return a + b;"));
  all.push_back(reduce_op::body("return a + b;"));
  for (std::size_t x = 0; x < all.size(); ++x) {
    for (std::size_t y = 0; y < all.size(); ++y) {
      CHECK((all[x] == all[y]) == (x == y));
      CHECK((all[x].id() == all[y].id()) == (x == y));
    }
  }
  CHECK(reduce_op::expression("a + b") == reduce_op::expression("a + b"));
  CHECK(reduce_op::expression("a + b").id() == 0xc6a3c3a5u);  // stable: ranks compare it
  CHECK(op::sum.id() == 1);
  CHECK(op::sum.name() == "sum");
  CHECK(reduce_op::expression("a +\n b").name() == "user operator \"a +  b\"");
  CHECK(reduce_op::expression(std::string(100, 'a')).name().size() < 90);
  CHECK(reduce_op::body("return a;").kind() == op_kind::body);
  CHECK_FALSE(reduce_op::body("return a;").commutative());
  CHECK(reduce_op::expression("a").with_identity(std::int32_t{7}).identity().size() == 4);
}

TEST_CASE("operators that cannot be are refused") {
  const auto text_of = [](auto call) -> std::string {
    try {
      call();
    } catch (const error& fault) {
      CHECK(fault.code() == status::invalid_argument);
      return fault.what();
    }
    return {};
  };
  const auto says = [](const std::string& text, const char* part) {
    INFO(text);
    CHECK(text.find(part) != text.npos);
  };
  says(text_of([] { (void)reduce_op::expression(" \n"); }), "empty");
  says(text_of([] { (void)reduce_op::body(""); }), "empty");
  says(text_of([] { (void)reduce_op::body("a + b"); }), "has no return: \"a + b\"");
  says(text_of([] { (void)op::sum.with_identity(0); }), "sum has an identity of its own");
  says(text_of([] { (void)reduce_op(op_kind::body); }), "reduce_op::body()");
  says(text_of([] { (void)reduce_op(static_cast<op_kind>(77)); }), "77 is no kind of operator");
  says(text_of([] { (void)parse_reduce_op("add"); }), "\"add\" is no operator; there are: sum, prod");
  says(text_of([] { core::check_fits(op::minloc, datatype::float32); }),
       "minloc does not work on float32; it takes int32_index");
  says(text_of([] { core::check_fits(op::max, datatype::complex64); }), "max does not work on complex64");
  says(text_of([] { core::check_fits(reduce_op::expression("a").with_identity(1.0), datatype::half); }),
       "the identity of the user operator \"a\" has 8 bytes, and an element of half has 2");
  CHECK_NOTHROW(core::check_fits(reduce_op::expression("a"), datatype::complex128));
  CHECK((core::combiner(op_kind::expression, datatype::float32) == nullptr));
  CHECK(core::fits(op_kind::body, datatype::float32));

  const auto mine = reduce_op::expression("a + b").with_identity(2.5f);
  float value = 0;
  CHECK(core::has_identity(mine, datatype::float32));
  core::identity(mine, datatype::float32, reinterpret_cast<std::byte*>(&value));
  CHECK(value == 2.5f);
  CHECK_FALSE(core::has_identity(mine, datatype::float64));
}
