// Which physical device it is, so that ranks of a node find out that they drive the same one.
#pragma once

#include <CL/opencl.hpp>

#include <cstdint>

namespace clique::opencl {

// The same in all processes of a node that drive the device. By its UUID, or, of drivers that tell none, by the place
// among its platform's devices: then two devices may be taken for one, where processes are shown different ones. Of a
// sub-device: of the whole. Throws clique::error(opencl_failure).
std::uint64_t identity_of(const cl::Device& device);

}  // namespace clique::opencl
