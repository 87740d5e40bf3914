// Messages: blocking, non-blocking, groups, persistent.
#include "families.hpp"

namespace workload {
namespace {

void ring(script& run, place& on, kind of, std::size_t count) {
  const int next = (on.rank() + 1) % on.size(), last = (on.rank() + on.size() - 1) % on.size();
  const exchange both = round_the_ring(on, of, 1, count);
  run.message("sendrecv", on, both.results,
              [&] { clique::sendrecv(*on.comm, both.send->all(), next, 1, both.receive->all(), last, 1); });

  const exchange made = round_the_ring(on, of, 2, count);
  flight sent = run.start(
      "isend", on, {made.results[0]}, [&] { return clique::isend(*on.comm, made.send->all(), next, 2); }, true);
  flight got = run.start(
      "irecv", on, {made.results[1]}, [&] { return clique::irecv(*on.comm, made.receive->all(), last, 2); }, true);
  run.wait(got, on);
  run.wait(sent, on);

  const in_one replaced(on, of, made.results[0].before, made.results[1].after);
  run.message("sendrecv_replace", on, replaced.results,
              [&] { clique::sendrecv_replace(*on.comm, replaced.data->all(), next, 3, last, 3); });
}

void group(script& run, place& on, kind of) {
  const std::size_t count = some;
  const exchange made = all_to_all(on, of, 4, count);
  run.message("group", on, made.results, [&] {
    clique::group all(*on.comm);
    for (int peer = 0; peer < on.size(); ++peer) {
      const auto place = static_cast<std::size_t>(peer) * count;
      all.send(made.send->part(place, count), peer, 5);
      all.recv(made.receive->part(place, count), peer, 5);
    }
    all.run();
  });
}

}  // namespace

void messages(script& run, place& on) {
  ring(run, on, kind::array, few);
  ring(run, on, kind::plain, few);
  ring(run, on, kind::array, some);
  ring(run, on, kind::plain, some);
  group(run, on, kind::array);
  group(run, on, kind::plain);

  const exchange made = round_the_ring(on, kind::plain, 6, some);
  const int next = (on.rank() + 1) % on.size(), last = (on.rank() + on.size() - 1) % on.size();
  clique::persistent again;
  run.message("sendrecv_init", on, {}, [&] {
    again = clique::sendrecv_init(*on.comm, made.send->all(), next, 6, made.receive->all(), last, 6);
  });
  for (int round = 0; round < 2; ++round) {
    std::vector<result> expected = made.results;
    if (round != 0) expected[1].before = expected[1].after;
    run.message("start", on, expected, [&] {
      again.start();
      again.wait();
    });
  }
  // From the first rank to the second, and nothing for the others.
  const numbers sent = block(7, 0, 1, many);
  const in_one large(on, kind::plain, on.rank() == 0 ? sent : numbers(many, -7),
                     on.rank() < 2 ? sent : numbers(many, -7));
  const auto send_or_recv = [&] {
    if (on.rank() == 0)
      clique::send(*on.comm, large.data->all(), 1, 7);
    else
      clique::recv(*on.comm, large.data->all(), 0, 7);
  };
  if (on.rank() < 2)
    run.message("send_and_recv", on, large.results, send_or_recv);
  else
    run.no_call();
}

}  // namespace workload
