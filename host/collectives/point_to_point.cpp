// send, recv and groups of them: validate, submit.
#include <clique/point_to_point.hpp>

#include "communicator/message_call.hpp"

#include <algorithm>

namespace clique {
namespace detail {

using engine::form;

void exchange(communicator& comm, std::span<const message_args> what, const call& how, std::span<message> received) {
  engine::message_call(comm.state(), how, form::blocking).run(what, received);
}

request iexchange(communicator& comm, std::span<const message_args> what, const call& how) {
  return engine::message_call(comm.state(), how, form::nonblocking).start(what);
}

persistent exchange_init(communicator& comm, std::span<const message_args> what, const call& how) {
  return engine::persist(comm.state(), what, how);
}

}  // namespace detail

std::vector<message> group::run(const call& how) {
  std::vector<message> received(
      static_cast<std::size_t>(std::count_if(messages_.begin(), messages_.end(), [](const auto& each) {
        return each.what == detail::message_args::kind::receive;
      })));
  detail::exchange(*on_, messages_, how, received);
  return received;
}

request group::start(const call& how) {
  return detail::iexchange(*on_, messages_, how);
}

persistent group::init(const call& how) {
  return detail::exchange_init(*on_, messages_, how);
}

}  // namespace clique
