// The MPI tests: doctest on every rank at once. All ranks run the same test cases in the same order.
//
// A rank whose assertion fails ends the whole job, after its message: otherwise the others would wait for it in the
// next collective.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support.hpp"

#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <thread>

#include <execinfo.h>
#include <unistd.h>

namespace test {
namespace {

std::optional<clique::communicator> shared;
bool wanted_wide = false;

[[noreturn]] void end_job(const char* why) {
  std::cout << std::flush;
  std::printf("clique-test: rank %d of %d failed: %s\n", shared ? shared->rank() : -1, shared ? shared->size() : 0,
              why);
  std::fflush(nullptr);
  // What is still on its way through the launcher would be lost; and other ranks may have something to say, too.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  MPI_Abort(MPI_COMM_WORLD, 1);
  std::_Exit(1);
}

// Comes after the console reporter, which has then printed the message.
struct end_job_reporter : doctest::IReporter {
  explicit end_job_reporter(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& in) override {
    if (in.numTestCasesPassingFilters == 0) end_job("no test case has this name");
  }
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& in) override {
    if (in.failure_flags != 0) end_job("a test case failed");
    // At 0.4 of the deadline ranks ask each other: what goes on only then would have stood for good.
    const char* const deadline = std::getenv("CLIQUE_TIMEOUT");
    if (deadline != nullptr && std::atof(deadline) >= 60 && in.seconds >= 0.4 * std::atof(deadline))
      end_job("a test case took so long that ranks asked each other whom they wait for");
  }
  void test_case_exception(const doctest::TestCaseException& in) override {
    if (in.is_crash) {  // by a signal, in the thread that crashed
      void* frames[40];
      backtrace_symbols_fd(frames, backtrace(frames, 40), STDOUT_FILENO);
    }
    end_job("an exception");
  }
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& in) override {
    if (in.m_failed) end_job("an assertion");
  }
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_REPORTER("end_job", 1, end_job_reporter);

}  // namespace

clique::communicator& world() {
  return *shared;
}
bool wide() {
  return wanted_wide;
}

}  // namespace test

int main(int argc, char** argv) {
  int provided = 0, rank = 0, size = 1, code = 1;
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (int k = 1; k < argc; ++k) {
    test::wanted_wide |= std::strcmp(argv[k], "--wide") == 0;
    // Before clique reads it: the last rank's device memory is another thing to the host than the others'.
    if (std::strcmp(argv[k], "--slots-on-last") == 0 && rank == size - 1) setenv("CLIQUE_STAGING", "slots", 1);
  }
  try {
    test::shared.emplace();
    if (rank == 0) {
      const clique::rank_info info = test::world().describe();
      std::printf("%s (%s), staging %s, transport %s\n", info.device.name.c_str(), info.device.platform.c_str(),
                  info.staging.c_str(), info.transport.c_str());
    }
    doctest::Context context(argc, argv);
    context.setOption("reporters", "console,end_job");
    context.setOption("no-intro", true);
    context.setOption("minimal", rank != 0);
    code = context.run();
    test::shared.reset();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "rank %d: %s\n", rank, problem.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  if (code == 0) {  // across nodes MPICH 4.0.2 may not come back from MPI_Finalize
    std::printf("clique-test: rank %d of %d passed\n", rank, size);
    std::fflush(stdout);
  }
  return MPI_Finalize() == MPI_SUCCESS ? code : 1;
}
