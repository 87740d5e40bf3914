// Non-blocking calls, several in flight, requests as events, wait lists; and persistent calls.
#include "families.hpp"

namespace workload {
namespace {

cl::Event marker(const place& on) {
  const aside own;
  cl::Event event;
  if (on.comm->device().queue().enqueueMarkerWithWaitList(nullptr, &event) != CL_SUCCESS)
    throw std::runtime_error("a marker of the program's own");
  return event;
}

}  // namespace

void requests(script& run, place& on) {
  for (const kind of : {kind::array, kind::plain}) {
    const exchange small = all_to_all(on, of, 1, few), large = all_to_all(on, of, 2, some);
    flight first = run.start("ialltoall_of_few", on, small.results,
                             [&] { return clique::ialltoall(*on.comm, small.send->all(), small.receive->all()); });
    flight second = run.start("ialltoall", on, large.results,
                              [&] { return clique::ialltoall(*on.comm, large.send->all(), large.receive->all()); });
    run.wait(second, on);
    run.wait(first, on);

    const exchange reduced(on, of, operand(3, on.rank(), some), sum(3, on.size(), some));
    flight third = run.start("iallreduce", on, reduced.results, [&] {
      return clique::iallreduce(*on.comm, reduced.send->all(), reduced.receive->all(), clique::op::sum);
    });
    run.wait(third, on);

    const exchange listed = all_to_all(on, of, 4, some);
    const cl::Event list[] = {marker(on)};
    run.collective("alltoall_after_events", on, listed.results,
                   [&] { clique::alltoall(*on.comm, listed.send->all(), listed.receive->all(), {.wait_list = list}); });
  }
  // One begins when the other is done, without a word of the host.
  const exchange before = all_to_all(on, kind::plain, 5, some), behind = all_to_all(on, kind::array, 6, some);
  std::vector<cl::Event> done;
  flight first = run.start("ialltoall", on, before.results,
                           [&] { return clique::ialltoall(*on.comm, before.send->all(), before.receive->all()); });
  run.local("event", {}, [&] {
    if (first.flies) done.push_back(first.request.event());
  });
  flight second = run.start("ialltoall_after_event", on, behind.results, [&] {
    return clique::ialltoall(*on.comm, behind.send->all(), behind.receive->all(), {.wait_list = done});
  });
  run.wait(first, on);
  run.wait(second, on);
  flight last = run.start("ibarrier", on, {}, [&] { return clique::ibarrier(*on.comm); });
  run.wait(last, on);
}

void persistent_calls(script& run, place& on) {
  const clique::reduce_op own = clique::reduce_op::expression("a + b");
  for (const kind of : {kind::array, kind::plain}) {
    const exchange moved = all_to_all(on, of, 1, some);
    const exchange reduced(on, of, operand(2, on.rank(), some), sum(2, on.size(), some));
    const exchange combined(on, of, operand(3, on.rank(), some), sum(3, on.size(), some));
    std::optional<clique::persistent> calls[3];
    // Nothing has moved when they return.
    run.collective("alltoall_init", on, {},
                   [&] { calls[0] = clique::alltoall_init(*on.comm, moved.send->all(), moved.receive->all()); });
    run.collective("allreduce_init", on, {}, [&] {
      calls[1] = clique::allreduce_init(*on.comm, reduced.send->all(), reduced.receive->all(), clique::op::sum);
    });
    run.collective("allreduce_own_init", on, {}, [&] {
      calls[2] = clique::allreduce_init(*on.comm, combined.send->all(), combined.receive->all(), own);
    });
    const std::vector<result>* const results[] = {&moved.results, &reduced.results, &combined.results};
    for (int round = 0; round < 2; ++round) {
      std::vector<flight> flights;
      for (int k = 0; k < 3; ++k) {
        std::vector<result> expected = *results[k];
        if (round != 0) expected[1].before = expected[1].after;
        flights.push_back(run.start(round == 0 ? "start" : "start_again", on, expected, calls[k]));
      }
      for (flight& each : flights) run.wait(each, on);
    }
  }
}

}  // namespace workload
