// What an algorithm produces: the steps of one rank, as data. Knows neither MPI nor OpenCL nor where buffers are.
//
// One pair of verbs moves data between ranks: the owner offers a block, the reader fetches it, or views it where it
// lies. Blocks of one pair of ranks within one operation are told apart by their key. How a block travels (inside the
// arrival, in one piece, in segments, as messages) is decided below, by its size, its staging and the transport
// between the two.
//
// What an algorithm must keep (schedule/rules.hpp checks all of it that the plan of one rank can show; the tests judge
// the plans of all ranks together):
//
//   steps      `after` names earlier steps only. Of two steps that use the same memory, one of them writing, one waits
//              for the other, if not directly then through others.
//   prologue   offers, and copies to temporary memory: a call that is refused has changed nothing of the user's.
//   blocks     Every offer has one fetch or view: of the same key, the same bytes, by the rank that the offer names.
//              There may be any number of keys, but only `letters` blocks of a pair are under way at a time: blocks
//              whose keys are equal modulo `letters` share a letter, and the next one is offered when the one before
//              it has been taken. So they stand in the plans of both ranks in the order of their keys.
//   reduce     Operands in rank order, each a subtree of the one association; as long as the result, in whole elements.
//   staging    Where the user's memory is a device's alone, its offers and fetches go through staging memory, of which
//              there may be enough for one offer and one fetch of a rank at a time. Offers take it in the plan's order,
//              and so do fetches: one that cannot begin yet holds back those behind it. So these orders must fit
//              together on all ranks, whichever of them have enough of it.
//              An example that hangs: rank 0 offers to 1, then to 2; rank 1 fetches from 2, then from 0; rank 2 from 0,
//              then offers to 1. Rank 1 gives its one place to what 2 offers, 2 offers it after what it fetches from 0,
//              and 0 has given its place to the block for 1. Rounds fit together, and so do distances on the ring: step
//              d of every rank is with the rank d further on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clique::schedule {

enum class verb : std::uint8_t {
  offer,   // `from` may be fetched by `peer`; done when the range may be overwritten
  fetch,   // `to` is filled from what `peer` offers under the same key; done when it is
  view,    // what `peer` offers can be an operand: where it lies, or, where that cannot be seen, in `to` (temporary)
  copy,    // `from` to `to`, both of this rank
  reduce,  // `to` is the tree over `operands` (see operand)
  mpi,     // the collective itself, by MPI, on host memory
};

// Whether such a step is one end of a block that goes from one rank to another.
constexpr bool is_block(verb what) noexcept {
  return what == verb::offer || what == verb::fetch || what == verb::view;
}

enum class buffer : std::uint8_t { in, out, temporary };
inline constexpr int buffer_count = 3;

// Bytes within one of the operation's buffers.
struct range {
  buffer where = buffer::in;
  std::size_t offset = 0, bytes = 0;
  friend bool operator==(const range&, const range&) = default;
};

inline constexpr std::uint32_t no_step = ~std::uint32_t{0};

// What a reduce step combines: the partial result of `ranks` consecutive ranks. Operands stand in rank order; together
// they are combined in the one association that all reductions have: the balanced binary tree that splits at the
// largest power of two below the number of ranks. An operand must be a subtree of it.
struct operand {
  range where;                   // of all operands of a step as many bytes as its `to`
  std::uint32_t view = no_step;  // the view step that has it: then `where` is that step's `to`
  std::uint32_t ranks = 1;
};

// How many blocks of one rank for another can be under way at a time in one operation.
inline constexpr std::uint32_t letters = 2;
constexpr std::uint32_t letter_of(std::uint32_t key) noexcept {
  return key % letters;
}

struct step {
  verb what = verb::copy;
  int peer = -1;
  std::uint32_t key = 0;
  range from{}, to{};
  std::vector<std::uint32_t>
      after{};                      // steps, by index, all of them before this one, that must be done before it begins
  std::vector<operand> operands{};  // of reduce
  range scratch{};                  // of reduce: for intermediate results, where they do not fit elsewhere
  bool last = false;                // of reduce: `to` is a final result (a mean is divided there); never of a scan
  bool more = false;  // of offer, fetch and view: another block uses the letter after this one; set by settled()
};

struct plan {
  std::vector<step> steps;
  // Steps [0, prologue) run before the ranks have agreed on the call: they read what the user gave and write temporary
  // memory only, so that a call that is refused has changed nothing.
  std::size_t prologue = 0;
  std::size_t temporary = 0;  // bytes of temporary memory
};

}  // namespace clique::schedule
