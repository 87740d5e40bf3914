// Ranks as threads on one board, each running its operations in the way processes do: several in flight, its own
// progress, sleep when nothing is new, blocks taken back from readers that are late. For a thread sanitizer, too.
#include "exchange.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <thread>

using namespace test;

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t ranks_count = 4, most = 1000, depth = 3;
constexpr std::uint64_t operations = 400;
constexpr auto longest_sleep = std::chrono::seconds(3);  // nobody sleeps that long whose peers go on

struct outcome {
  std::size_t wrong = 0, sleeps = 0, lost = 0, withdrawn = 0;
  std::string stuck;
};

class rank_thread {
 public:
  rank_thread(ranks& all, std::size_t rank, memory::arena& memory) : all_(all), rank_(rank), chance_(rank + 1) {
    for (std::size_t k = 0; k < depth; ++k) {
      spare_.push_back(std::make_unique<exchange>(all, rank, most, memory));
    }
  }

  void run() {
    const auto until = steady::now() + std::chrono::seconds(60);
    unsigned idle = 0;
    while (last_ < operations || !running_.empty()) {
      if (last_ < operations && !spare_.empty()) submit();
      if (progress()) {
        idle = 0;
        continue;
      }
      if (chance_() % 2 == 0) withdraw();
      if (++idle < 4 || mine().device->under_way() != 0) {
        std::this_thread::yield();
      } else {
        sleep();
      }
      if (result.lost != 0 || steady::now() > until) {
        if (!running_.empty()) result.stuck = mine().executor->waits_for(running_.front()->op);
        return;
      }
    }
  }

  outcome result;

 private:
  rank_under_test& mine() { return all_[rank_]; }

  void submit() {
    constexpr std::size_t blocks[] = {1, 64, 65, 300, most};
    constexpr staging::kind kinds[] = {staging::kind::direct, staging::kind::host, staging::kind::mapped,
                                       staging::kind::slots};
    auto next = std::move(spare_.back());
    spare_.pop_back();
    ++last_;
    next->begin(last_, blocks[last_ * 7 % 5], kinds[chance_() % 4], kinds[chance_() % 4], chance_() % 4 == 0,
                last_ % 3 == 0 ? 7 : 1);
    running_.push_back(std::move(next));
  }

  bool progress() {
    bool moved = false, oldest = true;
    for (const auto& each : running_) {
      each->op.may_lease = oldest;
      moved |= mine().executor->advance(each->op);
      oldest = oldest && each->op.finished();
      if (each->op.phase == engine::phase::queued) break;
    }
    if (!moved) return false;
    std::uint64_t left = last_;
    for (const auto& each : running_) {
      if (each->op.fetched) continue;
      left = each->op.seq - 1;
      break;
    }
    all_.leave(rank_, left);
    while (!running_.empty() && running_.front()->op.finished()) {
      result.wrong += running_.front()->wrong() + (running_.front()->op.failure ? 1 : 0);
      spare_.push_back(std::move(running_.front()));
      running_.pop_front();
    }
    return true;
  }

  void withdraw() {
    for (const auto& each : running_) {
      if (!each->op.fetched || each->op.phase != engine::phase::running) continue;
      result.withdrawn += mine().executor->withdraw(each->op) ? 1 : 0;
    }
  }

  void sleep() {
    ++result.sleeps;
    const auto since = steady::now();
    mine().links.board->sleep(longest_sleep, [&] { return !progress(); });
    result.lost += steady::now() - since >= longest_sleep ? 1 : 0;
  }

  ranks& all_;
  std::size_t rank_;
  std::mt19937 chance_;
  std::uint64_t last_ = 0;
  std::vector<std::unique_ptr<exchange>> spare_;
  std::deque<std::unique_ptr<exchange>> running_;
};

}  // namespace

TEST_CASE("ranks that run at once exchange the right data, and lose no wake-up") {
  std::mt19937 chance(8);
  memory::arena memory(std::size_t{64} << 20);
  ranks all(ranks_count, path::board, 64, 96, memory, chance);
  std::vector<std::unique_ptr<rank_thread>> work;
  for (std::size_t rank = 0; rank < ranks_count; ++rank) {
    work.push_back(std::make_unique<rank_thread>(all, rank, memory));
  }
  std::vector<std::thread> threads;
  for (auto& each : work) threads.emplace_back([&each] { each->run(); });
  for (auto& each : threads) each.join();
  std::size_t sleeps = 0, withdrawn = 0;
  for (const auto& each : work) {
    CHECK(each->result.wrong == 0);
    CHECK(each->result.lost == 0);
    CHECK(each->result.stuck == "");
    sleeps += each->result.sleeps;
    withdrawn += each->result.withdrawn;
  }
  MESSAGE("sleeps: ", sleeps, ", withdrawn: ", withdrawn);
  CHECK(sleeps > 0);
}
