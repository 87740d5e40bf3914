// The board's part of a meeting: arrivals, who has begun which start under which number, and what they agree on.
#include "transport/board.hpp"

#include <algorithm>
#include <cstring>

namespace clique::transport {

bool board::room(std::uint64_t seq) {
  if (seq <= room_until_) {
    moved_[seq % slot_count].clear();
    return true;
  }
  std::uint64_t least = ~std::uint64_t{0};
  for (int peer = 0; peer < shape_.size; ++peer) {
    if (peer != rank_) least = std::min(least, head(peer).left.load(std::memory_order_acquire));
  }
  room_until_ = shape_.size == 1 ? seq : least + slot_count;
  return seq <= room_until_ && room(seq);
}

void board::arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) {
  slot_head& local = slot_of(rank_, seq);
  arrival& whole = whole_of(rank_, seq);
  local.starts = mine.signature.start != 0 ? 1 : 0;
  if (local.starts != 0) {
    slot_tail& tail = tail_of(rank_, seq);
    local.arrived.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    tail.start.store(mine.signature.start, std::memory_order_relaxed);
    tail.start_seq.store(seq, std::memory_order_relaxed);
  }
  whole.signature = mine.signature;
  whole.text[0] = '\0';
  if (mine.text[0] != '\0') std::memcpy(whole.text, mine.text, std::strlen(mine.text) + 1);
  local.mark = mine.signature.mark();
  local.pairs = mine.signature.pairs;
  local.status = mine.signature.status;
  for (std::size_t peer = 0; peer < bytes.sent.size(); ++peer) {
    pair_of(rank_, seq, static_cast<int>(peer)) = entry_of(bytes, peer);
  }
  head(rank_).arrived_last.store(seq, std::memory_order_relaxed);
  local.arrived.store(seq, std::memory_order_release);
  wake_all();
}

// Who is missing is looked for again before anything else (awaits()).
bool board::has_arrived(const slot_head& remote, std::uint64_t number, std::uint64_t seq) noexcept {
  if (remote.arrived.load(std::memory_order_acquire) == number) [[likely]]
    return true;
  if (number != seq) return false;
  awaited_seq_ = seq;
  awaited_ = &remote.arrived;
  return false;
}

outcome board::poll(std::uint64_t seq, const compared* with) {
  if (with != nullptr) return poll_compared(seq, *with);
  tally all;
  if (!count(seq, all)) return outcome::pending;
  return all.agrees() ? outcome::agreed : outcome::refused;
}

bool board::count(std::uint64_t seq, tally& together) {
  const slot_head& local = slot_of(rank_, seq);
  if (local.starts != 0 && !find_numbers(seq)) return false;
  std::uint64_t sum = local.pairs;
  bool same = local.status == 0, works_late = local.works_late != 0, inlined = local.inlined != inlining::some;
  for (int peer = 0; peer < shape_.size; ++peer) {
    if (peer == rank_) continue;
    const std::uint64_t number = number_of(seq, peer);
    const slot_head& remote = slot_of(peer, number);
    if (!has_arrived(remote, number, seq)) return false;
    same = same && remote.mark == local.mark && remote.status == 0;
    sum += remote.pairs;
    works_late = works_late || remote.works_late != 0;
    inlined = inlined && remote.inlined != inlining::some;
  }
  agreed_ = {seq, works_late, inlined};
  together = {local.mark, sum, 0, same ? 0u : 1u};
  return true;
}

void board::tell(std::uint64_t seq, outcome what, const tally& of) noexcept {
  slot_tail& tail = tail_of(rank_, seq);
  tail.first.store(of.first, std::memory_order_relaxed);
  tail.told.store({seq, what}, std::memory_order_release);
  wake_all();
}

outcome board::told(int by, std::uint64_t seq, tally& of) {
  const bool starts = slot_of(rank_, seq).starts != 0;
  const std::uint64_t number = starts ? find_start(by, seq, whole_of(rank_, seq).signature.start) : seq;
  if (number == 0) return outcome::pending;
  const slot_tail& tail = tail_of(by, number);
  const told_stamp seen = tail.told.load(std::memory_order_acquire);
  for (const outcome each : {outcome::agreed, outcome::refused}) {
    if (seen != told_stamp(number, each)) continue;
    of.first = tail.first.load(std::memory_order_relaxed);
    if (starts) (void)find_numbers(seq);  // all have arrived
    bool inlined = true;
    for (int peer = 0; peer < shape_.size; ++peer)
      inlined = inlined && slot_of(peer, number_of(seq, peer)).inlined != inlining::some;
    agreed_ = {seq, false, inlined};
    return each;
  }
  return outcome::pending;
}

