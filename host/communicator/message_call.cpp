#include "communicator/message_call.hpp"

#include "staging/staging.hpp"

#include <algorithm>

namespace clique::engine {
namespace {

using message_kind = detail::message_args::kind;

// What is received must overlap nothing else, sent or received.
void require_apart(const std::vector<message_part>& parts) {
  if (parts.size() == 2 && parts[0].where.buffer != parts[1].where.buffer) return;
  std::vector<const message_part*> sorted;
  for (const message_part& part : parts) {
    if (part.range.bytes != 0 && part.peer != no_rank) sorted.push_back(&part);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return std::tie(a->where.buffer, a->where.begin) < std::tie(b->where.buffer, b->where.begin);
  });
  // The one that reaches furthest so far, of all and of those received.
  const message_part *furthest = nullptr, *received = nullptr;
  const auto further = [](const message_part* a, const message_part* b) {
    return a == nullptr || a->where.buffer != b->where.buffer || a->where.end < b->where.end;
  };
  for (const message_part* const part : sorted) {
    const message_part* const other = part->sends ? received : furthest;
    const staging::extent none{}, &before = other == nullptr ? none : other->where;
    require(!before.overlaps(part->where), status::invalid_argument,
            "a region that is received overlaps another one of the call: bytes [{}, {}) and [{}, {}) of one buffer",
            before.begin, before.end, part->where.begin, part->where.end);
    if (further(furthest, part)) furthest = part;
    if (!part->sends && further(received, part)) received = part;
  }
}

}  // namespace

message_call::message_call(communicator_state& on, const call& how, form as)
    : on_(on), how_(how), form_(as), held_(on) {}

message_part message_call::check(const detail::message_args& one, staging::bound& found) const {
  const bool sends = one.what != message_kind::receive;
  const auto* const what = sends ? "send" : "recv";
  require((one.peer >= 0 && one.peer < on_.size()) || one.peer == no_rank || (!sends && one.peer == any_source),
          status::invalid_argument, "{} {} rank {}, but the communicator has ranks 0 to {}", what,
          sends ? "to" : "from", one.peer, on_.size() - 1);
  require(one.tag >= 0 || (!sends && one.tag == any_tag), status::invalid_argument,
          "{} with tag {}; a tag is 0 or more{}", what, one.tag, sends ? "" : ", or any_tag");
  message_part part{sends, one.peer, one.tag, one.region.type, one.region.count, {}};
  const auto how = sends ? staging::access::read : staging::access::write;
  found = staging::bind(on_.device().state(), on_.port().buffers(), one.region, what, how, part.range);
  part.where = found.where;
  return part;
}

prepared_messages message_call::prepare(std::span<const detail::message_args> what, bool keep) const {
  prepared_messages result;
  prepare(what, keep, result);
  return result;
}

request message_call::start(std::span<const detail::message_args> what) {
  prepared_messages made;
  made.parts.swap(on_.spare_parts());
  made.parts.clear();
  acquire();
  made.kept = std::move(op_->kept);  // nothing, but the memory of its lists
  prepare(what, true, made);
  op_->kept = std::move(made.kept);
  begin(made);
  made.parts.swap(on_.spare_parts());
  return submit();
}

void message_call::run(std::span<const detail::message_args> what, std::span<message> received) {
  prepared_messages made;
  made.parts.swap(on_.spare_parts());
  made.parts.clear();
  prepare(what, false, made);
  if (!run_by_mail(made, received)) {
    acquire();
    op_->kept = std::move(made.kept);
    begin(made);
    finish(received);
  }
  made.parts.swap(on_.spare_parts());
}

// A message each way at the most, by mail alone; what has not been done so before long goes on as others do.
bool message_call::run_by_mail(const prepared_messages& what, std::span<message> received) {
  if (what.parts.size() > 2 || !what.replaced.empty() || !what.kept.empty()) return false;
  small_messages small;
  small.paired = on_.pairs(how_);
  bool empty = true;
  for (const message_part& each : what.parts) {
    const message_part*& place = each.sends ? small.send : small.receive;
    if (place != nullptr || each.peer == no_rank) return false;
    place = &each;
    empty = empty && each.range.bytes == 0;
  }
  if (small.over()) return false;
  require_not_failed(how_);
  if (!empty) wait_for_device(on_, how_, how_.after == after::queue);
  if (!on_.run_by_mail(held_, small)) return false;
  if (!received.empty() && small.receive == nullptr) received[0] = small.from;
  if (small.over()) return true;
  acquire();
  op_->answer = small.kept;
  if (small.send != nullptr) op_->add(*small.send).number = small.number;
  if (small.receive != nullptr) op_->add(*small.receive);
  finish(small.receive != nullptr ? received : std::span<message>{});
  return true;
}

