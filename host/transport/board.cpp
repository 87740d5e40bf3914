#include "transport/board.hpp"

#include <algorithm>
#include <cstring>

namespace clique::transport {
namespace {

constexpr std::size_t line = 64;
constexpr std::size_t round_up(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}

}  // namespace

board_shape board_shape::of(int size, std::size_t wish) {
  constexpr std::size_t budget = std::size_t{64} << 10;  // bytes of a slot for inlined blocks, per letter of a pair
  const std::size_t fair = std::max(line, budget / static_cast<std::size_t>(size) / line * line);
  return {size, std::min(wish, fair)};
}

std::size_t board_shape::control_bytes() const {
  return board::copies_at(*this) + copy_requests::bytes();
}

std::size_t board::slot_bytes(const board_shape& shape) {
  const std::size_t all_letters = static_cast<std::size_t>(shape.size) * letters;
  const std::size_t inlined = round_up(shape.inline_bytes, line);
  const std::size_t pairs = static_cast<std::size_t>(shape.size) * sizeof(pair_entry);
  const std::size_t to_tail = sizeof(slot_head) + all_letters * (inlined + sizeof(letter)) + pairs + sizeof(arrival);
  return round_up(round_up(to_tail, line) + sizeof(slot_tail), 2 * line);
}

std::size_t board::message_letters_at(const board_shape& shape) {
  return head_bytes() + slot_count * slot_bytes(shape);
}

std::size_t board::mail_at(const board_shape& shape) {
  return message_letters_at(shape) + static_cast<std::size_t>(shape.size) * message_letters * sizeof(letter);
}

std::size_t board::copies_at(const board_shape& shape) {
  return round_up(mail_at(shape) + mail_rings::bytes(shape.size), line);
}

std::vector<std::byte*> board::areas_at(std::size_t offset) const {
  std::vector<std::byte*> areas;
  for (const member& each : members_) areas.push_back(each.control + offset);
  return areas;
}

board::board(board_shape shape, int rank, std::vector<member> members, const std::byte* arena, bool fenced)
    : shape_(shape),
      rank_(rank),
      members_(std::move(members)),
      arena_(arena),
      slot_bytes_(slot_bytes(shape)),
      inline_stride_(round_up(shape.inline_bytes, line)),
      letters_at_(sizeof(slot_head) + static_cast<std::size_t>(shape.size) * letters * inline_stride_),
      pairs_at_(letters_at_ + static_cast<std::size_t>(shape.size) * letters * sizeof(letter)),
      whole_at_(pairs_at_ + static_cast<std::size_t>(shape.size) * sizeof(pair_entry)),
      tail_at_(round_up(whole_at_ + sizeof(arrival), line)),
      message_letters_at_(message_letters_at(shape)),
      mail_(rank, areas_at(mail_at(shape))),
      copies_(rank, areas_at(copies_at(shape))),
      fenced_(fenced) {}

slot_tail& board::tail_of(int rank, std::uint64_t seq) const noexcept {
  return *reinterpret_cast<slot_tail*>(slot(rank, seq) + tail_at_);
}
arrival& board::whole_of(int rank, std::uint64_t seq) const noexcept {
  return *reinterpret_cast<arrival*>(slot(rank, seq) + whole_at_);
}
pair_entry& board::pair_of(int rank, std::uint64_t seq, int peer) const noexcept {
  return reinterpret_cast<pair_entry*>(slot(rank, seq) + pairs_at_)[peer];
}
letter& board::letter_of(int owner, std::uint64_t seq, int reader, std::uint32_t key) const noexcept {
  if (of_message(seq)) [[unlikely]] {
    std::byte* const first = members_[static_cast<std::size_t>(owner)].control + message_letters_at_;
    return reinterpret_cast<letter*>(first)[static_cast<std::size_t>(reader) * message_letters + message_letter(seq)];
  }
  return reinterpret_cast<letter*>(slot(owner, seq) +
                                   letters_at_)[static_cast<std::size_t>(reader) * letters + schedule::letter_of(key)];
}
std::byte* board::inline_of(int owner, std::uint64_t seq, int reader, std::uint32_t key,
                            std::size_t bytes) const noexcept {
  const int distance = reader > owner ? reader - owner - 1 : reader - owner - 1 + shape_.size;
  const std::uint32_t which = schedule::letter_of(key);
  slot_head& mine = slot_of(owner, seq);
  if (distance == 0 && which == 0 && bytes <= sizeof mine.tiny) return mine.tiny;
  return slot(owner, seq) + sizeof(slot_head) + (static_cast<std::size_t>(distance) * letters + which) * inline_stride_;
}

void board::expect(std::uint64_t seq) noexcept {
#if defined(__x86_64__)
  const std::byte* const mine = slot(rank_, seq);
  for (const std::byte* at : {mine, mine + line}) __asm__ __volatile__("prefetchw %0" : : "m"(*at));
#else
  __builtin_prefetch(slot(rank_, seq), 1);
#endif
}

void board::leave(std::uint64_t seq) {
  head(rank_).left.store(seq, std::memory_order_release);
  if (!elsewhere_.empty()) [[unlikely]]
    elsewhere_.erase(elsewhere_.begin(), elsewhere_.upper_bound(seq));
  // Who waits for room is rare, and looks again by itself before long.
}

int board::missing(std::uint64_t seq, std::uint64_t& last) {
  for (int peer = 0; peer < shape_.size; ++peer) {
    last = head(peer).arrived_last.load(std::memory_order_acquire);
    if (last < seq) return peer;
  }
  return -1;
}

int board::missing_of(std::span<const int> ranks, std::uint64_t seq, std::uint64_t& last) const noexcept {
  for (const int peer : ranks) {
    last = head(peer).arrived_last.load(std::memory_order_acquire);
    if (last < seq) return peer;
  }
  return -1;
}

void board::set_ready(std::uint64_t seq) noexcept {
  slot_of(rank_, seq).ready.store({seq, readiness::done}, std::memory_order_release);
}

void board::set_ready_late(std::uint64_t seq, bool failed) noexcept {
  const ready_stamp now{seq, failed ? readiness::failed : readiness::done};
  auto& ready = slot_of(rank_, seq).ready;
  ready_stamp seen = ready.load(std::memory_order_relaxed);
  while (seen < now && !ready.compare_exchange_weak(seen, now, std::memory_order_release, std::memory_order_relaxed)) {}
}

bool board::ready(std::uint64_t seq) const noexcept {
  return slot_of(rank_, seq).ready.load(std::memory_order_acquire) == ready_stamp{seq, readiness::done};
}

int board::failed(std::uint64_t seq, std::span<const std::uint64_t> numbers) const noexcept {
  for (int rank = 0; rank < shape_.size; ++rank) {
    const std::uint64_t number = numbers.empty() ? seq : numbers[static_cast<std::size_t>(rank)];
    if (slot_of(rank, number).ready.load(std::memory_order_acquire) == ready_stamp{number, readiness::failed})
      return rank;
  }
  return -1;
}

// ---- blocks

letter& board::open(std::uint64_t seq, int peer, std::uint32_t key, letter_kind kind, const std::byte* base,
                    std::size_t bytes) noexcept {
  letter& to = letter_of(rank_, seq, peer, key);
  to.kind = kind;
  to.base.store(static_cast<std::uint64_t>(base - arena_), std::memory_order_relaxed);
  to.bytes = bytes;
  to.taken.store(0, std::memory_order_relaxed);
  to.claim.store({seq, claim_state::offered}, std::memory_order_relaxed);
  return to;
}

std::shared_ptr<void> board::make_writable(int peer, const std::byte* ring, std::size_t bytes) {
  const member& of = members_[static_cast<std::size_t>(peer)];
  if (of.mapping != nullptr) of.mapping->writable(static_cast<std::size_t>(ring - of.arena), bytes);
  return of.mapping;
}

std::byte* board::inline_place(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept {
  return inline_of(rank_, seq, peer, key, bytes);
}

std::byte* board::inline_place_for_all(std::uint64_t seq, std::size_t bytes) noexcept {
  return inline_of(rank_, seq, (rank_ + 1) % shape_.size, 0, bytes);
}

// Of an operation whose blocks have all been inlined: this rank's.
const std::byte* board::published_of(int owner, std::uint64_t seq, std::uint32_t key,
                                     std::size_t bytes) const noexcept {
  if (slot_of(owner, seq).inlined == inlining::all) return inline_of(owner, seq, rank_, key, bytes);
  return inline_of(owner, seq, (owner + 1) % shape_.size, 0, bytes);
}

// The key, as it is read last: who sees it sees all that belongs to it. A letter of an earlier operation has another
// stamp, which hides its key.
void board::publish(letter& to, std::uint64_t seq, std::uint32_t key) noexcept {
  to.key.store(key, std::memory_order_release);
  to.stamp.store(seq, std::memory_order_release);
}

void board::offer_inlined(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes, bool awaited) noexcept {
  letter& to = letter_of(rank_, seq, peer, key);
  to.kind = letter_kind::inlined;
  to.bytes = bytes;
  if (awaited) to.taken.store(0, std::memory_order_relaxed);  // else the line is left alone
  publish(to, seq, key);
}

void board::offer_linear(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* base,
                         std::size_t bytes) noexcept {
  publish(open(seq, peer, key, letter_kind::linear, base, bytes), seq, key);
}

void board::offer_in_process(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* at,
                             std::size_t bytes) noexcept {
  letter& to = open(seq, peer, key, letter_kind::linear, arena_, bytes);
  to.base.store(reinterpret_cast<std::uint64_t>(at) | in_process, std::memory_order_relaxed);
  publish(to, seq, key);
}

void board::offer_ring(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* ring, std::size_t ring_bytes,
                       std::size_t bytes) noexcept {
  letter& to = open(seq, peer, key, letter_kind::ring, ring, bytes);
  to.ring = ring_bytes;
  to.available.store(0, std::memory_order_relaxed);
  publish(to, seq, key);
}

void board::offer_exported(std::uint64_t seq, int peer, std::uint32_t key, std::uint64_t memory, std::size_t offset,
                           std::size_t bytes) noexcept {
  letter& to = open(seq, peer, key, letter_kind::exported, arena_, bytes);
  to.base.store(memory, std::memory_order_relaxed);
  to.ring = offset;
  publish(to, seq, key);
}

void board::set_available(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept {
  letter_of(rank_, seq, peer, key).available.store(bytes, std::memory_order_release);
  wake(peer);
}

std::size_t board::taken(std::uint64_t seq, int peer, std::uint32_t key) const noexcept {
  return letter_of(rank_, seq, peer, key).taken.load(std::memory_order_acquire);
}

bool board::withdraw(std::uint64_t seq, int peer, std::uint32_t key) noexcept {
  claim_stamp expected{seq, claim_state::offered};
  return letter_of(rank_, seq, peer, key)
      .claim.compare_exchange_strong(expected, claim_stamp{seq, claim_state::withdrawn}, std::memory_order_acq_rel);
}

void board::offer_moved(std::uint64_t seq, int peer, std::uint32_t key, std::shared_ptr<std::byte> copy) {
  letter& to = letter_of(rank_, seq, peer, key);
  to.base.store(static_cast<std::uint64_t>(copy.get() - arena_), std::memory_order_relaxed);
  to.claim.store(claim_stamp{seq, claim_state::moved}, std::memory_order_release);
  moved_[seq % slot_count].push_back(std::move(copy));
  wake(peer);
}

bool board::look(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes, letter_view& view) const noexcept {
  const slot_head& remote = slot_of(peer, seq);  // of a message: of another operation, which has another number
  if (remote.arrived.load(std::memory_order_acquire) == seq && remote.inlined != inlining::some) {
    view = {letter_kind::inlined, published_of(peer, seq, key, bytes), bytes, 0, bytes};
    return true;
  }
  const letter& from = letter_of(peer, seq, rank_, key);
  if (from.stamp.load(std::memory_order_acquire) != seq || from.key.load(std::memory_order_acquire) != key)
    return false;
  view.kind = from.kind;
  view.bytes = from.bytes;
  if (from.kind == letter_kind::inlined) {
    view.base = inline_of(peer, seq, rank_, key, view.bytes);
    view.available = view.bytes;
    return true;
  }
  if (from.kind == letter_kind::exported) {
    view.exported = from.base.load(std::memory_order_relaxed);
    view.exported_offset = from.ring;
    view.available = view.bytes;
    return true;
  }
  const std::uint64_t base = from.base.load(std::memory_order_relaxed);
  if ((base & in_process) != 0) {
    view.kind = letter_kind::process;
    view.address = base & ~in_process;
  } else {
    view.base = members_[static_cast<std::size_t>(peer)].arena + base;
  }
  if (from.kind == letter_kind::ring) {
    view.ring = from.ring;
    view.available = from.available.load(std::memory_order_acquire);
    return true;
  }
  view.available = view.bytes;
  if (of_message(seq)) return true;  // it is offered when it is ready
  return remote.ready.load(std::memory_order_acquire) == ready_stamp{seq, readiness::done};
}

bool board::claim(std::uint64_t seq, int peer, std::uint32_t key) noexcept {
  letter& from = letter_of(peer, seq, rank_, key);
  claim_stamp expected{seq, claim_state::offered};
  if (from.claim.compare_exchange_strong(expected, claim_stamp{seq, claim_state::claimed}, std::memory_order_acq_rel))
    return true;
  return expected == claim_stamp{seq, claim_state::moved} || expected == claim_stamp{seq, claim_state::claimed};
}

void board::take(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept {
  letter_of(peer, seq, rank_, key).taken.store(bytes, std::memory_order_release);
  wake(peer);
}

// ---- the end

void board::close() noexcept {
  head(rank_).closed.store(1, std::memory_order_release);
}

bool board::all_closed() const noexcept {
  if (callbacks.load(std::memory_order_acquire) != 0) return false;
  for (int peer = 0; peer < shape_.size; ++peer) {
    if (head(peer).closed.load(std::memory_order_acquire) == 0) return false;
  }
  return true;
}

}  // namespace clique::transport
