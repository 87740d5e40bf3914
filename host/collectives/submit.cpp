// From the public templates to the files of this room, blocking, non-blocking and persistent.
#include "collectives/planning.hpp"

namespace clique {
namespace {

collectives::planner planner_of(collective what) {
  switch (what) {
    case collective::barrier: return collectives::barrier;
    case collective::bcast: return collectives::bcast;
    case collective::scatter:
    case collective::scatterv: return collectives::scatter;
    case collective::gather:
    case collective::gatherv: return collectives::gather;
    case collective::allgather:
    case collective::allgatherv: return collectives::allgather;
    case collective::alltoall:
    case collective::alltoallv:
    case collective::alltoallw: return collectives::alltoall;
    case collective::reduce:
    case collective::allreduce:
    case collective::scan:
    case collective::exscan: return collectives::reduction;
    case collective::reduce_scatter:
    case collective::reduce_scatter_block: return collectives::reduce_scatter;
    case collective::neighbor_allgather:
    case collective::neighbor_allgatherv:
    case collective::neighbor_alltoall:
    case collective::neighbor_alltoallv:
    case collective::neighbor_alltoallw: return collectives::neighbor;
    case collective::agree: break;  // communicator::agree
  }
  fail(status::internal, "there is no collective {}", static_cast<int>(what));
}

// The type that all ranks must have alike: each block's own is compared with its pair.
datatype type_of(const detail::arguments& args) {
  switch (args.what) {
    case collective::alltoallw:
    case collective::neighbor_alltoallw: return datatype::uint8;
    case collective::scatter:
    case collective::scatterv: return args.in_place ? args.send.type : args.receive.type;
    case collective::gather:
    case collective::gatherv:
    case collective::reduce: return args.in_place ? args.receive.type : args.send.type;
    default: return args.receive.type;
  }
}

void begin(engine::call_frame& frame, const detail::arguments& args) {
  frame.begin(
      args.what, type_of(args), [&, plan = planner_of(args.what) ]() -> const auto& {
        if (args.refused != nullptr) throw error(*args.refused);
        return plan(frame, args);
      });
}

}  // namespace

void detail::run(communicator& comm, const arguments& what, const call& how) {
  engine::call_frame frame(comm.state(), how, engine::blocking::yes);
  begin(frame, what);
  frame.finish();
}

request detail::start(communicator& comm, const arguments& what, const call& how) {
  engine::call_frame frame(comm.state(), how, engine::blocking::no);
  begin(frame, what);
  return frame.start();
}

persistent detail::prepare(communicator& comm, const arguments& what, const call& how) {
  engine::call_frame frame(comm.state(), how, engine::blocking::yes);
  frame.keep();
  begin(frame, what);
  return frame.agree_and_keep();
}

}  // namespace clique
