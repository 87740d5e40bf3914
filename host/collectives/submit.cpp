// From the public templates to an operation, in a straight line: validate, plan, open, submit.
#include "collectives/planning.hpp"

namespace clique {
namespace collectives {

const description& description_of(collective what) {
  switch (what) {
    case collective::barrier: return barrier;
    case collective::bcast: return bcast;
    case collective::scatter:
    case collective::scatterv: return scatter;
    case collective::gather:
    case collective::gatherv: return gather;
    case collective::allgather:
    case collective::allgatherv: return allgather;
    case collective::alltoall:
    case collective::alltoallv:
    case collective::alltoallw: return alltoall;
    case collective::reduce:
    case collective::allreduce:
    case collective::scan:
    case collective::exscan: return reduction;
    case collective::reduce_scatter:
    case collective::reduce_scatter_block: return reduce_scatter;
    case collective::neighbor_allgather:
    case collective::neighbor_allgatherv:
    case collective::neighbor_alltoall:
    case collective::neighbor_alltoallv:
    case collective::neighbor_alltoallw: return neighbor;
    case collective::agree: break;  // communicator::agree
  }
  fail(status::internal, "there is no collective {}", static_cast<int>(what));
}

}  // namespace collectives

namespace {

using collectives::communicator_state;

// The operation of a call: what is wrong with its arguments it says to all ranks.
std::shared_ptr<engine::operation> open(communicator_state& on, const communicator_state::lock& held,
                                        const detail::arguments& args, const call& how, engine::form as) {
  auto op = on.acquire(held);
  op->limit = how.deadline;
  try {
    if (args.refused != nullptr) throw error(*args.refused);
    const collectives::description& of = collectives::description_of(args.what);
    const engine::valid_call valid = of.validate(on, args);
    engine::open(on, *op, valid, collectives::plan_of(on, of, valid), how, as);
  } catch (...) {
    op->mine.signature = {.collective = static_cast<std::uint32_t>(args.what)};
    engine::refuse(*op, core::current_error());
  }
  if (as != engine::form::persistent && on.pairs(args.what, how)) {
    op->paired = true;
    op->mine.signature.collective |= transport::paired;
  }
  return op;
}

}  // namespace

void detail::run(communicator& comm, const arguments& what, const call& how) {
  communicator_state& on = comm.state();
  communicator_state::lock held(on);
  if (engine::repeat(on, held, what, how)) return;
  engine::finish(on, held, open(on, held, what, how, engine::form::blocking), what);
}

request detail::start(communicator& comm, const arguments& what, const call& how) {
  communicator_state& on = comm.state();
  const communicator_state::lock held(on);
  return engine::start(on, held, open(on, held, what, how, engine::form::nonblocking));
}

persistent detail::prepare(communicator& comm, const arguments& what, const call& how) {
  communicator_state& on = comm.state();
  communicator_state::lock held(on);
  return engine::agree_and_keep(on, held, open(on, held, what, how, engine::form::persistent), how);
}

}  // namespace clique
