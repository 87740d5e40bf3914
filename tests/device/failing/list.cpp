// What there is, and what a process would get: as NODE_RANK of NODE_SIZE, by default alone.
#include <clique/device.hpp>
#include <clique/error.hpp>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) try {
  for (const cl::Device& native : clique::devices()) {
    const clique::device_info info = clique::describe(native);
    std::printf("device: %s, %s\n", info.platform.c_str(), info.name.c_str());
  }
  const bool shared = argc == 3;
  const clique::device chosen =
      clique::device::choose(shared ? std::atoi(argv[1]) : 0, shared ? std::atoi(argv[2]) : 1);
  std::printf("chosen: %s, %u units\n", chosen.info().platform.c_str(), chosen.info().compute_units);
} catch (const clique::error& fault) {
  std::printf("%s: %s\n", clique::name(fault.code()), fault.what());
  return 1;
}
