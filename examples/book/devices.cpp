// The recipe that lists what OpenCL there is: every platform with its devices, in clique's order of preference.
//
//   ./devices
#include <clique/device.hpp>
#include <clique/error.hpp>

#include <iostream>

int main() try {
  const auto rule = [](char c) { std::cout << std::string(60, c) << '\n'; };
  rule('=');
  std::cout << "OpenCL Platforms and Devices\n";
  rule('=');

  std::string platform;
  for (const cl::Device& native : clique::devices()) {
    const clique::device_info device = clique::describe(native);
    if (device.platform != platform) std::cout << "Platform - Name:  " << (platform = device.platform) << '\n';
    std::cout << "    " << std::string(56, '-') << '\n'
              << "    Device - Name:  " << device.name << '\n'
              << "    Device - Vendor:  " << device.vendor << '\n'
              << "    Device - Type:  " << device.type << '\n'
              << "    Device - Version:  " << device.version << '\n'
              << "    Device - OpenCL C:  " << device.c_version << '\n'
              << "    Device - Driver:  " << device.driver << '\n'
              << "    Device - Compute units:  " << device.compute_units << '\n'
              << "    Device - Global memory:  " << device.memory / (1 << 20) << " MiB\n"
              << "    Device - Largest buffer:  " << device.max_allocation / (1 << 20) << " MiB\n"
              << "    Device - Double precision:  " << (device.fp64 ? "yes" : "no") << '\n'
              << "    Device - Half precision:  " << (device.fp16 ? "yes" : "no") << '\n';
  }
  if (platform.empty()) {
    std::cout << "none: install an OpenCL driver, as pocl-opencl-icd for the CPU\n";
    return 1;
  }
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
