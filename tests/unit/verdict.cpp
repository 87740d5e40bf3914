// Whom a refused call is blamed on, and in which words.
#include "engine/verdict.hpp"
#include "engine/constructor.hpp"

#include <clique/collective.hpp>

#include <clique/datatype.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace clique;
using clique::collective;
using transport::minutes;

namespace {

transport::arrival calls(collective what, datatype type, std::uint64_t count = 0) {
  transport::arrival mine;
  mine.signature.collective = static_cast<std::uint32_t>(what);
  mine.signature.type = static_cast<std::uint32_t>(type);
  mine.signature.count = count;
  return mine;
}

transport::arrival fails(status code, const char* text) {
  transport::arrival mine = calls(collective::agree, {});
  mine.signature.status = static_cast<std::int32_t>(code);
  mine.set_text(text);
  return mine;
}

const auto alltoall_4 = calls(collective::alltoall, datatype::float32, 4);
const auto alltoall_5 = calls(collective::alltoall, datatype::float32, 5);
const auto of_int64 = calls(collective::alltoall, datatype::int64, 4);

}  // namespace

TEST_CASE("a rank with an error of its own is named first, the lowest of them") {
  const error why = engine::verdict(
      {{alltoall_5, alltoall_4, fails(status::build_failure, "line 3: what?"), fails(status::no_device, "none")}, {}});
  CHECK(why.code() == status::build_failure);
  CHECK(why.rank() == 2);
  CHECK(std::string(why.what()) == "rank 2: line 3: what?");
}

TEST_CASE("a rank that differs from what most call is named, with both calls") {
  const error why = engine::verdict({{alltoall_5, alltoall_4, alltoall_4}, {}});
  CHECK(why.code() == status::mismatch);
  CHECK(why.rank() == 0);
  const std::string text = why.what();
  CHECK(text ==
        "rank 0 calls alltoall of float32, 5 for each rank, but rank 1 calls alltoall of float32, 4 for each rank");
  CHECK(engine::verdict({{alltoall_4, alltoall_4, of_int64, alltoall_5}, {}}).rank() == 2);
  CHECK(std::string(engine::verdict({{alltoall_4, of_int64, alltoall_4}, {}}).what()).find("int64") !=
        std::string::npos);
}

TEST_CASE("structs and users' operators have the names that their ranks give them") {
  transport::arrival known = calls(collective::allreduce, datatype::float32, 7), strange = known;
  known.signature.op = 1;
  strange.signature.op = 0x80000001u;
  strange.signature.type = 0x90000000u;
  CHECK(std::string(engine::verdict({{known, known, strange}, {}}).what()) ==
        "rank 2 calls allreduce of a struct that this rank does not know (id 90000000), a user operator (id 80000001), "
        "7 elements, but rank 0 calls allreduce of float32, sum, 7 elements");
  strange.set_text("particle\nuser operator \"a\"");
  CHECK(std::string(engine::verdict({{strange, known, known}, {}}).what()) ==
        "rank 0 calls allreduce of particle, user operator \"a\", 7 elements, but rank 1 calls allreduce of float32, "
        "sum, 7 elements");
  strange.signature.type = known.signature.type;
  strange.set_text("\nuser operator \"a\"");
  CHECK(std::string(engine::verdict({{known, known, strange}, {}}).what())
            .starts_with("rank 2 calls allreduce of float32, user operator \"a\", 7 elements, but"));
}

TEST_CASE("in a tie rank 0 is right") {
  CHECK(engine::verdict({{alltoall_4, alltoall_5}, {}}).rank() == 1);
  CHECK(engine::verdict({{alltoall_5, alltoall_4, alltoall_4, alltoall_5}, {}}).rank() == 1);
  CHECK(engine::verdict({{alltoall_4, alltoall_5, of_int64}, {}}).rank() == 1);
}

TEST_CASE("another collective is named as what it is") {
  const error why =
      engine::verdict({{calls(collective::alltoallv, datatype::float64), calls(collective::agree, {})}, {}});
  CHECK(why.rank() == 1);
  CHECK(std::string(why.what()) == "rank 1 calls agree, but rank 0 calls alltoallv of float64");
}

TEST_CASE("of pairs that do not match the first is named, in elements") {
  const auto each = calls(collective::alltoallv, datatype::float64);
  const error why = engine::verdict({{each, each, each}, {{2, 1, 80, 96, 0, 0}, {0, 1, 8, 0, 0, 0}}});
  CHECK(why.code() == status::mismatch);
  CHECK(why.rank() == 2);
  CHECK(std::string(why.what()).starts_with("rank 2 sends 10 elements to rank 1, which expects 12 from it"));
}

TEST_CASE("communicators to be made are told by what must be the same") {
  using engine::constructor;
  const auto grid = [](std::vector<int> dims, std::vector<int> periods) {
    transport::arrival mine = calls(collective::agree, {});
    engine::sign(mine.signature, constructor::make_cart, cartesian(dims, periods));
    return mine;
  };
  const auto shown = [](const transport::arrival& of) { return engine::describe_constructor(of.signature); };
  CHECK(shown(calls(collective::agree, {})) == "agree");
  CHECK(shown(grid({}, {})) == "make_cart of 1 ranks");
  CHECK(shown(grid({2, 3}, {0, 0})) == "make_cart of 2 x 3 ranks");
  CHECK(shown(grid({1, 32767, 4, 1}, {0, 1, 0, 1})) ==
        "make_cart of 1 x 32767 x 4 x 1 ranks, periodic in dimension 1 and 3");
  CHECK(shown(grid({32768}, {0})).starts_with("make_cart of 1 dimensions (mark "));
  CHECK(shown(grid({1, 1, 1, 1, 1}, {0, 0, 0, 0, 0})).starts_with("make_cart of 5 dimensions (mark "));
  // Every two of these differ in what is compared.
  std::vector<std::uint64_t> marks;
  for (const auto& each :
       {grid({}, {}), grid({1}, {0}), grid({1}, {1}), grid({1, 1}, {0, 0}), grid({2, 3}, {0, 1}), grid({3, 2}, {0, 1}),
        grid({3, 2}, {1, 0}), grid({32768, 2}, {1, 0}), grid({2, 32768}, {1, 0}), grid({2, 32768}, {0, 1}),
        grid({1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}), grid({1, 1, 1, 1, 1}, {0, 0, 0, 0, 1}), calls(collective::agree, {})}) {
    marks.push_back(each.signature.mark());
  }
  std::sort(marks.begin(), marks.end());
  CHECK(std::adjacent_find(marks.begin(), marks.end()) == marks.end());

  transport::arrival graph = calls(collective::agree, {});
  engine::sign(graph.signature, constructor::make_graph);
  const error why = engine::verdict({{graph, graph}, {{1, 0, 2, 3, 0, 0}}});
  CHECK(why.rank() == 1);
  CHECK(std::string(why.what()) ==
        "rank 1 has rank 0 2 times among its destinations, which has it 3 times among its sources (make_graph)");
}

TEST_CASE("without any reason the mistake is ours") {
  CHECK(engine::verdict({{alltoall_4, alltoall_4}, {}}).code() == status::internal);
}
