#include "transport/wire.hpp"

#include <cstring>
#include <type_traits>

namespace clique::transport {
namespace {
constexpr std::uint64_t most_ahead = 64;  // operations of a rank that others have not reached
}

wire::wire(messages& link, int rank, int size) : link_(link), rank_(rank), size_(size) {
  for (int peer = 0; peer < size; ++peer) {
    peers_.push_back(std::make_unique<peer_state>());
    if (peer != rank) post(peer);
  }
}

void wire::post(int peer) {
  peer_state& from = *peers_[static_cast<std::size_t>(peer)];
  from.receive = link_.receive(peer, tag, reinterpret_cast<std::byte*>(&from.incoming), sizeof(record));
}

void wire::send(int peer, const record& what) {
  outgoing& each = outgoing_.emplace_back(outgoing{what, 0});
  each.sent = link_.send(peer, tag, reinterpret_cast<const std::byte*>(&each.what), sizeof(record));
}

wire::operation& wire::of(std::uint64_t seq) {
  operation& found = operations_[seq];
  found.arrivals.resize(static_cast<std::size_t>(size_));
  found.details.resize(static_cast<std::size_t>(size_));
  return found;
}

void wire::take(int peer, const record& what) {
  if (what.kind == kind::poison) {
    if (!poisoned_) poisoned_ = what.why;
    return;
  }
  if (what.kind == kind::mail) {
    std::memcpy(static_cast<void*>(&peers_[static_cast<std::size_t>(peer)]->inbox.emplace_back()), what.why.text,
                sizeof(mail));
    return;
  }
  operation& to = of(what.seq);
  (what.kind == kind::arrival ? to.arrivals : to.details)[static_cast<std::size_t>(peer)] = what;
  if (what.kind == kind::arrival) peers_[static_cast<std::size_t>(peer)]->last_arrival = what.seq;
}

void wire::progress() {
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    peer_state& from = *peers_[static_cast<std::size_t>(peer)];
    while (link_.done(from.receive)) {
      const record what = from.incoming;
      post(peer);
      take(peer, what);
    }
  }
  for (auto each = outgoing_.begin(); each != outgoing_.end();) {
    each = link_.done(each->sent) ? outgoing_.erase(each) : std::next(each);
  }
}

bool wire::room(std::uint64_t seq) {
  return operations_.empty() || operations_.begin()->first + most_ahead > seq;
}

void wire::arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) {
  operation& own = of(seq);
  own.mine = mine;
  own.bytes = bytes;
  record what{};
  what.kind = kind::arrival;
  what.seq = seq;
  what.signature = mine.signature;
  for (int peer = 0; peer < size_; ++peer) {
    const auto at = static_cast<std::size_t>(peer);
    if (!bytes.sent.empty()) {
      what.pair = entry_of(bytes, at);
      what.pairs_known = 1;
    }
    own.arrivals[static_cast<std::size_t>(rank_)] = what;
    if (peer != rank_) send(peer, what);
  }
}

outcome wire::poll(std::uint64_t seq) {
  operation& own = of(seq);
  std::uint64_t sum = 0;
  bool same = true;
  for (const auto& each : own.arrivals) {
    if (!each) return outcome::pending;
    same = same && each->signature.status == 0 && each->signature.mark() == own.mine.signature.mark();
    sum += each->signature.pairs;
  }
  if (same && sum == 0) return outcome::agreed;

  if (!own.detailed) {
    own.detailed = true;
    record what{};
    what.kind = kind::details;
    what.seq = seq;
    what.signature = own.mine.signature;
    what.odd = {-1, -1, 0, 0, 0, 0};
    std::memcpy(what.why.text, own.mine.text, text_bytes);
    for (int peer = 0; peer < size_ && same && !own.bytes.expected.empty();
         ++peer) {  // what this rank expects against what the others send
      const auto at = static_cast<std::size_t>(peer);
      const pair_entry receiver = entry_of(own.bytes, at);
      const pair_entry sender = peer == rank_ ? receiver : own.arrivals[at]->pair;
      if (agree(sender.sent, receiver.expected, sender.sent_type, receiver.expected_type)) continue;
      what.odd = {peer, rank_, sender.sent, receiver.expected, sender.sent_type, receiver.expected_type};
      break;
    }
    for (int peer = 0; peer < size_; ++peer) {
      if (peer != rank_) send(peer, what);
    }
    own.details[static_cast<std::size_t>(rank_)] = what;
  }
  for (const auto& each : own.details) {
    if (!each) return outcome::pending;
  }
  return outcome::refused;
}

minutes wire::read(std::uint64_t seq) {
  minutes result;
  for (const auto& each : of(seq).details) {
    arrival& theirs = result.arrivals.emplace_back();
    theirs.signature = each->signature;
    theirs.set_text(each->why.text);
    if (each->odd.from >= 0) result.odd.push_back(each->odd);
  }
  return result;
}

void wire::leave(std::uint64_t seq) {
  operations_.erase(operations_.begin(), operations_.upper_bound(seq));
}

int wire::missing(std::uint64_t seq, std::uint64_t& last) {
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    last = peers_[static_cast<std::size_t>(peer)]->last_arrival;
    if (last < seq) return peer;
  }
  return -1;
}

void wire::put(int peer, const mail& what) {
  static_assert(sizeof(mail) <= sizeof(board::verdict::text) && std::is_trivially_copyable_v<mail>);
  record around{};
  around.kind = kind::mail;
  std::memcpy(around.why.text, &what, what.size());
  send(peer, around);
}

bool wire::get(int peer, mail& what) {
  auto& inbox = peers_[static_cast<std::size_t>(peer)]->inbox;
  if (inbox.empty()) return false;
  what = inbox.front();
  inbox.pop_front();
  return true;
}

void wire::poison(const board::verdict& why) {
  if (poisoned_) return;
  poisoned_ = why;
  record what{};
  what.kind = kind::poison;
  what.why = why;
  for (int peer = 0; peer < size_; ++peer) {
    if (peer != rank_) send(peer, what);
  }
}

}  // namespace clique::transport
