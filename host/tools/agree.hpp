// communicator::agree, with its error marked as everyone's.
#pragma once

#include <clique/communicator.hpp>
#include <clique/error.hpp>

namespace clique::tools {

// Thrown by all ranks together: the communicator is as good as before, and need not be poisoned on the way out.
class agreed_error : public error {
 public:
  explicit agreed_error(const error& of) : error(of) {}
};

// What may fail on one rank alone goes through here. Collective.
template <class F>
void agree(communicator& comm, F&& local) {
  try {
    comm.agree(local);
  } catch (const error& failure) {
    throw agreed_error(failure);
  }
}

}  // namespace clique::tools
