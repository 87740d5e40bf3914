// What an algorithm produces: the steps of one rank, as data. Knows neither MPI nor OpenCL nor where buffers are.
//
// One pair of verbs moves data between ranks: the owner offers a block, the reader fetches it, or views it where it
// lies. Blocks of one pair of ranks within one operation are told apart by their key. How a block travels (inside the
// arrival, in one piece, in segments, as messages) is decided below, by its size, its staging and the transport
// between the two.
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

// How many blocks there may be of one rank for another in one operation: a step's key is below it. What the transports
// set aside for each pair, and so the most that an algorithm may ask for.
inline constexpr std::uint32_t most_keys = 2;

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
};

// Where the user's memory is a device's alone, its offers and fetches go through staging memory, of which there may be
// enough for but one of each at a time: they take it in the order in which they can begin, and of those that can, in
// the plan's. So these orders must fit together on all ranks: as rounds do, or distances on the ring.
struct plan {
  std::vector<step> steps;
  // Steps [0, prologue) run before the ranks have agreed on the call: they read what the user gave and write temporary
  // memory only, so that a call that is refused has changed nothing.
  std::size_t prologue = 0;
  std::size_t temporary = 0;  // bytes of temporary memory
};

}  // namespace clique::schedule
