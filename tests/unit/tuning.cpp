// Which algorithm runs a collective: the default, what CLIQUE_ALGORITHM says, and how it is refused.
#include "tuning/tuning.hpp"
#include "core/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace clique;

namespace {

std::string refusal(const char* setting) {
  for (const char* collective : {"alltoall", "alltoallv"}) {
    try {
      tuning::choose_alltoall(collective, setting);
      FAIL("accepted: ", setting);
    } catch (const error& failure) {
      CHECK(failure.code() == status::invalid_argument);
      if (std::string(collective) == "alltoallv") return failure.what();
    }
  }
  return {};
}

}  // namespace

TEST_CASE("the first algorithm is the default") {
  const auto all = tuning::alltoall_algorithms();
  REQUIRE_FALSE(all.empty());
  CHECK(&tuning::choose_alltoall("alltoall", "") == all.data());
  CHECK(&tuning::choose_alltoall("alltoallv", "") == all.data());
  for (const auto& each : all) {
    CHECK(std::string(each.name).size() > 0);
    CHECK(std::string(each.description).size() > 0);
    CHECK((each.build != nullptr));
    CHECK(std::count_if(all.begin(), all.end(),
                        [&](const auto& other) { return std::string(other.name) == each.name; }) == 1);
  }
}

TEST_CASE("every algorithm can be forced, for either collective") {
  for (const auto& each : tuning::alltoall_algorithms()) {
    const std::string name = each.name;
    CHECK(&tuning::choose_alltoall("alltoall", "alltoall:" + name) == &each);
    CHECK(&tuning::choose_alltoall("alltoallv", "alltoallv:" + name) == &each);
    CHECK(&tuning::choose_alltoall("alltoallv", "alltoall:pull,alltoallv:" + name) == &each);
    CHECK(&tuning::choose_alltoall("alltoall", "alltoall:" + name + ",") == &each);
  }
  // What is said of the other one changes nothing.
  CHECK(&tuning::choose_alltoall("alltoall", "alltoallv:pull") == tuning::alltoall_algorithms().data());
}

TEST_CASE("an unknown name is refused with those that there are, whichever collective runs") {
  const std::string algorithm = refusal("alltoall:push");
  CHECK(algorithm.find("\"push\"") != std::string::npos);
  CHECK(algorithm.find("pull") != std::string::npos);
  const std::string collective = refusal("alltoall:pull,allgather:ring");
  CHECK(collective.find("\"allgather\"") != std::string::npos);
  CHECK(collective.find("alltoall, alltoallv") != std::string::npos);
  for (const char* wrong :
       {"pull", "alltoall", "alltoall:", "alltoall:pull ", "alltoall=pull", ":", ",", "ALLTOALL:pull"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong).find("CLIQUE_ALGORITHM") != std::string::npos);
  }
}
