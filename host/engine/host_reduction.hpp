// A reduce step on the host: its operands combined in the one association, where they lie.
#pragma once

#include "engine/operation.hpp"

namespace clique::engine {

class host_reduction {
 public:
  // Then the operands of a step are added, in its order, by where they begin.
  void begin() noexcept { operands_.clear(); }
  void add(const std::byte* operand) { operands_.push_back(operand); }

  // Bytes [at, end) of the step's result, which begins at `to`.
  void combine(const schedule::step& step, const reduction& how, std::byte* to, std::size_t at, std::size_t end);

 private:
  void combine_piece(const schedule::step& step, const reduction& how, std::byte* to, std::size_t at, std::size_t bytes,
                     std::size_t stride);

  std::vector<const std::byte*> operands_;
  std::vector<std::byte> scratch_;
};

}  // namespace clique::engine
