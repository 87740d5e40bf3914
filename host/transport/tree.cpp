#include "transport/tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace clique::transport {
namespace {

constexpr std::uint64_t most_ahead = 64;  // operations of a rank that others have not reached

template <class Record>
Record read_as(std::span<const std::byte> frame) noexcept {
  Record result{};
  std::memcpy(static_cast<void*>(&result), frame.data(), std::min(frame.size(), sizeof result));
  return result;
}

// Takes out the first that fits.
template <class Record, class Fits>
std::optional<Record> take_out(std::vector<Record>& all, Fits&& fits) {
  const auto found = std::find_if(all.begin(), all.end(), fits);
  if (found == all.end()) return std::nullopt;
  Record result = *found;
  all.erase(found);
  return result;
}

}  // namespace

tree::tree(messages& link, int rank, std::span<const int> boards, board* own, std::size_t longest_parcel)
    : packets_(link, std::max({sizeof(details_record), sizeof(poison_note), sizeof(parcel_head) + longest_parcel})),
      board_(own),
      rank_(rank),
      size_(static_cast<int>(boards.size())),
      leader_(rank),
      longest_parcel_(longest_parcel),
      correspondents_(boards.size()) {
  const int mine = boards[static_cast<std::size_t>(rank)];
  for (int peer = 0; peer < size_; ++peer) {
    const int theirs = boards[static_cast<std::size_t>(peer)];
    if (theirs < 0 || theirs == peer) {
      if (peer == rank) place_ = static_cast<int>(leaders_.size());
      leaders_.push_back(peer);
    }
    if (mine >= 0 && theirs == mine) members_.push_back(peer);
  }
  if (mine >= 0) leader_ = mine;
  rounds_ = static_cast<std::uint32_t>(std::bit_width(leaders_.size() - 1));
}

int tree::leader_at(std::int64_t places) const noexcept {
  const auto count = static_cast<std::int64_t>(leaders_.size());
  return leaders_[static_cast<std::size_t>(((place_ + places) % count + count) % count)];
}

void tree::take(int peer, tree::kind what, std::span<const std::byte> frame) {
  switch (what) {
    case kind::round: records_.push_back({peer, read_as<round_record>(frame)}); break;
    case kind::parcel: {
      const auto head = read_as<parcel_head>(frame.first(sizeof(parcel_head)));
      if (is_over(head.of)) break;
      auto& kept = with(peer).parcels.emplace_back(parcel{head, {}}).block;
      if (!spare_.empty()) {
        kept = std::move(spare_.back());
        spare_.pop_back();
      }
      const auto block = frame.subspan(sizeof(parcel_head));
      kept.assign(block.begin(), block.end());
      break;
    }
    case kind::details: details_.push_back({peer, read_as<details_record>(frame)}); break;
    case kind::odd: odd_.push_back({peer, read_as<odd_record>(frame)}); break;
    case kind::question: answer_to(peer, read_as<name>(frame)); break;
    case kind::answer: hear(read_as<answer_record>(frame)); break;
    case kind::mail: with(peer).inbox.push_back(read_as<transport::mail>(frame)); break;
    case kind::poison:
      if (!poisoned_) poisoned_ = read_as<poison_note>(frame);
      break;
  }
}

bool tree::progress(bool all) {
  const bool any = packets_.receive(all, [this](int peer, std::uint32_t what, std::span<const std::byte> frame) {
    take(peer, static_cast<tree::kind>(what), frame);
  });
  packets_.flush();
  return any;
}

tree::correspondent& tree::with(int peer) {
  auto& known = correspondents_[static_cast<std::size_t>(peer)];
  if (known == nullptr) known = std::make_unique<correspondent>();
  return *known;
}

bool tree::room(std::uint64_t seq) {
  return left_ + most_ahead >= seq;
}

void tree::arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) {
  if (done_.empty()) done_.push_back(std::make_unique<operation>());
  operation& own = *operations_.emplace_back(std::move(done_.back()));
  done_.pop_back();
  own.of = {seq, mine.signature.start};
  own.mine = mine;
  own.bytes = bytes;
  last_ = seq;
  if (board_ != nullptr) board_->arrive(seq, mine, {});
  advance(own);
  packets_.flush();
}

tree::operation* tree::find(const name& of) {
  for (const auto& each : operations_) {
    if (same(each->of, of)) return each.get();
  }
  return nullptr;
}

const tree::operation& tree::at(std::uint64_t seq) const {
  return **std::find_if(operations_.begin(), operations_.end(), [&](const auto& each) { return each->of.seq == seq; });
}

tree::operation& tree::at(std::uint64_t seq) {
  return const_cast<operation&>(std::as_const(*this).at(seq));
}

