// What may never be given back, because somebody may still touch it whom this process cannot ask: MPI, whose request
// was left behind by a deadline, or a peer that maps it.
#pragma once

#include <memory>

namespace clique::core {

// Until the process ends. Thread-safe. Ends the process where there is no memory for that.
void keep_for_good(std::shared_ptr<void> what) noexcept;

}  // namespace clique::core
