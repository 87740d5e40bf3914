// What an algorithm produces: the steps of one rank, as data. Knows neither MPI nor OpenCL nor where buffers are.
//
// One pair of verbs moves data between ranks: the owner offers a block, the reader fetches it. Blocks of one pair
// of ranks within one operation are told apart by their key. How a block travels (inside the arrival, in one piece,
// in segments, as messages) is decided below, by its size, its staging and the transport between the two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clique::schedule {

enum class verb : std::uint8_t {
  offer,  // `from` may be fetched by `peer`; done when the range may be overwritten
  fetch,  // `to` is filled from what `peer` offers under the same key; done when it is
  copy,   // `from` to `to`, both of this rank
};

enum class buffer : std::uint8_t { in, out, temporary };
inline constexpr int buffer_count = 3;

// Bytes within one of the operation's buffers.
struct range {
  buffer where = buffer::in;
  std::size_t offset = 0, bytes = 0;
};

struct step {
  verb what = verb::copy;
  int peer = -1;
  std::uint32_t key = 0;
  range from, to;
  std::vector<std::uint32_t> after;  // steps, by index, that must be done before this one begins
};

struct plan {
  std::vector<step> steps;
  // Steps [0, prologue) run before the ranks have agreed on the call: they read what the user gave and write temporary
  // memory only, so that a call that is refused has changed nothing.
  std::size_t prologue = 0;
  std::size_t temporary = 0;  // bytes of temporary memory
};

}  // namespace clique::schedule
