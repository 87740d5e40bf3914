// Where ranges lie for the host, and what becomes of them when an operation closes.
#pragma once

#include "engine/operation.hpp"

namespace clique::engine {

// Where the host addresses a range now; null where it does not.
inline std::byte* host_of(const operation& op, const schedule::range& range) {
  const staging::binding& bound = op.bindings[static_cast<std::size_t>(range.where)];
  return bound.host == nullptr || op.opening[static_cast<std::size_t>(range.where)] != 0 ? nullptr
                                                                                         : bound.host + range.offset;
}

// A mapped range that is not mapped yet: its steps wait.
inline bool opening(const operation& op, const schedule::range& range) {
  return op.opening[static_cast<std::size_t>(range.where)] != 0;
}

// What was received in the place of a buffer that the host may not touch goes to that: begins it, once. True where
// there is something to wait for.
inline bool return_original(staging::port& device, staging::binding& range, staging::ticket& copying) {
  if (range.original == nullptr) return false;
  staging::binding original;
  original.buffer = std::exchange(range.original, nullptr);
  original.offset = range.original_offset;
  copying = device.copy(range, 0, original, 0, range.bytes);
  return true;
}

}  // namespace clique::engine
