#include "messages/matcher.hpp"

#include "opencl/struct_table.hpp"

#include <algorithm>

namespace clique::engine {
namespace {

using kind = transport::mail::kind;
using form = transport::mail::form;

std::string type_name(std::uint32_t type) {
  const auto known = opencl::type_with_id(type);
  return known ? name(*known) : core::formatted("a struct that is not registered here ({:#x})", type);
}

// The same on both sides, if both know the types.
error mismatch(int from, int to, int tag, std::size_t sent, std::uint32_t sent_type, std::size_t expected,
               std::uint32_t expected_type) {
  return error(
      status::mismatch,
      core::formatted("rank {} calls send of {} elements of {} to rank {}, tag {}, but rank {} calls recv of {} "
                      "elements of {}",
                      from, sent, type_name(sent_type), to, tag, to, expected, type_name(expected_type)),
      from);
}

}  // namespace

void matcher::set_up() {
  if (!peers_.empty()) return;
  peers_.resize(static_cast<std::size_t>(on_.size));
  rings_ = on_.make_rings(on_.most_rings, ways::ring_pool::unbounded);
  mail_ = on_.mail;
  mail_.resize(peers_.size());
  mail_[static_cast<std::size_t>(on_.rank)] = {&own_mail_, on_.rank};
}

void matcher::start(const std::shared_ptr<message_group>& call) {
  set_up();
  call->place = in_flight_.size();
  in_flight_.push_back(call);
  call->phase = phase::running;
  call->left = call->used;
  if (!call->ready) gated_.push_back(call.get());
  if (call->used == 0 && call->ready) end(*call);
  for (std::size_t k = 0; k < call->used; ++k) {
    transfer& each = call->transfers[k];
    each.peer = each.part.peer;
    each.memory = each.part.range;
    if (each.peer == no_rank) {
      each.from.tag = any_tag;
      end(each);
      continue;
    }
    ++(each.peer == any_source ? any_source_ : with(each.peer).in_flight);
    if (each.part.sends) {
      peer_state& to = with(each.peer);
      if (each.number != 0) {  // it has been sent by mail
        each.told = true;
        to.sends.put(each.number, &each);
        if (call->answer) take_in(each.peer, *call->answer);
        continue;
      }
      each.number = ++to.sent;
      transport::mail what;
      what.number = each.number;
      what.tag = each.part.tag;
      what.type = type_id(each.part.type);
      what.count = each.part.count;
      describe(each, what);
      if (what.data == form::eager) {
        send_off(each, what);
      } else {
        if (!what.is_eager()) to.sends.put(each.number, &each);
        post(each.peer, what);
      }
      go(each);
    } else if (!find_message(each)) {
      posted_.add(each);
    }
  }
}

bool matcher::progress() {
  if (idle()) [[likely]]
    return false;
  bool moved = unsent_ != 0 && post_kept();
  for (std::size_t k = 0; k < gated_.size();) {
    message_group& call = *gated_[k];
    if (!on_.device->done(call.gate)) {
      ++k;
      continue;
    }
    moved = call.ready = true;
    gated_.erase(gated_.begin() + static_cast<std::ptrdiff_t>(k));
    if (call.left == 0) end(call);
    for (std::size_t each = 0; each < call.used; ++each) go(call.transfers[each]);
  }
  for (int peer = 0; peer < on_.size; ++peer) {
    if (any_source_ != 0 || with(peer).in_flight != 0) moved |= read_mail(peer);
  }
  rings_->begin_look();
  for (std::size_t k = 0; k < busy_.size();) {
    transfer& each = *busy_[k];
    moved |= advance(each);
    if (!rests(each)) {
      ++k;
      continue;
    }
    each.busy = false;
    busy_[k] = busy_.back();
    busy_.pop_back();
  }
  return moved;
}

// ---- mail

std::uint64_t matcher::post(int peer, const transport::mail& what) {
  peer_state& to = with(peer);
  if (const mail_route& by = mail_[static_cast<std::size_t>(peer)];
      !to.outbox.empty() || !by.box->put(by.number, what)) {
    to.outbox.push_back(what);
    ++unsent_;
    return ++to.mailed;
  }
  return to.gone = ++to.mailed;
}

bool matcher::post_kept() {
  bool moved = false;
  for (int peer = 0; peer < on_.size; ++peer) {
    peer_state& to = with(peer);
    const mail_route& by = mail_[static_cast<std::size_t>(peer)];
    while (!to.outbox.empty() && by.box->put(by.number, to.outbox.front())) {
      to.outbox.pop_front();
      --unsent_;
      ++to.gone;
      moved = true;
    }
  }
  return moved;
}

bool matcher::read_mail(int peer) {
  bool moved = false;
  const mail_route& by = mail_[static_cast<std::size_t>(peer)];
  for (transport::mail what; by.box->get(by.number, what); moved = true) take_in(peer, what);
  return moved;
}

void matcher::take_in(int peer, const transport::mail& what) {
  peer_state& other = with(peer);
  if (what.what == kind::message) {
    transfer* const receive = posted_.find([&](const transfer& each) { return fits(each.part, peer, what.tag); });
    if (receive == nullptr) {
      keep(other, what);
      return;
    }
    posted_.remove(*receive);
    match(*receive, peer, what);
    return;
  }
  if (what.what == kind::ready) {
    const auto waits = other.unmatched.find(what.number);
    const auto matched = other.receives.find(what.number);
    if (waits == other.unmatched.end() && matched == other.receives.end()) return;  // refused, and gone
    transport::mail& message = waits != other.unmatched.end() ? waits->second.what : matched->second->from;
    message.data = what.data;
    message.place = what.place;
    message.inlined = what.inlined;
    if (matched != other.receives.end()) go(*matched->second);
    return;
  }
  transfer* const send = other.sends.take(what.number);
  require(send != nullptr, status::internal, "rank {} answers a message that rank {} has not sent", peer, on_.rank);
  answered(*send, what);
}

void matcher::keep(peer_state& from, const transport::mail& what) {
  if (spare_.empty()) {
    from.unmatched.emplace(what.number, arrived{what, ++serial_});
    return;
  }
  auto node = std::move(spare_.back());
  spare_.pop_back();
  node.key() = what.number;
  node.mapped() = {what, ++serial_};
  from.unmatched.insert(from.unmatched.end(), std::move(node));
}

void matcher::answered(transfer& send, const transport::mail& what) {
  send.now = what.what == kind::accepted ? transfer::stage::accepted : transfer::stage::closing;
  send.letter = what.place;
  if (what.what == kind::refused) {
    send.failure =
        mismatch(on_.rank, send.peer, send.part.tag, send.part.count, type_id(send.part.type), what.count, what.type);
  }
  go(send);
}

// ---- matching

bool matcher::find_message(transfer& receive) {
  peer_state* from = nullptr;
  std::map<std::uint64_t, arrived>::iterator found;
  const int first = receive.peer == any_source ? 0 : receive.peer;
  const int last = receive.peer == any_source ? on_.size - 1 : receive.peer;
  for (int peer = first; peer <= last; ++peer) {
    auto& unmatched = with(peer).unmatched;
    const auto next = std::find_if(unmatched.begin(), unmatched.end(),
                                   [&](const auto& each) { return fits(receive.part, peer, each.second.what.tag); });
    if (next == unmatched.end() || (from != nullptr && found->second.serial < next->second.serial)) continue;
    from = &with(peer);
    found = next;
  }
  if (from == nullptr) return false;
  constexpr std::size_t most_spare = 16;
  auto node = from->unmatched.extract(found);
  match(receive, static_cast<int>(from - peers_.data()), node.mapped().what);
  if (spare_.size() < most_spare) spare_.push_back(std::move(node));
  return true;
}

void matcher::match(transfer& receive, int from, const transport::mail& message) {
  if (receive.peer == any_source) {
    --any_source_;
    ++with(from).in_flight;
  }
  receive.peer = from;
  receive.number = message.number;
  receive.from = message;
  receive.now = transfer::stage::matched;
  if (message.data == form::later) with(from).receives.emplace(message.number, &receive);
  const auto type = type_id(receive.part.type);
  if (type != message.type || receive.part.count != message.count) {
    if (message.is_eager())
      throw error(mismatch(from, on_.rank, message.tag, message.count, message.type, receive.part.count, type));
    receive.failure = mismatch(from, on_.rank, message.tag, message.count, message.type, receive.part.count, type);
    answer(receive, kind::refused);
  }
  go(receive);
}

// ---- the end

std::vector<std::shared_ptr<message_group>> matcher::give_up(const error& why) {
  std::vector<std::shared_ptr<message_group>> all;
  for (auto& call : in_flight_) {
    call->failure = why;
    call->phase = phase::done;
    all.push_back(std::move(call));
  }
  in_flight_.clear();
  posted_.clear();
  busy_.clear();
  gated_.clear();
  own_mail_.clear();
  peers_.assign(peers_.size(), {});
  any_source_ = 0;
  unsent_ = 0;
  return all;
}

std::string matcher::waits_for(const message_group& call) const {
  const auto last = call.transfers.begin() + static_cast<std::ptrdiff_t>(call.used);
  const auto open = std::find_if(call.transfers.begin(), last,
                                 [](const transfer& each) { return each.now != transfer::stage::done; });
  if (open == last)
    return core::formatted("rank {} waits for its own device, whose earlier commands are not done", on_.rank);
  const bool sends = open->part.sends;
  const auto named = [](int value, int any, const char* what) {
    return value == any ? core::formatted("any {}", what) : core::formatted("{} {}", what, value);
  };
  std::string text = core::formatted("rank {} waits in {}{} {} {}, {} ({} elements of {}): ", on_.rank,
                                     call.used > 1 ? "a group, in " : "", sends ? "send" : "recv", sends ? "to" : "for",
                                     named(open->part.peer, any_source, "rank"), named(open->part.tag, any_tag, "tag"),
                                     open->part.count, name(open->part.type));
  if (!open->of->ready) return text + "its own device has not done its earlier commands";
  const int other = open->peer;
  switch (open->now) {
    case transfer::stage::posted: {
      if (sends) return text + core::formatted("rank {} has not called a recv that fits", other);
      text += "no such message was sent";
      if (other == any_source) return text;
      const auto& unmatched = peers_[static_cast<std::size_t>(other)].unmatched;
      if (!unmatched.empty()) text += core::formatted("; one with tag {} was", unmatched.begin()->second.what.tag);
      return text;
    }
    case transfer::stage::matched:
      if (open->from.data == form::later) {
        return text + core::formatted("the device of rank {} has not done what comes before it", other);
      }
      break;
    case transfer::stage::accepted:
    case transfer::stage::moving:
      return text + core::formatted("rank {} {}", other, sends ? "has not taken all of it" : "has not sent all of it");
    case transfer::stage::closing:
      if (!sends && open->answered > peers_[static_cast<std::size_t>(other)].gone) {
        return text + core::formatted("rank {} does not read its mail", other);
      }
      break;
    case transfer::stage::done: break;
  }
  return text + "its own device works on it";
}

}  // namespace clique::engine
