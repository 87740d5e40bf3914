#include "engine/host_reduction.hpp"

#include "schedule/association.hpp"

#include <algorithm>
#include <cstring>

namespace clique::engine {

// Piece by piece, so that intermediate results stay in the nearest cache.
void host_reduction::combine(const schedule::step& step, const reduction& how, std::byte* to, std::size_t at,
                             std::size_t end) {
  constexpr std::size_t piece_bytes = std::size_t{8} << 10;
  const std::size_t piece = std::max<std::size_t>(1, piece_bytes / how.element) * how.element;
  for (; at < end; at += piece) combine_piece(step, how, to, at, std::min(piece, end - at), piece);
}

void host_reduction::combine_piece(const schedule::step& step, const reduction& how, std::byte* to, std::size_t at,
                                   std::size_t bytes, std::size_t stride) {
  const std::size_t count = bytes / how.element;
  if (operands_.size() == 2) {  // all there is on two ranks
    how.combine(operands_[0] + at, operands_[1] + at, to + at, count);
  } else {
    scratch_.resize(std::max(scratch_.size(), schedule::scratch_partials(step.operands) * stride));
    const std::byte* const result = schedule::combine_tree(
        step.operands, [&](std::size_t k) { return operands_[k] + at; },
        [&](const std::byte* left, const std::byte* right, int slot) {
          std::byte* const target =
              slot == schedule::to_target ? to + at : scratch_.data() + static_cast<std::size_t>(slot) * stride;
          how.combine(left, right, target, count);
          return static_cast<const std::byte*>(target);
        });
    if (result != to + at) std::memmove(to + at, result, bytes);
  }
  if (step.last && how.divide_by != 0) core::divide(how.type, to + at, count, how.divide_by);
}

}  // namespace clique::engine
