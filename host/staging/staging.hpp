// Which staging a device range gets.
#pragma once

#include "opencl/device_state.hpp"
#include "staging/port.hpp"

#include <clique/region.hpp>

namespace clique::staging {

// What arrays of this device get, and why, for people.
struct choice {
  staging::kind kind;
  std::string reason;
};
choice choose(opencl::device_state& device);

// Fills in the binding, empty so far, of a region, whatever its buffer: direct where it lies in this process's arena,
// else what choose() says of other memory (mapped where the host shares the device's memory, slots elsewhere, or what
// CLIQUE_STAGING says). Checks that the region lies within its buffer: clique::error(invalid_argument), named `what`.
void bind(opencl::device_state& device, const region& range, const char* what, binding& result);

}  // namespace clique::staging
