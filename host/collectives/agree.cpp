// communicator::agree: a collective without data, whose signature carries what happened here.
#include <clique/communicator.hpp>

#include "communicator/opening.hpp"

namespace clique {

void communicator::agree(const std::function<void()>& local) {
  std::optional<error> failure;
  try {
    if (local) local();
  } catch (const error& caught) {
    failure.emplace(caught);
  } catch (const std::bad_alloc&) {
    failure.emplace(core::current_error());
  } catch (const std::exception& caught) {  // the program's own
    failure.emplace(status::invalid_argument, caught.what());
  } catch (...) {
    failure.emplace(core::current_error());
  }
  engine::agree(state(), {}, {}, failure);
}

}  // namespace clique
