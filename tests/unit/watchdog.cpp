// The watchdog ends a process that is stuck, and no other. Each case runs in a process of its own: the limit is read
// once, and the watchdog's thread never ends.
#include "core/watchdog.hpp"
#include "core/check.hpp"
#include "core/config.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace clique;
using core::watchdog;

namespace {

struct ended {
  int code;
  std::string output;
};

// This executable, with one of the cases below that run on demand alone.
ended run(const std::string& test_case, const char* timeout) {
  std::array<char, 4096> self{};
  REQUIRE(readlink("/proc/self/exe", self.data(), self.size() - 1) > 0);
  const std::string command =
      fmt::format("CLIQUE_TIMEOUT={} '{}' --no-skip --test-case='{}' 2>&1", timeout, self.data(), test_case);
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  ended result{};
  for (int next = std::fgetc(pipe); next != EOF; next = std::fgetc(pipe)) result.output += static_cast<char>(next);
  const int how = pclose(pipe);
  result.code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  return result;
}

constexpr int ended_by_watchdog = 42;

void end_job(const char* text) {
  std::fputs(text, stderr);
  std::fflush(stderr);
  _exit(ended_by_watchdog);
}

}  // namespace

TEST_CASE("on demand: a section that does not end" * doctest::skip()) {
  watchdog::start(end_job);
  watchdog::post here, elsewhere;
  std::thread([&] {  // a thread that gets on does not hide one that is stuck
    for (;;) {
      const watchdog::section brief(elsewhere, "clReturns");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  })
      .detach();
  const watchdog::section stuck(here, "clNeverReturns");
  std::this_thread::sleep_for(std::chrono::seconds(20));
}

TEST_CASE("on demand: many short sections" * doctest::skip()) {
  watchdog::start(end_job);
  watchdog::post here;
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(2.5 * core::settings().timeout);
  while (std::chrono::steady_clock::now() < until) {
    const watchdog::section brief(here, "clReturns");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_CASE("the watchdog ends a job that is stuck, and says where") {
  const ended stuck = run("on demand: a section that does not end", "0.2");
  CAPTURE(stuck.output);
  CHECK(stuck.code == ended_by_watchdog);
  CHECK(stuck.output.find("clNeverReturns has not returned for 0.2 s (CLIQUE_TIMEOUT)") != std::string::npos);
}

TEST_CASE("the watchdog lets go on what is slow only in sum") {
  const ended busy = run("on demand: many short sections", "0.5");
  CAPTURE(busy.output);
  CHECK(busy.code == 0);
}
