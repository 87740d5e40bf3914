// reduce, allreduce, scan and exscan: as many elements on all ranks.
#include "collectives/planning.hpp"

#include "core/arithmetic.hpp"

namespace clique::collectives {
namespace {

valid_call validate_reduction(communicator_state& on, const arguments& args) {
  const bool rooted = args.what == collective::reduce, prefix = args.what == collective::exscan;
  const bool receives = !rooted || on.rank() == args.root;
  if (rooted) {
    require_root(on, args);
    require_in_place_at_root(on, args, "send");
  }
  valid_call call = begin(on, args, rooted && !args.in_place ? args.send.type : args.receive.type);
  if (rooted) call.signature.root = args.root;
  if (!args.in_place) bind(on, call, buffer::in, args.send, "send");
  if (receives) bind(on, call, buffer::out, args.receive, "receive");
  const std::size_t count = args.in_place ? args.receive.count : args.send.count;
  require(!receives || args.receive.count == count, status::invalid_argument,
          "the send region has {} elements, the receive region {}; {} needs as many in both", count, args.receive.count,
          name(args.what));
  require(args.op->kind() != op_kind::mean || (args.what != collective::scan && !prefix), status::invalid_argument,
          "{} has no mean: each rank's would be of another number of ranks", name(args.what));
  require_operator(call);
  call.key.count = call.signature.count = count;
  call.key.identity = prefix && core::has_identity(*args.op, call.type);
  if (call.key.identity && on.rank() == 0) {
    call.fill.resize(size_of(call.type));
    core::identity(*args.op, call.type, call.fill.data());
  }
  return call;
}

void draw_reduction(const communicator_state& on, const plan_key& of, draft& made) {
  made.bytes = made.shape.vector_bytes = of.count * of.element;
  // exscan's rank 0 has nothing to reduce: it gets what the operator begins with, where that is known.
  const bool first = of.collective == collective::exscan && on.rank() == 0;
  made.fills_out = first && of.identity;
  made.covers_out = !of.in_place && (!first || made.fills_out);
}

}  // namespace

const description reduction{validate_reduction, draw_reduction};

}  // namespace clique::collectives
