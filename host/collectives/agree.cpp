// communicator::agree: a collective without data, whose signature carries what happened here.
#include <clique/communicator.hpp>

#include "communicator/call.hpp"

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
  engine::call_frame frame(state(), {}, engine::blocking::yes);
  frame.begin(
      collective::agree, datatype::uint8, [&]() -> const auto& {
        if (failure) throw error(*failure);
        static const auto nothing = std::make_shared<const engine::prepared_plan>();
        return nothing;
      });
  frame.finish();
}

}  // namespace clique
