// Programs built once: in memory per device, and on disk across runs (program_store.hpp).
//
// All communicators and threads that use a device share its cache, and with it the kernel objects:
//
//   what                           locked by             held while
//   the list of programs, counts   cache: list_          it is looked at
//   building and loading           cache: building_      one program is made; never in the path of one that is there
//   a program's kernels, and the   program: kernels_     a kernel's arguments are set and it is enqueued (kernel_call)
//   arguments that are set in them
#pragma once

#include "opencl/program_store.hpp"

#include <CL/opencl.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace clique::opencl {

// A built program and the kernels that were made of it.
class program {
 public:
  explicit program(cl_program built) : program_(built, false) {}
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  // An OpenCL kernel object holds its arguments, so it belongs to one thread at a time: to the one with this lock.
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(kernels_); }
  // Made at the first call. Under lock().
  [[nodiscard]] cl_kernel kernel(const char* name);

 private:
  cl::Program program_;
  std::mutex kernels_;
  std::map<std::string, cl::Kernel, std::less<>> made_;  // under kernels_
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
  // build log. The reference is good as long as the cache. Thread-safe; several threads that want one program wait
  // while the first of them builds it.
  program& get(std::string_view source, std::string_view options = {});

  [[nodiscard]] program_counts counts() const;

 private:
  using program_id = std::pair<std::string, std::string>;  // (source, options)

  program* find(const program_id& id);
  cl_program load(const program_key& key, const std::string& options);
  cl_program build(std::string_view source, const std::string& options);
  cl_program load_or_build(std::string_view source, const std::string& options);
  void count(unsigned program_counts::*what);

  cl::Context context_;
  cl::Device device_;
  program_store store_;
  std::mutex building_;
  mutable std::mutex list_;
  std::map<program_id, program> programs_;  // under list_; none is ever removed
  program_counts counts_;                   // under list_
};

}  // namespace clique::opencl
