#include "transport/wire.hpp"

#include <algorithm>
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
  peer_state& from = *peers_[static_cast<std::size_t>(peer)];
  (what.kind == kind::arrival ? from.arrivals : from.details).insert_or_assign(what.seq, what);
  if (what.kind == kind::details) return;
  from.last_arrival = what.seq;
  if (what.signature.start != 0) from.starts.insert_or_assign(what.signature.start, what.seq);
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
  return left_ + most_ahead >= seq;
}

void wire::arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) {
  operation& own = operations_[seq];
  own.mine = mine;
  own.bytes = bytes;
  record what{};
  what.kind = kind::arrival;
  what.seq = seq;
  what.signature = mine.signature;
  own.own_arrival = what;
  for (int peer = 0; peer < size_; ++peer) {
    if (!bytes.sent.empty()) {
      what.pair = entry_of(bytes, static_cast<std::size_t>(peer));
      what.pairs_known = 1;
    }
    if (peer != rank_) send(peer, what);
  }
}

// Under which number the peer has begun it; 0: it has not, or its arrival is still on its way. Where it has begun
// something else than a start under this number, the two do not agree.
std::uint64_t wire::number_of(const operation& own, std::uint64_t seq, int peer) const {
  const peer_state& from = *peers_[static_cast<std::size_t>(peer)];
  const auto same = from.arrivals.find(seq);
  const std::uint64_t start = own.mine.signature.start;
  if (same != from.arrivals.end()) {
    const std::uint64_t theirs = same->second.signature.start;
    if (start == 0 || theirs == 0 || theirs == start) return seq;
  }
  if (start == 0) return 0;
  const auto found = from.starts.find(start);
  return found == from.starts.end() ? 0 : found->second;
}

const wire::record& wire::arrival_of(const operation& own, int peer) const {
  if (peer == rank_) return own.own_arrival;
  const auto at = static_cast<std::size_t>(peer);
  return peers_[at]->arrivals.at(own.numbers[at]);
}

outcome wire::poll(std::uint64_t seq, const compared*) {
  operation& own = operations_.at(seq);
  own.numbers.assign(static_cast<std::size_t>(size_), seq);
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    std::uint64_t& number = own.numbers[static_cast<std::size_t>(peer)];
    number = number_of(own, seq, peer);
    if (number == 0) return outcome::pending;
  }
  std::uint64_t sum = 0;
  bool same = true;
  for (int peer = 0; peer < size_; ++peer) {
    const transport::signature& theirs = arrival_of(own, peer).signature;
    same = same && theirs.status == 0 && theirs.mark() == own.mine.signature.mark();
    sum += theirs.pairs;
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
      const pair_entry receiver = entry_of(own.bytes, static_cast<std::size_t>(peer));
      const pair_entry sender = peer == rank_ ? receiver : arrival_of(own, peer).pair;
      if (agree(sender.sent, receiver.expected, sender.sent_type, receiver.expected_type)) continue;
      what.odd = {peer, rank_, sender.sent, receiver.expected, sender.sent_type, receiver.expected_type};
      break;
    }
    for (int peer = 0; peer < size_; ++peer) {
      if (peer != rank_) send(peer, what);
    }
    own.own_details = what;
  }
  for (int peer = 0; peer < size_; ++peer) {
    const auto at = static_cast<std::size_t>(peer);
    if (peer != rank_ && peers_[at]->details.find(own.numbers[at]) == peers_[at]->details.end())
      return outcome::pending;
  }
  return outcome::refused;
}

std::vector<std::uint64_t> wire::numbers(std::uint64_t seq) {
  const auto& known = operations_.at(seq).numbers;
  const bool alike = std::all_of(known.begin(), known.end(), [&](std::uint64_t number) { return number == seq; });
  return alike ? std::vector<std::uint64_t>{} : known;
}

minutes wire::read(std::uint64_t seq, const compared*) {
  minutes result;
  const operation& own = operations_.at(seq);
  for (int peer = 0; peer < size_; ++peer) {
    const auto at = static_cast<std::size_t>(peer);
    const record& details = peer == rank_ ? own.own_details : peers_[at]->details.at(own.numbers[at]);
    arrival& theirs = result.arrivals.emplace_back();
    theirs.signature = details.signature;
    theirs.set_text(details.why.text);
    if (details.odd.from >= 0) result.odd.push_back(details.odd);
  }
  return result;
}

void wire::leave(std::uint64_t seq) {
  const auto last = operations_.upper_bound(seq);
  for (auto own = operations_.begin(); own != last; own = operations_.erase(own)) {
    for (std::size_t at = 0; at < own->second.numbers.size(); ++at) {
      peer_state& from = *peers_[at];
      from.arrivals.erase(own->second.numbers[at]);
      from.details.erase(own->second.numbers[at]);
      if (own->second.mine.signature.start != 0) from.starts.erase(own->second.mine.signature.start);
    }
  }
  left_ = seq;
}

int wire::missing(std::uint64_t seq, std::uint64_t& last) {
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    last = peers_[static_cast<std::size_t>(peer)]->last_arrival;
    if (last < seq) return peer;
  }
  return -1;
}

bool wire::put(int peer, const mail& what) {
  static_assert(sizeof(mail) <= sizeof(poison_note::text) && std::is_trivially_copyable_v<mail>);
  record around{};
  around.kind = kind::mail;
  std::memcpy(around.why.text, &what, what.size());
  send(peer, around);
  return true;
}

bool wire::get(int peer, mail& what) {
  auto& inbox = peers_[static_cast<std::size_t>(peer)]->inbox;
  if (inbox.empty()) return false;
  what = inbox.front();
  inbox.pop_front();
  return true;
}

void wire::poison(const poison_note& why) {
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
