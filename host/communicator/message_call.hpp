// One call of point-to-point, from its arguments to its operation.
#pragma once

#include "communicator/opening.hpp"

#include <clique/point_to_point.hpp>

namespace clique::engine {

// The messages of a call, checked and bound. What is wrong with them concerns this rank alone: it is thrown before
// anything is sent.
struct prepared_messages {
  std::vector<message_part> parts;
  holdings kept;
  // Of sendrecv_replace: what is sent is copied, when the call begins, from `data` to memory of its own.
  struct replacement {
    std::size_t part;
    region data;
  };
  std::vector<replacement> replaced;
};

class message_call {
 public:
  // Locks the communicator. Throws clique::error(poisoned).
  message_call(communicator_state& on, const call& how, form as);

  // Throws clique::error(invalid_argument).
  [[nodiscard]] prepared_messages prepare(std::span<const detail::message_args> what, bool keep) const;

  // All of a blocking call; throws its error.
  void run(std::span<const detail::message_args> what, std::span<message> received);
  // A non-blocking call, or a start of a persistent one.
  request start(std::span<const detail::message_args> what);
  request start(const std::shared_ptr<prepared_messages>& made);

 private:
  void prepare(std::span<const detail::message_args> what, bool keep, prepared_messages& result) const;
  bool run_by_mail(const prepared_messages& what, std::span<message> received);
  [[nodiscard]] message_part check(const detail::message_args& one, staging::bound& found) const;

  void acquire();
  void begin(const prepared_messages& what);
  void finish(std::span<message> received);
  request submit();

  communicator_state& on_;
  const call how_;
  form form_;
  communicator_state::lock held_;
  std::shared_ptr<message_group> op_;
};

// The persistent form.
persistent persist(communicator_state& on, std::span<const detail::message_args> what, const call& how);

}  // namespace clique::engine
