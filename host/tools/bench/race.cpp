// Timing of contenders in turns, in rows of calls that outlast the clock.
#include "bench/benchmark.hpp"
#include "mpi.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace clique::tools {

namespace {

// A row outlasts the clock; where ranks share cores, also the scheduler's time slices.
constexpr double row_us = 200, crowded_row_us = 5'000, budget_us = 500'000;
// Calls that follow each other find the caches as a program that calls in a loop does, and not as another contender
// left them: a few of them in a row even where one is long, unless it is so long that this does not matter.
constexpr std::size_t calls_of_long_row = 8;
constexpr double long_call_us = 20'000;
constexpr std::size_t most_calls_in_a_row = 10'000, least_rows = 3, most_rows = 50, fixed_rows = 10;

// Of this rank, microseconds for all `calls`. One call before them brings the ranks together; before it they wait
// without spinning, since with fewer cores than ranks that would cost others their time.
double time_row(const contender& one, std::size_t calls, bool latency) {
  using clock = std::chrono::steady_clock;
  barrier(MPI_COMM_WORLD);
  one.call();
  if (latency) {
    clock::duration all{};
    for (std::size_t i = 0; i < calls; ++i) {
      one.finish();
      barrier(MPI_COMM_WORLD);
      const auto begin = clock::now();
      one.call();
      all += clock::now() - begin;
    }
    return std::chrono::duration<double, std::micro>(all).count();
  }
  const auto begin = clock::now();
  for (std::size_t i = 0; i < calls; ++i) one.call();
  one.finish();
  return std::chrono::duration<double, std::micro>(clock::now() - begin).count();
}

struct pace {
  std::size_t calls = 0;  // in a row
  double us = 0;          // for a row, on the slowest rank
};

// The better of two rows, so that one disturbance does not decide.
pace try_pace(const contender& one, std::size_t calls, bool latency) {
  double us[2] = {time_row(one, calls, latency), time_row(one, calls, latency)};
  maximum(MPI_COMM_WORLD, us);
  return {calls, std::min(us[0], us[1])};
}

// Longer rows until one is long enough; from values that all ranks share, so that all make the same calls.
pace calibrate(const contender& one, double long_enough_us, bool latency) {
  pace found = try_pace(one, 1, latency);
  while (found.us < long_enough_us && found.calls < most_calls_in_a_row) {
    const double growth = std::clamp(1.2 * long_enough_us / std::max(found.us, 1e-3), 2.0, 10.0);
    const auto calls = static_cast<std::size_t>(std::ceil(growth * static_cast<double>(found.calls)));
    found = try_pace(one, std::min(most_calls_in_a_row, calls), latency);
  }
  const double call_us = found.us / static_cast<double>(found.calls);
  if (found.calls < calls_of_long_row && call_us < long_call_us) {
    found = {calls_of_long_row, call_us * static_cast<double>(calls_of_long_row)};
  }
  return found;
}

}  // namespace

std::vector<timing> race(const std::vector<contender>& contenders, std::size_t iterations, bool crowded, bool latency) {
  std::vector<pace> paces(contenders.size());
  double round_us = 0;
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    if (!contenders[c].call) continue;
    if (iterations == 0)
      paces[c] = calibrate(contenders[c], crowded ? crowded_row_us : row_us, latency);
    else
      time_row(contenders[c], 1, latency);
    round_us += paces[c].us;
  }
  const std::size_t rows = iterations != 0 ? std::min(iterations, fixed_rows)
                                           : std::clamp(static_cast<std::size_t>(budget_us / std::max(round_us, 1.0)),
                                                        least_rows, most_rows);

  std::vector<timing> timings(contenders.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      if (!contenders[c].call) continue;
      const std::size_t calls = iterations != 0 ? iterations / rows + (row < iterations % rows) : paces[c].calls;
      timings[c].us.push_back(time_row(contenders[c], calls, latency) / static_cast<double>(calls));
      timings[c].calls += calls;
    }
  }
  for (timing& one : timings)
    if (!one.us.empty()) maximum(MPI_COMM_WORLD, one.us);
  return timings;
}

}  // namespace clique::tools
