// What a rank's control block holds, word by word: the memory that the ranks of a board share without a lock. All of it
// is zero at first. For each structure a table says who writes a word, who reads it, and which order makes that safe.
#pragma once

#include "transport/meeting.hpp"

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace clique::transport {

// A number with a state of what has that number, in one word: both change at once, and what is read with another number
// is of another operation. States are 0 .. States - 1. Stamps are ordered by number first.
template <class State, std::uint64_t States>
class stamp {
 public:
  constexpr stamp() = default;
  constexpr stamp(std::uint64_t number, State state) noexcept
      : word_(States * number + static_cast<std::uint64_t>(state)) {}
  friend constexpr bool operator==(stamp, stamp) = default;
  friend constexpr std::strong_ordering operator<=>(stamp, stamp) = default;

 private:
  std::uint64_t word_ = 0;
};

// A rank's device, of what it has to do before the operation: the higher of two holds.
enum class readiness : std::uint8_t { done, failed };
using ready_stamp = stamp<readiness, 2>;

// A linear block: its owner offers it, its reader claims it; or its owner withdraws it, and offers a copy.
enum class claim_state : std::uint8_t { offered, claimed, withdrawn, moved };
using claim_stamp = stamp<claim_state, 4>;

enum class letter_kind : std::uint32_t { inlined, linear, ring, exported, process };

// In the base of a linear letter: an address in the owner's process, of a block that does not lie in its arena.
constexpr std::uint64_t in_process = std::uint64_t{1} << 63;

// Why a communicator has failed.
struct poison_note {
  static constexpr std::size_t text_bytes = 1024;
  std::int32_t code = 0, rank = -1, native = 0;
  char text[text_bytes] = {};
};

// At the start of the block.
//
//   word          writer                              read by, and after what
//   left          owner, release, when it needs       peers, acquire: that slot may be filled again; all reads of the
//                 nothing more of an operation        owner in it come before
//   arrived_last  owner, relaxed, before `arrived`    peers, for a message at a deadline
//   bell          peers: + 1, release, before they    owner: before it looks a last time whether anything is new; the
//                 wake it                             futex returns at once if it has changed since
//   sleeping      owner: 1, then a full barrier (of   peers, relaxed, after what they publish and fence(): either they
//                 all ranks: membarrier), then it     see 1, and ring, or the owner's last look sees what they
//                 published looks a last time; 0 afterwards
//   closed        owner, release, last of all         all, acquire: when all have, their blocks are free
//   why           owner, once, before `poisoned`      who has seen `poisoned` name this rank
//   poisoned      whoever's compare-and-swap from 0   all, acquire
//                 at rank 0 comes first, there and
//                 then at all others (acq_rel)
struct alignas(64) control_head {
  std::atomic<std::uint64_t> left;
  std::atomic<std::uint64_t> arrived_last;
  alignas(64) std::atomic<std::uint32_t> bell;
  std::atomic<std::uint32_t> sleeping;
  std::atomic<std::uint32_t> closed;
  alignas(64) std::atomic<std::uint32_t> poisoned;  // 1 + the rank whose note holds
  poison_note why;
};

// Of the blocks of an operation: not all are inside its arrival; each is in the place for its reader and key; they are
// all the same, which stands in the first place.
enum class inlining : std::uint16_t { some, all, one_for_all };

// A slot is a head, the inlined blocks (first that for the next rank, so that small exchanges touch neighbouring
// lines), the letters, what is read only when the ranks do not agree (the pairs and the whole arrival), and the tail.
// It is used again when all ranks have left the operation that used it before.
//
//   word        writer                              read by, and after what
//   arrived     owner, release, last of all: the    peers, acquire; equal to the operation's number: the other words,
//               operation's number                  the inlined blocks, the pairs and the whole arrival are of that
//                                                   operation, until this peer leaves it
//   ready       owner, release; or a callback, by   peers, acquire; equal to that number with `done`: linear blocks may
//               compare-and-swap to a higher one    be read; with `failed`: the operation fails
//   the others  owner, before `arrived`             peers, after `arrived`
struct alignas(64) slot_head {
  std::atomic<std::uint64_t> arrived;
  std::atomic<ready_stamp> ready;
  std::uint64_t mark, pairs;
  std::int32_t status;
  inlining inlined;         // whether all blocks were, before the arrival: then no letter need be read
  std::uint8_t works_late;  // see board::set_works_late()
  std::uint8_t starts;      // a start of a persistent call
  std::byte tiny[24];       // the block for the next rank, if it fits: then one line is all that moves
};

// Where the block of one pair and key is.
//
//   word       writer                                 read by, and after what
//   stamp      owner, release, with each block: the   reader, acquire; equal to the operation's number: all below is
//              operation's number                     of that operation, `key` at least of its first block
//   key        owner, release, with each block        reader, acquire; equal to the block's: kind, bytes, ring and
//                                                     base are that block's, until the reader has taken it
//   base       owner; again in offer_moved()          reader, after `key`; again after a claim that saw `moved`: then
//   it
//                                                     lies in the arena, wherever it lay before (in_process). Of
//                                                     `exported`: the name of the memory; `ring`: where in it
//   available  owner, release, as a ring fills        reader, acquire: so many bytes of the ring may be read
//   taken      owner: 0, before it offers;            owner, acquire: so many bytes may be overwritten; all of them:
//              reader, release                        the block is done with, and so is the letter
//   claim      owner: `offered`, before it offers;    whose compare-and-swap from `offered` comes first, wins
//              both, by compare-and-swap              (acquire and release)
struct alignas(64) letter {
  std::atomic<std::uint64_t> stamp;
  letter_kind kind;
  std::atomic<std::uint32_t> key;
  std::atomic<std::uint64_t> base;
  std::uint64_t bytes, ring;
  std::atomic<std::uint64_t> available;
  alignas(64) std::atomic<std::uint64_t> taken;
  std::atomic<claim_stamp> claim;
};

// What the ranks look at when an operation ends, if at all: away from the lines that are read when it begins; and what
// they look for where others may have started another persistent call under that number.
//
//   word               owner writes                                peers read
//   finished           when it has done the operation (release)    when they have (acquire); a later one says it too
//   start, start_seq   before the arrival, where it is a start;    between two looks at `arrived` that must see the
//                      before them it sets `arrived` to 0          same: then they belong to that arrival (a seqlock)
//   told               the board's leader, release, where the      when they have arrived (acquire); equal to the
//                      board has not all ranks: what all came to   leader's number: `first` is of that operation, too
//   first              before `told`: see tally::first
using told_stamp = stamp<outcome, 3>;
struct alignas(64) slot_tail {
  std::atomic<std::uint64_t> finished;
  std::atomic<std::uint64_t> start, start_seq;
  std::atomic<told_stamp> told;
  std::atomic<std::uint64_t> first;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free &&
              std::atomic<ready_stamp>::is_always_lock_free && std::atomic<claim_stamp>::is_always_lock_free);

}  // namespace clique::transport
