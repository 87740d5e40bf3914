// Which device a process gets: CLIQUE_DEVICE, dealing out, sharing cores.
#include "support.hpp"

#include "opencl/device_choice.hpp"

#include <cstdio>

#include <set>

using namespace test;
using namespace clique::opencl;

namespace {

clique::device_info info(const char* type, const char* platform, const char* version) {
  clique::device_info result;
  result.type = type;
  result.platform = platform;
  result.version = version;
  return result;
}

// As devices() would list them: best type first.
const std::vector<clique::device_info> list{info("gpu", "NVIDIA CUDA", "OpenCL 3.0 CUDA"),
                                            info("gpu", "AMD APP", "OpenCL 2.1"),
                                            info("gpu", "NVIDIA CUDA", "OpenCL 3.0 CUDA"),
                                            info("accelerator", "Vendor FPGA", "OpenCL 1.2"),
                                            info("cpu", "Portable Computing Language", "OpenCL 3.0 PoCL HSTR"),
                                            info("cpu", "Intel CPU", "OpenCL 3.0")};

std::vector<std::size_t> fit(const char* text) {
  return fitting(list, parse_wish(text));
}

}  // namespace

TEST_CASE("what CLIQUE_DEVICE allows") {
  using places = std::vector<std::size_t>;
  CHECK(fit("") == places{0, 1, 2});
  CHECK(fit("gpu") == places{0, 1, 2});
  CHECK(fit("GPU:1") == places{1});
  CHECK(fit("cpu") == places{4, 5});
  CHECK(fit("cpu:1") == places{5});
  CHECK(fit("accelerator") == places{3});
  CHECK(fit("nvidia") == places{0, 2});
  CHECK(fit("NVIDIA:1") == places{2});
  CHECK(fit("pocl") == places{4});  // by the device's version
  CHECK(fit("portable") == places{4});
  CHECK(fit("3") == places{3});
  CHECK(fit("6").empty());
  CHECK(fit("gpu:3").empty());
  CHECK(fit("no such thing").empty());
  CHECK(fitting({}, parse_wish("")).empty());
  for (const char* bad : {"gpu:", "gpu:x", "cpu:-1", "cpu:1x"}) {
    INFO(bad);
    CHECK(thrown_by([&] { (void)parse_wish(bad); }).code == clique::status::invalid_argument);
  }
}

TEST_CASE("devices are dealt out in turn, and everyone knows who shares") {
  for (std::size_t devices = 1; devices <= 5; ++devices) {
    for (int size = 1; size <= 9; ++size) {
      std::set<std::pair<std::size_t, std::size_t>> seen;
      std::vector<std::size_t> users(devices), said(devices);
      for (int rank = 0; rank < size; ++rank) {
        const device_share share = deal(devices, rank, size);
        REQUIRE(share.device < devices);
        REQUIRE(share.place < share.processes);
        CHECK(seen.insert({share.device, share.place}).second);
        ++users[share.device];
        said[share.device] = share.processes;
      }
      CHECK(users == said);
    }
  }
}

TEST_CASE("cores are split") {
  const auto is = [](unit_share got, unsigned units, unsigned parts) {
    return got.units == units && got.parts == parts;
  };
  CHECK(is(split(8, 2), 4, 2));
  CHECK(is(split(8, 3), 2, 4));
  CHECK(is(split(2, 5), 1, 2));
  CHECK(is(split(1, 1), 1, 1));
  CHECK(is(split(7, 1), 7, 1));
}

TEST_CASE("the list of devices: usable ones, best type first") {
  const auto all = clique::devices();
  REQUIRE(!all.empty());
  bool found = false;
  int before = 0;
  for (const cl::Device& each : all) {
    const auto facts = clique::describe(each);
    const int place = facts.type == "gpu" ? 0 : facts.type == "accelerator" ? 1 : facts.type == "cpu" ? 2 : 3;
    CHECK(place >= before);
    before = place;
    CHECK(!facts.name.empty());
    CHECK(facts.compute_units > 0);
    CHECK(facts.max_allocation > 0);
    CHECK(facts.memory >= facts.max_allocation);
    found = found || facts.name == dev().info().name;
  }
  CHECK(found);
  CHECK(thrown_by([] { (void)clique::device::choose(2, 2); }).code == clique::status::invalid_argument);
}

TEST_CASE("two processes on one CPU device each get a working part of it") {
  const unsigned whole = dev().info().compute_units;
  unsigned sum = 0;
  for (int rank = 0; rank < 2; ++rank) {
    const clique::device mine = clique::device::choose(rank, 2);
    const unsigned units = mine.info().compute_units;
    CHECK((units == whole || units == std::max(1u, whole / 2)));
    sum += units;
    clique::array<std::uint32_t> x(mine, 1000);
    x.random(5).transform("x ^ 1u");
    std::vector<std::uint32_t> expected(1000);
    for (std::size_t i = 0; i < 1000; ++i) expected[i] = clique::random_at<std::uint32_t>(5, i) ^ 1u;
    check_same(x.to_host(), expected);
  }
  std::printf("two processes get %u compute units of %u\n", sum, whole);
  if (dev().info().version.find("PoCL") != std::string::npos && dev().info().type == "cpu" &&
      clique::devices().size() == 1) {
    CHECK(sum == std::max(2u, whole / 2 * 2));  // PoCL can be partitioned
  }
}
