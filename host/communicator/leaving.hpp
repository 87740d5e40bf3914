// How far a rank is done with its peers' operations, when some have other numbers there than here: calls of persistent
// collectives, which ranks may start in different orders. Pure.
//
// A rank that has done its own operations up to `seq` has done its peers' up to `seq`, too, as long as all number them
// alike. Where rank 0 starts A, B as 7, 8 and rank 1 as B, A, rank 1, after its first (7: B), has done number 8 of rank
// 0 but not 7, and may not say that it needs nothing of 7 any more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace clique::engine {

class leaving {
 public:
  // This rank's operation `seq` has these numbers, by rank. Before up_to() comes to it.
  void displaced(std::uint64_t seq, std::vector<std::uint64_t> numbers) { elsewhere_.emplace(seq, std::move(numbers)); }

  // This rank has done its own operations up to `seq`. Returns the last number up to which it has done those of all
  // peers.
  std::uint64_t up_to(std::uint64_t seq) {
    if (elsewhere_.empty() && peers_.empty()) [[likely]]
      return done_ = seq;
    for (; done_ < seq; ++done_) pass(done_ + 1);
    std::uint64_t least = seq;
    for (const peer& one : peers_) least = std::min(least, one.done);
    if (least == seq) peers_.clear();
    return least;
  }

 private:
  struct peer {
    std::uint64_t done;               // all of its operations up to here
    std::set<std::uint64_t> further;  // and these
  };
  void pass(std::uint64_t seq) {
    const auto other = elsewhere_.find(seq);
    if (peers_.empty()) {
      if (other == elsewhere_.end()) return;
      peers_.assign(other->second.size(), {seq - 1, {}});
    }
    for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
      peer& one = peers_[rank];
      one.further.insert(other == elsewhere_.end() ? seq : other->second[rank]);
      while (one.further.erase(one.done + 1) != 0) ++one.done;
    }
    if (other != elsewhere_.end()) elsewhere_.erase(other);
  }

  std::uint64_t done_ = 0;
  std::map<std::uint64_t, std::vector<std::uint64_t>> elsewhere_;  // operations that are not done yet
  std::vector<peer> peers_;                                        // none while all number alike
};

}  // namespace clique::engine
