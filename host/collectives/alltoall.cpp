// alltoall and alltoallv: validate, choose, submit.
#include <clique/collectives.hpp>

#include "core/config.hpp"
#include "engine/call.hpp"
#include "tuning/tuning.hpp"

#include <algorithm>
#include <numeric>

namespace clique::detail {
namespace {

using engine::collective;
using schedule::block;

// Block j of a list of counts and displacements, in bytes. Checks that all lie within `holds` elements.
std::vector<block> blocks(std::span<const std::size_t> counts, std::span<const std::size_t> displacements,
                          std::size_t holds, std::size_t element, const char* what) {
  std::vector<block> result(counts.size());
  for (std::size_t j = 0; j < counts.size(); ++j) {
    require(counts[j] <= holds && displacements[j] <= holds - counts[j], status::invalid_argument,
            "the {} block of rank {} has elements [{}, {} + {}), but the {} region has only {}", what, j,
            displacements[j], displacements[j], counts[j], what, holds);
    result[j] = {displacements[j] * element, counts[j] * element};
  }
  return result;
}

void require_apart(std::vector<block> of) {
  std::erase_if(of, [](const block& each) { return each.bytes == 0; });
  std::sort(of.begin(), of.end(), [](const block& a, const block& b) { return a.offset < b.offset; });
  for (std::size_t k = 1; k < of.size(); ++k) {
    require(of[k - 1].offset + of[k - 1].bytes <= of[k].offset, status::invalid_argument,
            "two receive blocks overlap: one ends at byte {} of the region, the next begins at byte {}",
            of[k - 1].offset + of[k - 1].bytes, of[k].offset);
  }
}

std::shared_ptr<const engine::prepared_plan> prepare(collective what, const alltoall_args& args,
                                                     const schedule::alltoall_shape& shape) {
  auto made = std::make_shared<engine::prepared_plan>();
  made->plan = tuning::choose_alltoall(engine::name(what), core::settings().algorithm).build(shape);
  if (args.uniform) {
    made->count = args.receive.count / static_cast<std::size_t>(shape.size);
    return made;
  }
  for (const block& each : shape.send) made->sent.push_back(each.bytes);
  for (const block& each : shape.receive) made->expected.push_back(each.bytes);
  made->pairs = transport::pair_sum(static_cast<std::size_t>(shape.rank), {made->sent, made->expected});
  return made;
}

// The plan of a call whose arguments hold by themselves.
const std::shared_ptr<const engine::prepared_plan>& plan_uniform(engine::call_frame& frame, const alltoall_args& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  require(args.in_place || args.send.count == args.receive.count, status::invalid_argument,
          "the send region has {} elements, the receive region {}; alltoall needs as many in both", args.send.count,
          args.receive.count);
  // By the bytes of all blocks: what a division would tell, the plan knows.
  const engine::plan_key key{static_cast<std::uint32_t>(collective::alltoall),
                             args.in_place,
                             args.receive.count,
                             {},
                             size_of(args.receive.type)};
  const auto& plan = frame.plans().get(key, [&] {
    require(args.receive.count % size == 0, status::invalid_argument,
            "{} elements are not a multiple of the {} ranks of the communicator", args.receive.count, size);
    const std::size_t bytes = args.receive.count / size * size_of(args.receive.type);
    std::vector<block> all(size);
    for (std::size_t j = 0; j < size; ++j) all[j] = {j * bytes, bytes};
    return prepare(collective::alltoall, args, {frame.rank(), frame.size(), args.in_place, all, all});
  });
  frame.signature().count = plan->count;
  return plan;
}

const std::shared_ptr<const engine::prepared_plan>& plan_lists(engine::call_frame& frame, const alltoall_args& args) {
  const auto size = static_cast<std::size_t>(frame.size());
  const std::size_t element = size_of(args.receive.type);
  const auto send_counts = args.in_place ? args.receive_counts : args.send_counts;
  const auto send_displacements = args.in_place ? args.receive_displacements : args.send_displacements;
  const std::size_t send_holds = args.in_place ? args.receive.count : args.send.count;
  for (const auto& [list, what] :
       {std::pair{send_counts, "send counts"}, std::pair{send_displacements, "send displacements"},
        std::pair{args.receive_counts, "receive counts"},
        std::pair{args.receive_displacements, "receive displacements"}}) {
    require(list.size() == size, status::invalid_argument, "there are {} {}, but {} ranks", list.size(), what, size);
  }
  const auto send = blocks(send_counts, send_displacements, send_holds, element, "send");
  const auto receive = blocks(args.receive_counts, args.receive_displacements, args.receive.count, element, "receive");
  const engine::plan_key key{static_cast<std::uint32_t>(collective::alltoallv),
                             args.in_place,
                             0,
                             {send_counts, send_displacements, args.receive_counts, args.receive_displacements},
                             element};
  return frame.plans().get(key, [&] {
    require_apart(receive);
    return prepare(collective::alltoallv, args, {frame.rank(), frame.size(), args.in_place, send, receive});
  });
}

void enter(engine::call_frame& frame, const alltoall_args& args) {
  frame.begin(
      args.uniform ? collective::alltoall : collective::alltoallv, args.receive.type, [&]() -> const auto& {
        if (!args.in_place) frame.bind(schedule::buffer::in, args.send, "send");
        frame.bind(schedule::buffer::out, args.receive, "receive");
        return args.uniform ? plan_uniform(frame, args) : plan_lists(frame, args);
      });
}

}  // namespace

void alltoall(communicator& comm, const alltoall_args& args, const call& how) {
  engine::call_frame frame(comm.state(), how, engine::blocking::yes);
  enter(frame, args);
  frame.finish();
}

request ialltoall(communicator& comm, const alltoall_args& args, const call& how) {
  engine::call_frame frame(comm.state(), how, engine::blocking::no);
  enter(frame, args);
  return frame.start();
}

}  // namespace clique::detail