// Each says of itself alone when its device is done: they do not end together.
outcome board::poll_compared(std::uint64_t seq, const compared& with) {
  const slot_head& local = slot_of(rank_, seq);
  bool same = local.status == 0, inlined = true;
  for (const int peer : with.ranks) {
    const slot_head& remote = slot_of(peer, seq);
    if (!has_arrived(remote, seq, seq)) return outcome::pending;
    same = same && remote.mark == local.mark && remote.status == 0;
    inlined = inlined && remote.inlined != inlining::some;
    if (!with.lists || !same) continue;
    const pair_entry &theirs = pair_of(peer, seq, rank_), &mine = pair_of(rank_, seq, peer);
    same = transport::agree(theirs.sent, mine.expected, theirs.sent_type, mine.expected_type);
  }
  agreed_ = {seq, false, inlined};
  return same ? outcome::agreed : outcome::refused;
}

std::uint64_t board::number_of(std::uint64_t seq, int peer) const {
  if (elsewhere_.empty()) [[likely]]
    return seq;
  const auto found = elsewhere_.find(seq);
  return found == elsewhere_.end() ? seq : found->second[static_cast<std::size_t>(peer)];
}

std::vector<std::uint64_t> board::numbers(std::uint64_t seq) {
  const auto found = elsewhere_.find(seq);
  return found == elsewhere_.end() ? std::vector<std::uint64_t>{} : found->second;
}

// Of a start: under which number each peer has begun it; false while one has not.
bool board::find_numbers(std::uint64_t seq) {
  const std::uint64_t start = whole_of(rank_, seq).signature.start;
  std::vector<std::uint64_t> numbers;
  for (int peer = 0; peer < shape_.size; ++peer) {
    const std::uint64_t number = peer == rank_ ? seq : find_start(peer, seq, start);
    if (number == 0) return false;
    if (number == seq && numbers.empty()) continue;
    numbers.resize(static_cast<std::size_t>(shape_.size), seq);
    numbers[static_cast<std::size_t>(peer)] = number;
  }
  if (!numbers.empty()) elsewhere_.insert_or_assign(seq, std::move(numbers));
  return true;
}

// The same number is the usual case. Something else than a start there: then the ranks do not agree.
std::uint64_t board::find_start(int peer, std::uint64_t seq, std::uint64_t start) const noexcept {
  const slot_head& same = slot_of(peer, seq);
  if (same.arrived.load(std::memory_order_acquire) == seq) {
    if (same.starts == 0 || tail_of(peer, seq).start.load(std::memory_order_relaxed) == start) return seq;
  }
  for (std::uint64_t k = 0; k < slot_count; ++k) {
    const slot_tail& tail = tail_of(peer, k);
    const auto& arrived = slot_of(peer, k).arrived;
    const std::uint64_t number = arrived.load(std::memory_order_acquire);
    const bool fits =
        tail.start.load(std::memory_order_relaxed) == start && tail.start_seq.load(std::memory_order_relaxed) == number;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (fits && number != 0 && arrived.load(std::memory_order_relaxed) == number) return number;
  }
  return 0;
}

minutes board::read(std::uint64_t seq, const compared* with) {
  const auto counts = [&](int rank) {
    return with == nullptr || rank == rank_ || std::ranges::find(with->ranks, rank) != with->ranks.end();
  };
  minutes result;
  bool pairs = with == nullptr || with->lists;
  for (int rank = 0; rank < shape_.size; ++rank) {
    const int said_by = counts(rank) ? rank : rank_;
    result.arrivals.push_back(whole_of(said_by, number_of(seq, said_by)));
    const signature& theirs = result.arrivals.back().signature;
    if (said_by != rank) result.arrivals.back().signature.status = 0;
    pairs = pairs && theirs.status == 0 && theirs.mark() == result.arrivals[0].signature.mark();
  }
  if (!pairs) return result;  // another reason: the lists of some rank may not be there
  for (int from = 0; from < shape_.size; ++from) {
    for (int to = 0; to < shape_.size; ++to) {
      if (with != nullptr && (to != rank_ || from == rank_ || !counts(from))) continue;
      const pair_entry& sender = pair_of(from, number_of(seq, from), to);
      const pair_entry& receiver = pair_of(to, number_of(seq, to), from);
      if (transport::agree(sender.sent, receiver.expected, sender.sent_type, receiver.expected_type)) continue;
      result.odd.push_back({from, to, sender.sent, receiver.expected, sender.sent_type, receiver.expected_type});
    }
  }
  return result;
}

// Release, and acquire in unfinished(): what a device has written for a peer is there when the peer goes on.
void board::set_finished(std::uint64_t seq) noexcept {
  tail_of(rank_, seq).finished.store(seq, std::memory_order_release);
  wake_all();
}

int board::unfinished(std::uint64_t seq, std::span<const std::uint64_t> numbers) const noexcept {
  for (int rank = 0; rank < shape_.size; ++rank) {
    const std::uint64_t number = numbers.empty() ? seq : numbers[static_cast<std::size_t>(rank)];
    if (tail_of(rank, number).finished.load(std::memory_order_acquire) < number) return rank;
  }
  return -1;
}

}  // namespace clique::transport
