// How a rank of a tree finds out who is missing: by asking whom it waits for.
#include "transport/tree.hpp"

namespace clique::transport {

tree::answer_record tree::whereabouts_in(const operation& own) const {
  answer_record result{own.of, whereabouts::nobody, -1, 0};
  if (own.told != outcome::pending) return result;
  if (board_ != nullptr) {
    const int member = board_->missing(own.of.seq, result.last);
    if (member >= 0) {
      result.where = whereabouts::board;
      result.peer = members_[static_cast<std::size_t>(member)];
      return result;
    }
  }
  result.where = whereabouts::leader;
  result.peer = is_leader() ? leader_at(-(std::int64_t{1} << own.round)) : leader_;
  return result;
}

void tree::answer_to(int peer, const name& of) {
  answer_record what{of, whereabouts::absent, rank_, last_};
  if (const operation* own = find(of)) {
    what = whereabouts_in(*own);
    what.of = of;
  } else if (of.start == 0 && of.seq <= left_) {
    what.where = whereabouts::nobody;
  }
  packets_.add(peer, static_cast<std::uint32_t>(kind::answer), what);
}

void tree::ask(operation& own, int peer) {
  own.asked = peer;
  packets_.add(peer, static_cast<std::uint32_t>(kind::question), own.of);
}

// An answer that names another leader leads there; those who wait for each other in a circle are all there.
void tree::hear(const answer_record& what) {
  operation* const own = find(what.of);
  if (own == nullptr) return;
  own->answer = what;
  if (what.where == whereabouts::leader && what.peer != rank_) ask(*own, what.peer);
}

void tree::inquire(std::uint64_t seq) {
  operation& own = at(seq);
  const answer_record here = whereabouts_in(own);
  own.answer.reset();
  own.asked = -1;
  if (here.where == whereabouts::leader) ask(own, here.peer);
  packets_.flush();
}

int tree::missing(std::uint64_t seq, std::uint64_t& last) {
  const operation& own = at(seq);
  last = 0;
  const answer_record here = whereabouts_in(own);
  if (here.where == whereabouts::board) {
    last = here.last;
    return here.peer;
  }
  if (here.where != whereabouts::leader) return -1;
  if (own.answer && (own.answer->where == whereabouts::absent || own.answer->where == whereabouts::board)) {
    last = own.answer->last;
    return own.answer->peer;
  }
  if (own.answer && own.answer->where == whereabouts::nobody) return -1;
  return own.asked;
}

}  // namespace clique::transport
