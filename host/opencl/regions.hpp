// Checks of regions, the same for all functions that take one.
#pragma once

#include <clique/region.hpp>

namespace clique::opencl {

// Throws clique::error(invalid_argument) where [offset, offset + count) is not within the buffer, or that is none of
// the device's context, and (unsupported) where the device has no such type. `what` names the region for people: "the
// output of fill". An empty region is always within.
void check_region(const device& where, const region& elements, const char* what);

// Throws clique::error(invalid_argument) where `type` is a pair or a struct, on which `what` cannot work.
void require_number(datatype type, const char* what);

}  // namespace clique::opencl
