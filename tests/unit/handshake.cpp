// Which library each rank runs: compared before anything else is read.
#include "communicator/handshake.hpp"

#include <clique/error.hpp>
#include <clique/version.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace clique;
using engine::hello;

namespace {

std::string refusal(const std::vector<hello>& by_rank) {
  try {
    engine::require_alike(by_rank);
  } catch (const error& caught) {
    CHECK(caught.code() == status::mismatch);
    return caught.what();
  }
  return {};
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ranks of one library are alike") {
  const hello own = engine::make_hello(std::vector<std::uint32_t>{8, 1024});
  CHECK(refusal({own}).empty());
  CHECK(refusal({own, own, own}).empty());
  CHECK(own.version == CLIQUE_VERSION);
}

TEST_CASE("another version, and no clique at all, are named with their ranks") {
  const hello own = engine::make_hello(std::vector<std::uint32_t>{8});
  hello other = own;
  other.version = 10203;
  const std::string versions = refusal({own, own, other});
  CHECK(says(versions, "rank 0 runs clique " + std::to_string(CLIQUE_VERSION_MAJOR) + "." +
                           std::to_string(CLIQUE_VERSION_MINOR) + "." + std::to_string(CLIQUE_VERSION_PATCH)));
  CHECK(says(versions, "rank 2 runs clique 1.2.3"));
  other = own;
  other.magic ^= 1;
  CHECK(says(refusal({own, other}), "rank 1 runs no clique that this one knows"));
}

TEST_CASE("one version, built so that its records have other sizes") {
  const hello own = engine::make_hello(std::vector<std::uint32_t>{8, 1024});
  const hello other = engine::make_hello(std::vector<std::uint32_t>{8, 1032});
  CHECK(says(refusal({own, other}), "ranks 0 and 1 both run clique"));
  CHECK(says(refusal({own, other}), "built differently"));
}