// ---- rounds

void tree::advance(operation& own) {
  if (own.told != outcome::pending) return;
  if (is_leader()) {
    if (!advance_as_leader(own)) return;
    const bool power_of_two = std::has_single_bit(leaders_.size());
    own.whole.pairs = power_of_two ? own.whole.pairs : own.part;
    own.told = own.whole.agrees() ? outcome::agreed : outcome::refused;
    if (board_ != nullptr) board_->tell(own.of.seq, own.told, own.whole);
  } else {
    own.told = board_->told(0, own.of.seq, own.whole);
  }
}

// True when it knows of all.
bool tree::advance_as_leader(operation& own) {
  if (!own.counted) {
    if (board_ == nullptr) {
      own.whole.begin(own.mine.signature);
    } else if (!board_->count(own.of.seq, own.whole)) {
      return false;
    }
    if (rank_ == 0) own.whole.first = own.of.seq;
    own.counted = true;
  }
  for (; own.round < rounds_; ++own.round, own.sent = false) {
    const std::int64_t places = std::int64_t{1} << own.round;
    if (!std::exchange(own.sent, true))
      packets_.add(leader_at(places), static_cast<std::uint32_t>(kind::round),
                   round_record{own.of, own.round, own.whole, own.part});
    const int before = leader_at(-places);
    const auto came = take_out(records_, [&](const received<round_record>& each) {
      return each.peer == before && each.what.round == own.round && same(own.of, each.what.of);
    });
    if (!came) return false;
    if ((leaders_.size() >> own.round & 1) != 0) own.part = own.whole.pairs + came->what.part;
    own.whole.add(came->what.whole);
  }
  return true;
}

outcome tree::poll(std::uint64_t seq, const compared*) {
  operation& own = at(seq);
  advance(own);
  const outcome result = own.told == outcome::refused ? read_details(own) : own.told;
  packets_.flush();
  return result;
}

std::vector<std::uint64_t> tree::numbers(std::uint64_t seq) {
  const auto of_board = board_ != nullptr ? board_->numbers(seq) : std::vector<std::uint64_t>{};
  if (of_board.empty()) return {};
  std::vector<std::uint64_t> known(static_cast<std::size_t>(size_), seq);
  for (std::size_t k = 0; k < members_.size(); ++k) known[static_cast<std::size_t>(members_[k])] = of_board[k];
  return known;
}

// This rank has left it.
bool tree::is_over(const name& of) const noexcept {
  if (of.start == 0) return of.seq <= left_;
  const auto starts = left_starts_.find(init_of(of.start));
  return starts != left_starts_.end() && times_of(of.start) <= starts->second;
}

void tree::leave(std::uint64_t seq) {
  left_ = seq;
  bool refused = false;
  while (!operations_.empty() && operations_.front()->of.seq <= seq) {
    operation& own = *operations_.front();
    if (own.of.start != 0) left_starts_[init_of(own.of.start)] = times_of(own.of.start);
    refused = refused || own.told == outcome::refused;
    own.reset();
    done_.push_back(std::move(operations_.front()));
    operations_.pop_front();
  }
  if (!refused) return;
  // Then something may have come for nothing, of a rank that called something else.
  const auto useless = [&](const auto& each) { return is_over(each.what.of); };
  std::erase_if(records_, useless);
  std::erase_if(details_, useless);
  std::erase_if(odd_, useless);
  for (const auto& each : correspondents_) {
    if (each != nullptr) std::erase_if(each->parcels, [&](const parcel& one) { return is_over(one.head.of); });
  }
}

// ---- mail and poison

bool tree::put(int peer, const mail& what) {
  static_assert(std::is_trivially_copyable_v<mail>);
  std::memcpy(packets_.add(peer, static_cast<std::uint32_t>(kind::mail), what.size()), &what, what.size());
  packets_.flush();
  return true;
}

bool tree::get(int peer, mail& what) {
  auto& known = correspondents_[static_cast<std::size_t>(peer)];
  if (known == nullptr || known->inbox.empty()) return false;
  what = known->inbox.front();
  known->inbox.pop_front();
  return true;
}

void tree::poison(const poison_note& why, bool by_board) {
  if (poisoned_) return;
  poisoned_ = why;
  const std::size_t bytes = offsetof(poison_note, text) + std::strlen(why.text) + 1;
  if (!by_board) {
    send_to_all(kind::poison, &why, bytes);
  } else if (is_leader()) {
    for (const int peer : leaders_) {
      if (peer != rank_) std::memcpy(packets_.add(peer, static_cast<std::uint32_t>(kind::poison), bytes), &why, bytes);
    }
  }
  packets_.flush();
}

}  // namespace clique::transport
