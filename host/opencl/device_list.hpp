// All devices that clique can use, whatever becomes of the others.
#pragma once

#include <clique/device.hpp>

#include <string>
#include <vector>

namespace clique::opencl {

struct found_device {
  cl::Device device;
  device_info info;
};

struct found_devices {
  std::vector<found_device> usable;   // as devices() lists them
  std::vector<std::string> left_out;  // a sentence for each platform and device that fails, or that clique cannot use
};

// What fails hides nothing else: a broken driver beside a good one is left out. Throws clique::error(opencl_failure)
// where the platforms cannot be listed at all.
found_devices find_devices();

}  // namespace clique::opencl
