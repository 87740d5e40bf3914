// One call of a collective, from its arguments to its operation: what every file in collectives/ goes through.
#pragma once

#include "engine/communicator_state.hpp"

#include <clique/collectives.hpp>

namespace clique::engine {

enum class blocking : bool { no, yes };

class call_frame {
 public:
  // Claims the communicator. Throws clique::error(poisoned).
  call_frame(communicator_state& on, const call& how, blocking kind);

  [[nodiscard]] int rank() const noexcept { return on_.rank(); }
  [[nodiscard]] int size() const noexcept { return on_.size(); }
  [[nodiscard]] plan_cache& plans() noexcept { return on_.plans(); }
  [[nodiscard]] transport::signature& signature() noexcept { return op_->mine.signature; }

  // Calls `arguments`, which validates, binds and returns the plan. What it throws becomes this rank's status: all
  // ranks will throw it, since they all learn it where they meet.
  template <class Arguments>
  void begin(collective what, datatype type, Arguments&& arguments) {
    transport::signature& mine = op_->mine.signature;
    mine = {};
    mine.collective = static_cast<std::uint32_t>(what);
    mine.type = static_cast<std::uint32_t>(type);
    try {
      if (type == datatype::float64 || type == datatype::complex128) detail::require_support(on_.device(), type);
      if (const auto& plan = arguments(); op_->plan != plan) op_->plan = plan;
      mine.pairs = op_->plan->pairs;
      make_temporary();
      follow_device();
    } catch (const error& failure) {
      refuse(failure);
    }
  }

  // The region as one of the operation's buffers.
  void bind(schedule::buffer as, const region& range, const char* what);

  // Blocking: until the operation is done; throws its error.
  void finish();
  // Non-blocking.
  request start();

 private:
  void make_temporary();
  void follow_device();
  void refuse(const error& failure);

  communicator_state& on_;
  const call how_;
  blocking kind_;
  communicator_state::claim held_;
  std::shared_ptr<operation> op_;
};

}  // namespace clique::engine
