// Which algorithm runs a collective: the default, what CLIQUE_ALGORITHM says, and how it is refused.
#include "tuning/tuning.hpp"
#include "core/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace clique;
using tuning::algorithms;
using tuning::choose;
using tuning::facts;

namespace {

std::string refusal(collective what, const facts& of, const std::string& setting) {
  try {
    choose(what, of, setting);
    FAIL("accepted: ", setting);
  } catch (const error& failure) {
    CHECK(failure.code() == status::invalid_argument);
    return failure.what();
  }
  return {};
}

bool fits(const tuning::algorithm& of, const facts& what) {
  return of.fits == nullptr || of.fits(what);
}

}  // namespace

TEST_CASE("every collective has algorithms, in one place, with names of their own; the first fits always") {
  const auto all = algorithms();
  for (int k = 1; k < collective_count; ++k) {  // not agree
    const auto what = static_cast<collective>(k);
    CAPTURE(std::string(name(what)));
    const auto is = [&](const auto& each) { return each.what == what; };
    const auto first = std::find_if(all.begin(), all.end(), is);
    REQUIRE((first != all.end()));
    CHECK((first->fits == nullptr));
    const auto last = std::find_if_not(first, all.end(), is);
    CHECK(std::none_of(last, all.end(), is));
    for (auto each = first; each != last; ++each) {
      CHECK(std::string(each->name).size() > 0);
      CHECK(std::string(each->description).size() > 0);
      CHECK((each->build != nullptr));
      CHECK((each->fits == nullptr) == std::string(each->restriction).empty());
      CHECK(std::count_if(first, last, [&](const auto& other) { return std::string(other.name) == each->name; }) == 1);
    }
    for (const std::size_t bytes : {0u, 8u, 1u << 10, 1u << 20}) {
      for (const int size : {1, 2, 3, 8, 33}) {
        const facts of{size, bytes, size % 2 == 0, bytes % 3 == 0};
        CHECK(choose(what, of, "").what == what);
        CHECK(fits(choose(what, of, ""), of));
      }
    }
  }
}

TEST_CASE("every algorithm can be forced where it fits, and is refused where not, with the reason") {
  for (const auto& each : algorithms()) {
    const std::string setting = std::string(name(each.what)) + ":" + each.name;
    CAPTURE(setting);
    for (const facts& of : {facts{4, 64, true, true}, facts{3, 64, true, false}, facts{8, 1 << 20, false, false}}) {
      if (!fits(each, of)) {
        const std::string why = refusal(each.what, of, setting);
        CHECK(why.find(setting) != std::string::npos);
        CHECK(why.find(each.restriction) != std::string::npos);
        continue;
      }
      CHECK(&choose(each.what, of, setting) == &each);
      CHECK(&choose(each.what, of, setting + ",") == &each);
      CHECK(&choose(each.what, of, "barrier:agree," + setting) == &each);
    }
  }
  // What is said of another one changes nothing.
  CHECK(&choose(collective::alltoall, {}, "alltoallv:mpi") == &choose(collective::alltoall, {}, ""));
}

TEST_CASE("an unknown name is refused with those that there are, whichever collective runs") {
  const std::string algorithm = refusal(collective::bcast, {}, "alltoall:push");
  CHECK(algorithm.find("\"push\"") != std::string::npos);
  CHECK(algorithm.find("pull") != std::string::npos);
  const std::string unknown = refusal(collective::alltoall, {}, "alltoall:pull,allfathers:ring");
  CHECK(unknown.find("\"allfathers\"") != std::string::npos);
  CHECK(unknown.find("alltoall, alltoallv") != std::string::npos);
  for (const char* wrong :
       {"pull", "alltoall", "alltoall:", "alltoall:pull ", "alltoall=pull", ":", ",", "ALLTOALL:pull"}) {
    CAPTURE(wrong);
    CHECK(refusal(collective::alltoallv, {}, wrong).find("CLIQUE_ALGORITHM") != std::string::npos);
  }
}

TEST_CASE("reductions: short vectors are combined by everyone, long ones in slices") {
  const auto chosen = [](collective what, int size, std::size_t bytes) {
    return std::string(choose(what, {size, bytes, true, false}, "").name);
  };
  CHECK(chosen(collective::allreduce, 1, 8) == "flat");
  CHECK(chosen(collective::allreduce, 2, 1 << 20) == "flat");
  CHECK(chosen(collective::allreduce, 2, (1 << 20) + 4) == "slices");
  CHECK(chosen(collective::reduce, 4, 32 << 10) == "flat");
  CHECK(chosen(collective::reduce, 4, (32 << 10) + 4) == "slices");
  CHECK(chosen(collective::allreduce, 66, 1 << 10) == "flat");
  CHECK(chosen(collective::allreduce, 66, (1 << 10) + 4) == "slices");
  CHECK(chosen(collective::scan, 4, 512 << 10) == "flat");
  CHECK(chosen(collective::exscan, 2, 9 << 20) == "slices");
  CHECK(chosen(collective::allreduce, 4096, ~std::size_t{0}) == "slices");
}
