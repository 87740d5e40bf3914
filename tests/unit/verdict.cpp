// Whom a refused call is blamed on, and in which words.
#include "engine/verdict.hpp"
#include "engine/collective.hpp"

#include <clique/datatype.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace clique;
using engine::collective;
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
  const error why = engine::verdict({{each, each, each}, {{2, 1, 80, 96}, {0, 1, 8, 0}}});
  CHECK(why.code() == status::mismatch);
  CHECK(why.rank() == 2);
  CHECK(std::string(why.what()).starts_with("rank 2 sends 10 elements to rank 1, which expects 12 from it"));
}

TEST_CASE("without any reason the mistake is ours") {
  CHECK(engine::verdict({{alltoall_4, alltoall_4}, {}}).code() == status::internal);
}
