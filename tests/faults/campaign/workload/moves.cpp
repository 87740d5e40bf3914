// The collectives that move data, blocking: arrays and plain buffers, small and in several segments, in place.
#include "families.hpp"

namespace workload {
namespace {

void alltoallv(script& run, place& on) {
  // Rank i sends 100 (i + 1) + 10 j numbers to rank j.
  const auto count = [](int from, int to) { return static_cast<std::size_t>(100 * (from + 1) + 10 * to); };
  numbers sent, got;
  std::vector<std::size_t> sends, receives, sends_at, receives_at;
  for (int peer = 0; peer < on.size(); ++peer) {
    sends_at.push_back(sent.size());
    receives_at.push_back(got.size());
    sends.push_back(count(on.rank(), peer));
    receives.push_back(count(peer, on.rank()));
    append(sent, block(4, on.rank(), peer, sends.back()));
    append(got, block(4, peer, on.rank(), receives.back()));
  }
  const exchange of(on, kind::plain, sent, got);
  run.collective("alltoallv", on, of.results, [&] {
    clique::alltoallv(*on.comm, of.send->all(), sends, sends_at, of.receive->all(), receives, receives_at);
  });
}

void allgather(script& run, place& on) {
  numbers all, before;
  for (int peer = 0; peer < on.size(); ++peer) {
    append(all, block(5, peer, 0, some));
    append(before, peer == on.rank() ? block(5, peer, 0, some) : numbers(some, -7));
  }
  const exchange of(on, kind::plain, block(5, on.rank(), 0, some), all);
  run.collective("allgather", on, of.results, [&] { clique::allgather(*on.comm, of.send->all(), of.receive->all()); });
  const in_one kept(on, kind::array, before, all);
  run.collective("allgather_in_place", on, kept.results,
                 [&] { clique::allgather(*on.comm, clique::in_place, kept.data->all()); });
}

// Rank i has 1000 + 10 i numbers.
void uneven(script& run, place& on) {
  numbers all;
  std::vector<std::size_t> counts, at;
  for (int peer = 0; peer < on.size(); ++peer) {
    at.push_back(all.size());
    counts.push_back(1000 + 10 * static_cast<std::size_t>(peer));
    append(all, block(11, peer, 0, counts.back()));
  }
  const numbers mine = block(11, on.rank(), 0, counts[static_cast<std::size_t>(on.rank())]);
  const numbers nothing(all.size(), -7);
  const exchange shared(on, kind::plain, mine, all);
  run.collective("allgatherv", on, shared.results,
                 [&] { clique::allgatherv(*on.comm, shared.send->all(), shared.receive->all(), counts, at); });
  const exchange gathered(on, kind::array, mine, on.rank() == 1 ? all : nothing);
  run.collective("gatherv", on, gathered.results,
                 [&] { clique::gatherv(*on.comm, gathered.send->all(), gathered.receive->all(), counts, at, 1); });
  const exchange scattered(on, kind::plain, all, mine);
  run.collective("scatterv", on, scattered.results,
                 [&] { clique::scatterv(*on.comm, scattered.send->all(), counts, at, scattered.receive->all(), 1); });
}

void rooted(script& run, place& on) {
  const int last = on.size() - 1;
  const numbers from_last = block(6, last, 0, some);
  const in_one cast(on, kind::plain, on.rank() == last ? from_last : numbers(some, -7), from_last);
  run.collective("bcast", on, cast.results, [&] { clique::bcast(*on.comm, cast.data->all(), last); });

  numbers blocks, all;
  for (int peer = 0; peer < on.size(); ++peer) {
    append(blocks, block(7, 0, peer, some));
    append(all, block(8, peer, last, some));
  }
  const exchange scattered(on, kind::array, blocks, block(7, 0, on.rank(), some));
  run.collective("scatter", on, scattered.results,
                 [&] { clique::scatter(*on.comm, scattered.send->all(), scattered.receive->all(), 0); });
  const numbers nothing(all.size(), -7);
  const exchange gathered(on, kind::plain, block(8, on.rank(), last, some), on.rank() == last ? all : nothing);
  run.collective("gather", on, gathered.results,
                 [&] { clique::gather(*on.comm, gathered.send->all(), gathered.receive->all(), last); });
}

}  // namespace

void moves(script& run, place& on) {
  const auto alltoall = [&](const char* name, kind of, int mark, std::size_t count) {
    const exchange made = all_to_all(on, of, mark, count);
    run.collective(name, on, made.results, [&] { clique::alltoall(*on.comm, made.send->all(), made.receive->all()); });
  };
  alltoall("alltoall_of_few", kind::array, 1, few);
  alltoall("alltoall", kind::array, 2, some);
  alltoall("alltoall_of_few_plain", kind::plain, 1, few);
  alltoall("alltoall_plain", kind::plain, 3, some);
  alltoallv(run, on);
  allgather(run, on);
  uneven(run, on);
  rooted(run, on);

  for (const kind of : {kind::array, kind::plain}) {
    const exchange made = all_to_all(on, of, 9, some);
    const in_one kept(on, of, made.results[0].before, made.results[1].after);
    run.collective("alltoall_in_place", on, kept.results,
                   [&] { clique::alltoall(*on.comm, clique::in_place, kept.data->all()); });
  }
  alltoall("alltoall_of_many_plain", kind::plain, 10, many);
}

}  // namespace workload
