// The board: how ranks that share memory meet, offer blocks and take them. Transport shm, and loopback.
//
// Each rank owns a control block that all ranks of the board map. It holds a ring of slots; operation `seq` uses slot
// seq % slot_count. A slot holds what the rank published on arrival and, for each peer and key, a letter that says
// where the block for that peer is:
//   inlined  in the slot itself: published by the same store as the arrival (one synchronisation)
//   linear   in one piece somewhere in the owner's arena: the reader copies it from there
//   ring     in pieces, through a ring of staging memory in the owner's arena
//   process  in one piece in the owner's process alone: the reader has it copied from there
//   exported in device memory that the reader's process sees too, by the name that the owner has for it
// All is written by the owner but the reader's half of a letter. Nothing here waits, and no call into the operating
// system is made but to wake a rank that sleeps.
//
// A pair has few letters and any number of keys: a block goes by letter_of(key), once the block before it there has
// been taken (schedule/rules.hpp lines them up). Its owner waits for that also where it is inlined, if it is `awaited`.
//
// A slot is used again when all ranks have left the operation that used it before. An owner whose reader is busy
// elsewhere may withdraw a linear block that has not been claimed, and offer a copy instead: then its buffer is free.
//
// Beside the slots the control block has what point-to-point messages need: mail, and letters of their own, which are
// addressed by a message_address() instead of a seq. They are rings, or in a process: others are handed over by mail.
#pragma once

#include "memory/arena.hpp"
#include "schedule/plan.hpp"
#include "transport/control_block.hpp"
#include "transport/copy_requests.hpp"
#include "transport/mail.hpp"
#include "transport/meeting.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace clique::transport {

struct board_shape {
  int size = 1;                     // ranks on the board
  std::size_t inline_bytes = 4096;  // the largest block inside an arrival
  // What fits `size` ranks without the blocks growing out of proportion: at most `wish`.
  static board_shape of(int size, std::size_t wish);
  [[nodiscard]] std::size_t control_bytes() const;
};

// A block as its reader sees it.
struct letter_view {
  letter_kind kind = letter_kind::inlined;
  const std::byte* base = nullptr;  // of the block, or of the ring
  std::size_t bytes = 0;            // of the block
  std::size_t ring = 0;             // of the ring
  std::size_t available = 0;        // bytes from the start of the block that are there
  std::uint64_t address = 0;        // of the block in its owner's process
  std::uint64_t exported = 0;       // the owner's name for the device memory
  std::size_t exported_offset = 0;  // where the block begins there
};

class board final : public meeting, public mailbox {
  friend board_shape;

 public:
  static constexpr std::uint64_t slot_count = 8;
  static constexpr std::uint32_t letters = schedule::letters;  // of one pair in one operation

  // One rank's view of the others: its writable control block and its arena.
  struct member {
    std::byte* control;
    const std::byte* arena;
    std::shared_ptr<memory::peer_arena> mapping;  // kept as long as the board; null: this process's own
  };

  // `members` by rank, this one among them; their control blocks are zero or in use. `arena` is where this rank's
  // blocks lie, which it offers by their address.
  // `fenced` says that not all ranks can_spare_fences(); the same on all.
  board(board_shape shape, int rank, std::vector<member> members, const std::byte* arena, bool fenced);

