#include "counts.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

namespace gpu_model {

namespace {

constexpr const char* names[] = {"kernel", "copy", "fill",  "marker", "small_write",
                                 "unmap",  "read", "write", "map",    "pageable"};
constexpr std::size_t kinds = std::size(names);
std::atomic<long long> counted[kinds];

long long sum(kind first, kind last) {
  long long all = 0;
  for (auto k = static_cast<std::size_t>(first); k <= static_cast<std::size_t>(last); ++k) all += counted[k];
  return all;
}
long long compute() {
  return sum(kind::kernel, kind::unmap);
}
long long copies() {
  return sum(kind::read, kind::map);
}

[[gnu::destructor]] void write_counts() {
  const char* const path = std::getenv("GPU_MODEL_COUNTS");
  if (path == nullptr) return;
  std::string line = "compute " + std::to_string(compute()) + " copies " + std::to_string(copies());
  for (std::size_t k = 0; k < kinds; ++k) line += std::string(" ") + names[k] + " " + std::to_string(counted[k]);
  line += "\n";
  std::FILE* const file = std::strcmp(path, "-") == 0 ? stderr : std::fopen(path, "a");
  if (file == nullptr || std::fputs(line.c_str(), file) < 0 || std::fflush(file) != 0)
    std::fprintf(stderr, "gpu_model: the counts cannot be written to %s\n", path);
  if (file != nullptr && file != stderr) std::fclose(file);
}

}  // namespace

void count(kind what) {
  ++counted[static_cast<std::size_t>(what)];
}

}  // namespace gpu_model

long long gpu_model_count(const char* name) {
  using namespace gpu_model;
  if (std::strcmp(name, "compute") == 0) return compute();
  if (std::strcmp(name, "copies") == 0) return copies();
  for (std::size_t k = 0; k < kinds; ++k)
    if (std::strcmp(name, names[k]) == 0) return counted[k];
  return -1;
}
