// Staging memory: bounded for all communicators of a process together, and given back when nothing is in flight.
#include "support.hpp"

#include <cstdlib>
#include <memory>

namespace {

using namespace test;

// Several communicators at once, each with more to move than the limit.
void exchange_on_all(std::vector<clique::communicator>& on, std::size_t bytes) {
  const auto counts = [=](int from, int to) { return bytes + static_cast<std::size_t>(7 * from + 11 * to); };
  for (clique::communicator& comm : on) trial<std::uint8_t>(comm, lists(comm, counts)).run_and_check();
  std::vector<std::unique_ptr<trial<std::uint8_t>>> moving;
  std::vector<clique::request> requests;
  for (clique::communicator& comm : on) {
    moving.push_back(std::make_unique<trial<std::uint8_t>>(comm, lists(comm, counts)));
    requests.push_back(moving.back()->start());
  }
  for (clique::request& each : requests) each.wait();
  for (const auto& each : moving) each->check();
}

}  // namespace

TEST_CASE("staging: what collectives take is bounded, and given back") {
  const std::size_t before = world().describe().staging_used;
  std::vector<clique::communicator> all;
  for (int k = 0; k < 3; ++k) all.push_back(world().dup());
  const thresholds at = thresholds_of(world());
  exchange_on_all(all, at.segment <= 65536 ? 4 * at.ring : 100000);
  // Of each communicator one ring, and over messages one to receive too.
  // Also by messages; but for what a GPU's copies of a rank to itself go through.
  for (clique::communicator& comm : all) {
    const int next = (comm.rank() + 1) % comm.size(), before_me = (comm.rank() + comm.size() - 1) % comm.size();
    clique::array<float> sent(comm, 100000), received(comm, 100000);
    clique::sendrecv(comm, sent, next, 0, received, before_me, 0);
    clique::barrier(comm);
  }
  if (world().describe().device.type == "cpu") CHECK(world().describe().staging_used == before);
  const std::size_t least = all.size() * at.ring * (world().describe().transport == "shm" ? 1 : 2);
  all.clear();  // which keep a few pieces for copies of a rank to itself
  clique::barrier(world());
  const clique::rank_info now = world().describe();
  CHECK(now.staging_used == before);
  // Where a limit is set, this is the only test that runs.
  if (std::getenv("CLIQUE_STAGING_BYTES") == nullptr || world().size() == 1) return;
  CHECK(now.staging_peak <= now.staging_limit + least);
  CHECK(now.staging_peak > now.staging_limit / 2);  // more was wanted than there was
}