  // Whether a rank that goes to sleep can make all others pass a memory barrier (membarrier(2)). Then those that
  // publish need none of their own, which was a quarter of a small alltoall. Registers this process, once.
  static bool can_spare_fences() noexcept;

  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return shape_.size; }
  // Of the operation or message: the largest block that can be inlined.
  [[nodiscard]] std::size_t inline_bytes(std::uint64_t address) const noexcept {
    return of_message(address) ? 0 : shape_.inline_bytes;
  }

  // ---- meeting
  bool room(std::uint64_t seq) override;
  void arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) override;
  outcome poll(std::uint64_t seq, const compared* with = nullptr) override;
  std::vector<std::uint64_t> numbers(std::uint64_t seq) override;
  minutes read(std::uint64_t seq, const compared* with = nullptr) override;
  void leave(std::uint64_t seq) override;
  int missing(std::uint64_t seq, std::uint64_t& last) override;
  int missing_of(std::span<const int> ranks, std::uint64_t seq,
                 std::uint64_t& last) const noexcept;  // the same of those
  // Of a board that has not all ranks: what those of it bring together. False while one has not arrived.
  [[nodiscard]] bool count(std::uint64_t seq, tally& together);
  // What all ranks have come to, which this rank tells its board; and what that rank has told, or pending.
  void tell(std::uint64_t seq, outcome what, const tally& of) noexcept;
  [[nodiscard]] outcome told(int by, std::uint64_t seq, tally& of);
  // After poll() said pending: the rank that it saw missing still is, and nothing is poisoned. One word each.
  [[nodiscard]] bool awaits(std::uint64_t seq) const noexcept {
    return seq == awaited_seq_ && awaited_->load(std::memory_order_acquire) != seq && !poisoned();
  }

  // The device work before operation `seq` is done: linear blocks may be read. By the rank itself, before arrive().
  void set_ready(std::uint64_t seq) noexcept;
  // The same, or that it has failed, from an OpenCL callback: at any time, so that it may be too late to matter.
  void set_ready_late(std::uint64_t seq, bool failed) noexcept;
  [[nodiscard]] bool ready(std::uint64_t seq) const noexcept;
  // A rank whose device work before `seq` has failed, or -1. `numbers`: as numbers() gave them.
  [[nodiscard]] int failed(std::uint64_t seq, std::span<const std::uint64_t> numbers = {}) const noexcept;

  // A hint that operation `seq` will soon arrive with small blocks: fetches the lines that will be written, which the
  // peers have read last, while the caller does something else.
  void expect(std::uint64_t seq) noexcept;
  // Before arrive(): whether all blocks of the operation have been inlined.
  void set_all_inlined(std::uint64_t seq, bool holds) noexcept {
    slot_of(rank_, seq).inlined = holds ? inlining::all : inlining::some;
  }
  // Before arrive(), instead of these and set_ready(): all has been inlined, the same for all if `one`, and this rank's
  // device does nothing for it.
  void set_complete(std::uint64_t seq, bool one) noexcept {
    slot_head& mine = slot_of(rank_, seq);
    mine.ready.store({seq, readiness::done}, std::memory_order_relaxed);
    mine.inlined = one ? inlining::one_for_all : inlining::all;
    mine.works_late = 0;
  }
  // Right after poll() said agreed: whether it holds for all ranks.
  [[nodiscard]] bool all_inlined(std::uint64_t seq) const noexcept { return agreed_.seq == seq && agreed_.all_inlined; }
  // Before arrive(): whether this rank's device has something to do for the operation after the ranks have agreed.
  void set_works_late(std::uint64_t seq, bool holds) noexcept { slot_of(rank_, seq).works_late = holds ? 1 : 0; }
  // Right after poll() said agreed: whether any rank's has; the same on all.
  [[nodiscard]] bool works_late(std::uint64_t seq) const override { return agreed_.seq == seq && agreed_.works_late; }
  void set_finished(std::uint64_t seq) noexcept override;
  [[nodiscard]] int unfinished(std::uint64_t seq, std::span<const std::uint64_t> numbers) const noexcept override;

  // ---- blocks, owner's side. After room(seq), once for each peer and key.
  // The place of an inlined block: fill it, then call offer_inlined. At most inline_bytes(seq). `awaited`: taken()
  // tells when its reader is done with it.
  std::byte* inline_place(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept;
  // The same of one that is for all.
  std::byte* inline_place_for_all(std::uint64_t seq, std::size_t bytes) noexcept;
  void offer_inlined(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes, bool awaited) noexcept;
  void offer_linear(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* base, std::size_t bytes) noexcept;
  void offer_in_process(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* at,
                        std::size_t bytes) noexcept;
  void offer_ring(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* ring, std::size_t ring_bytes,
                  std::size_t bytes) noexcept;
  // What is there already. `offset`: of the block in that memory.
  void offer_exported(std::uint64_t seq, int peer, std::uint32_t key, std::uint64_t memory, std::size_t offset,
                      std::size_t bytes) noexcept;
  void set_available(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept;
  // How many bytes the reader is done with.
  [[nodiscard]] std::size_t taken(std::uint64_t seq, int peer, std::uint32_t key) const noexcept;
  // Takes back a block that lies in one piece; false if its reader has claimed it. Then offer_moved() must follow;
  // `copy` is released when the slot is used again.
  bool withdraw(std::uint64_t seq, int peer, std::uint32_t key) noexcept;
  void offer_moved(std::uint64_t seq, int peer, std::uint32_t key, std::shared_ptr<std::byte> copy);

  // ---- blocks, reader's side
  // The block of `bytes` that `peer` offers. False while it is not there, or not ready.
  bool look(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes, letter_view& view) const noexcept;
  // The block that `peer` offers, of an operation whose blocks have all been inlined.
  [[nodiscard]] const std::byte* inlined(std::uint64_t seq, int peer, std::uint32_t key,
                                         std::size_t bytes) const noexcept {
    return published_of(peer, seq, key, bytes);
  }
  // Before reading a block that lies in one piece: false while it is being moved. Then look() again.
  bool claim(std::uint64_t seq, int peer, std::uint32_t key) noexcept;
  void take(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) noexcept;

  // ---- messages
  // A record for `peer`, which may be this rank; false if there is no room now.
  bool put(int peer, const mail& what) noexcept override {
    if (!mail_.put(peer, what)) return false;
    wake(peer);
    return true;
  }
  bool get(int peer, mail& what) noexcept override { return mail_.get(peer, what); }
  // Where in the arena a block of this rank's lies, and where this rank sees such a block of a peer's.
  [[nodiscard]] std::uint64_t place(const std::byte* block) const noexcept {
    return static_cast<std::uint64_t>(block - arena_);
  }
  [[nodiscard]] const std::byte* at(int peer, std::uint64_t place) const noexcept {
    return members_[static_cast<std::size_t>(peer)].arena + place;
  }

  // Copies that ranks which share a device want made.
  [[nodiscard]] copy_requests& copies() noexcept { return copies_; }

  // Lets this process, and its driver, write to a ring of a peer's, which stays mapped as long as what is returned.
  std::shared_ptr<void> make_writable(int peer, const std::byte* ring, std::size_t bytes);

  // ---- poison: the first one wins, on all ranks
  void poison(const poison_note& why) noexcept;
  [[nodiscard]] bool poisoned() const noexcept { return head(rank_).poisoned.load(std::memory_order_acquire) != 0; }
  [[nodiscard]] poison_note poison_note_of_all() const;

  // ---- sleeping
  // Wakes `peer`, or all, if they sleep. After the stores that they wait for.
  void wake(int peer) noexcept;
  void wake_all() noexcept;
  // Sleeps until another rank wakes this one, or `longest` has passed, unless `nothing_new` is false: it is asked after
  // this rank has said that it sleeps.
  template <class Predicate>
  void sleep(std::chrono::microseconds longest, Predicate&& nothing_new) {
    const std::uint32_t rung = begin_sleep();
    if (nothing_new()) sleep_until_rung(rung, longest);
    end_sleep();
  }

  // ---- the end. A control block may be used for something else when all ranks have closed theirs.
  void close() noexcept;
  [[nodiscard]] bool all_closed() const noexcept;
  // Operations whose set_ready is still to come from a callback.
  std::atomic<int> callbacks{0};

 private:
  static constexpr std::size_t head_bytes() noexcept { return (sizeof(control_head) + 127) / 128 * 128; }
  static std::size_t slot_bytes(const board_shape& shape);
  static std::size_t message_letters_at(const board_shape& shape);
  static std::size_t mail_at(const board_shape& shape);
  static std::size_t copies_at(const board_shape& shape);
  [[nodiscard]] std::vector<std::byte*> areas_at(std::size_t offset) const;
  void fence() const noexcept;
  // In the header, since a small collective looks at them dozens of times.
  [[nodiscard]] control_head& head(int rank) const noexcept {
    return *reinterpret_cast<control_head*>(members_[static_cast<std::size_t>(rank)].control);
  }
  [[nodiscard]] std::byte* slot(int rank, std::uint64_t seq) const noexcept {
    return members_[static_cast<std::size_t>(rank)].control + head_bytes() + seq % slot_count * slot_bytes_;
  }
  [[nodiscard]] slot_head& slot_of(int rank, std::uint64_t seq) const noexcept {
    return *reinterpret_cast<slot_head*>(slot(rank, seq));
  }
  [[nodiscard]] std::uint64_t number_of(std::uint64_t seq, int peer) const;
  outcome poll_compared(std::uint64_t seq, const compared& with);
  [[nodiscard]] bool has_arrived(const slot_head& remote, std::uint64_t number, std::uint64_t seq) noexcept;
  bool find_numbers(std::uint64_t seq);
  [[nodiscard]] std::uint64_t find_start(int peer, std::uint64_t seq, std::uint64_t start) const noexcept;
  [[nodiscard]] slot_tail& tail_of(int rank, std::uint64_t seq) const noexcept;
  [[nodiscard]] arrival& whole_of(int rank, std::uint64_t seq) const noexcept;
  [[nodiscard]] pair_entry& pair_of(int rank, std::uint64_t seq, int peer) const noexcept;
  [[nodiscard]] letter& letter_of(int owner, std::uint64_t seq, int reader, std::uint32_t key) const noexcept;
  [[nodiscard]] std::byte* inline_of(int owner, std::uint64_t seq, int reader, std::uint32_t key,
                                     std::size_t bytes) const noexcept;
  [[nodiscard]] const std::byte* published_of(int owner, std::uint64_t seq, std::uint32_t key,
                                              std::size_t bytes) const noexcept;
  letter& open(std::uint64_t seq, int peer, std::uint32_t key, letter_kind kind, const std::byte* base,
               std::size_t bytes) noexcept;
  static void publish(letter& to, std::uint64_t seq, std::uint32_t key) noexcept;
  std::uint32_t begin_sleep() noexcept;
  void sleep_until_rung(std::uint32_t rung, std::chrono::microseconds longest) noexcept;
  void end_sleep() noexcept;

  board_shape shape_;
  int rank_;
  std::vector<member> members_;
  const std::byte* arena_;
  std::size_t slot_bytes_;
  std::size_t inline_stride_, letters_at_, pairs_at_, whole_at_, tail_at_;  // within a slot
  std::size_t message_letters_at_;                                          // within a control block
  mail_rings mail_;
  copy_requests copies_;
  bool fenced_;
  struct {  // what poll() saw last of all ranks
    std::uint64_t seq = 0;
    bool works_late = false, all_inlined = false;
  } agreed_;
  std::uint64_t awaited_seq_ = 0;  // see awaits(): this operation, of a rank
  const std::atomic<std::uint64_t>* awaited_ = nullptr;
  std::uint64_t room_until_ = slot_count;                          // operations up to here have a slot
  std::map<std::uint64_t, std::vector<std::uint64_t>> elsewhere_;  // see numbers(): of those that are not left
  std::vector<std::shared_ptr<std::byte>> moved_[slot_count];
};

}  // namespace clique::transport
