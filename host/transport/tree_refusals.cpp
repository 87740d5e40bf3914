// The tree's part of a refusal: what all ranks tell each other once they do not agree.
#include "transport/tree.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace clique::transport {

void tree::send_to_all(tree::kind of, const void* what, std::size_t bytes) {
  for (int peer = 0; peer < size_; ++peer) {
    if (peer != rank_) std::memcpy(packets_.add(peer, static_cast<std::uint32_t>(of), bytes), what, bytes);
  }
}

void tree::tell_details(operation& own) {
  details_record what{};
  what.of = own.of;
  what.signature = own.mine.signature;
  std::memcpy(what.text, own.mine.text, text_bytes);
  for (int peer = 0; peer < size_; ++peer) {
    if (!own.bytes.sent.empty()) what.pair = entry_of(own.bytes, static_cast<std::size_t>(peer));
    if (peer == rank_) {
      own.details[static_cast<std::size_t>(peer)] = what;
    } else {
      packets_.add(peer, static_cast<std::uint32_t>(kind::details), what);
    }
  }
}

// What this rank expects against what the others send.
void tree::tell_odd(operation& own) {
  odd_record what{own.of, {-1, -1, 0, 0, 0, 0}};
  for (int peer = 0; peer < size_ && !own.bytes.expected.empty(); ++peer) {
    const pair_entry receiver = entry_of(own.bytes, static_cast<std::size_t>(peer));
    const pair_entry sender = own.details[static_cast<std::size_t>(peer)]->pair;
    if (agree(sender.sent, receiver.expected, sender.sent_type, receiver.expected_type)) continue;
    what.pair = {peer, rank_, sender.sent, receiver.expected, sender.sent_type, receiver.expected_type};
    break;
  }
  own.odd[static_cast<std::size_t>(rank_)] = what;
  send_to_all(kind::odd, &what, sizeof what);
}

outcome tree::read_details(operation& own) {
  const auto collect = [&own](auto& come, auto& by_rank) {
    std::erase_if(come, [&](const auto& each) {
      auto& place = by_rank[static_cast<std::size_t>(each.peer)];
      if (place || !same(own.of, each.what.of)) return false;
      place = each.what;
      return true;
    });
    return std::all_of(by_rank.begin(), by_rank.end(), [](const auto& each) { return each.has_value(); });
  };
  if (!std::exchange(own.detailed, true)) {
    own.details.resize(static_cast<std::size_t>(size_));
    own.odd.resize(static_cast<std::size_t>(size_));
    tell_details(own);
  }
  if (!collect(details_, own.details)) return outcome::pending;
  const bool alike = std::all_of(own.details.begin(), own.details.end(), [&](const auto& each) {
    return each->signature.status == 0 && each->signature.mark() == own.mine.signature.mark();
  });
  if (!alike) return outcome::refused;
  if (!std::exchange(own.has_odd, true)) tell_odd(own);
  return collect(odd_, own.odd) ? outcome::refused : outcome::pending;
}

minutes tree::read(std::uint64_t seq, const compared*) {
  const operation& own = at(seq);
  minutes result;
  for (std::size_t rank = 0; rank < own.details.size(); ++rank) {
    arrival& theirs = result.arrivals.emplace_back();
    theirs.signature = own.details[rank]->signature;
    theirs.set_text(own.details[rank]->text);
    if (own.odd[rank] && own.odd[rank]->pair.from >= 0) result.odd.push_back(own.odd[rank]->pair);
  }
  return result;
}

}  // namespace clique::transport
