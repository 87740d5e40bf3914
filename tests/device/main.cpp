// The device tests: arrays, kernels and the choice of devices, against the host. No MPI runs here. The
// implementation is the environment's: CLIQUE_DEVICE, OCL_ICD_VENDORS, oclgrind.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support.hpp"

#include "opencl/device_state.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

namespace test {
namespace {

std::optional<clique::device> chosen;
std::string scratch_path;

}  // namespace

const clique::device& dev() {
  return *chosen;
}
const std::string& scratch() {
  return scratch_path;
}

std::size_t reduced(const char* what, std::size_t many, std::size_t few) {
  if (dev().info().platform != "Oclgrind") return many;
  static std::set<std::string> said;
  if (said.insert(what).second) std::printf("reduced under Oclgrind: %s, %zu instead of %zu\n", what, few, many);
  return few;
}

}  // namespace test

int main(int argc, char** argv) {
  std::string path = (std::filesystem::temp_directory_path() / "clique-device-tests-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    std::perror("mkdtemp");
    return 1;
  }
  test::scratch_path = path;
  // Read at the first use of settings(): a limit that arrays can be seen to keep, and no cache but this run's.
  setenv("CLIQUE_MAX_ALLOC_BYTES", "64M", 1);
  setenv("CLIQUE_CACHE_DIR", (path + "/cache").c_str(), 1);
  int code = 1;
  try {
    test::chosen = clique::device::choose();
    const clique::device_info& info = test::dev().info();
    std::printf("device: %s (%s, %s), %s\n", info.name.c_str(), info.platform.c_str(), info.version.c_str(),
                info.type.c_str());
    const bool arena = test::dev().state().arena_works();
    std::printf("arena: %s: %s\n", arena ? "yes" : "no", test::dev().state().arena_reason().c_str());
    code = doctest::Context(argc, argv).run();
    const auto& counts = test::dev().state().programs().counts();
    std::printf("programs: %u built, %u loaded from disk\n", counts.built, counts.loaded);
    test::chosen.reset();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "device tests: %s\n", fault.what());
  }
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  return code;
}
