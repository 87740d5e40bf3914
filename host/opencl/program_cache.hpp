// Programs built once: in memory per device, and on disk across runs (program_store.hpp).
#pragma once

#include "opencl/program_store.hpp"

#include <CL/opencl.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace clique::opencl {

// A built program and the kernels that were made of it. An OpenCL kernel object holds its arguments, so it belongs to
// one thread at a time, as the device does.
class program {
 public:
  explicit program(cl_program built) : program_(built, false) {}
  // Made at the first call.
  [[nodiscard]] cl_kernel kernel(const char* name);

 private:
  cl::Program program_;
  std::map<std::string, cl::Kernel, std::less<>> kernels_;
};

// How often what happened, in one program_cache.
struct program_counts {
  unsigned built = 0;     // from source
  unsigned loaded = 0;    // from disk
  unsigned rejected = 0;  // entries on disk that were bad, and deleted
};

class program_cache {
 public:
  program_cache(const cl::Context& context, const cl::Device& device, program_store store = program_store())
      : context_(context), device_(device), store_(std::move(store)) {}

  // The program of `source`, built with `options` besides clique's own. Throws clique::error(build_failure) with the
  // build log. The reference is good as long as the cache.
  program& get(std::string_view source, std::string_view options = {});

  [[nodiscard]] const program_counts& counts() const noexcept { return counts_; }

 private:
  cl_program load(const program_key& key, const std::string& options);
  cl_program build(std::string_view source, const std::string& options);

  cl::Context context_;
  cl::Device device_;
  program_store store_;
  std::map<std::pair<std::string, std::string>, program> programs_;  // (source, options)
  program_counts counts_;
};

}  // namespace clique::opencl