void message_call::prepare(std::span<const detail::message_args> what, bool keep, prepared_messages& result) const {
  result.parts.reserve(what.size());
  for (const auto& each : what) {
    staging::bound found;
    message_part& part = result.parts.emplace_back(check(each, found));
    if (each.what == message_kind::replace) {
      if (part.range.bytes != 0 && part.peer != no_rank)
        result.replaced.push_back({result.parts.size() - 1, each.region});
      continue;  // the receive of the same region binds and keeps it
    }
    if (keep && part.range.buffer != nullptr) result.kept.buffers.push_back(retained(part.range.buffer));
    if (keep && part.range.kind == staging::kind::exported)
      result.kept.shared.push_back(staging::hold_exported(on_.device().state(), part.where.buffer));
    if (found.untouchable) result.kept.shared.push_back(stand_in(on_, part.range));
  }
  if (what.size() > 1 && what[0].what != message_kind::replace) require_apart(result.parts);
}

void message_call::acquire() {
  op_ = on_.acquire_messages(held_);
  op_->limit = how_.deadline;
  op_->blocks = form_ == form::blocking;
  op_->paired = on_.pairs(how_);
}

void message_call::begin(const prepared_messages& what) {
  require_not_failed(how_);
  bool empty = true, copies = !what.replaced.empty();
  for (const message_part& each : what.parts) {
    op_->add(each);
    if (each.sends && each.peer != no_rank && each.range.original != nullptr) {
      fill_stand_in(on_.device(), how_, each.range);
      copies = true;
    }
    empty = empty && (each.range.bytes == 0 || each.peer == no_rank);
  }
  for (const auto& each : what.replaced) {
    message_part& part = op_->transfers[each.part].part;
    auto copy = std::make_shared<array_memory>(on_.device(), part.range.bytes);
    opencl::check(
        clEnqueueCopyBuffer(on_.device().state().queue()(), part.range.buffer, copy->buffer()(), part.range.offset, 0,
                            part.range.bytes, static_cast<cl_uint>(how_.wait_list.size()), events_of(how_), nullptr),
        "clEnqueueCopyBuffer, for what is replaced");
    part.range = {};
    staging::bind(on_.device().state(), on_.port().buffers(),
                  {copy->buffer()(), 0, part.count, part.type, copy->host()}, "send", staging::access::read,
                  part.range);
    op_->kept.shared.push_back(std::move(copy));
  }
  if (!empty) follow_device(on_, how_, form_, *op_, copies);
}

void message_call::finish(std::span<message> received) {
  const communicator_state::attendance here(on_);
  on_.submit(held_, op_);
  on_.wait(held_, *op_);
  for (std::size_t k = 0; k < received.size(); ++k) received[k] = op_->received(k);
  on_.recycle(held_, std::move(op_));
}

request message_call::start(const std::shared_ptr<prepared_messages>& made) {
  acquire();
  op_->kept.shared.push_back(made);
  begin(*made);
  return submit();
}

request message_call::submit() {
  on_.submit(held_, op_);
  on_.lend(held_, op_);
  on_.announce();
  return {std::move(op_), on_.shared_from_this()};
}

persistent persist(communicator_state& on, std::span<const detail::message_args> what, const call& how) {
  auto bound = std::make_shared<prepared_messages>(message_call(on, how, form::persistent).prepare(what, true));
  return persistent([on = on.shared_from_this(), bound = std::move(bound),
                     events = std::vector<cl::Event>(how.wait_list.begin(), how.wait_list.end()),
                     deadline = how.deadline, after = how.after, agreement = how.agreement] {
    return message_call(*on, {events, deadline, after, agreement}, form::persistent).start(bound);
  });
}

}  // namespace clique::engine
