#include "opencl/memory_test.hpp"

#include "opencl/launch.hpp"

#include <clique_kernels.hpp>

#include <chrono>
#include <vector>

namespace clique::opencl {
namespace {

constexpr std::size_t item_bytes = 64;  // as in cl/memory_test.cl

std::uint32_t pattern(std::size_t word, std::uint32_t seed) {
  return static_cast<std::uint32_t>(word) * 2654435761u + seed;
}

template <class Expected>
void compare(const volatile std::uint32_t* seen, std::size_t words, const char* what, Expected expected) {
  for (std::size_t k = 0; k < words; ++k) {
    require(seen[k] == expected(k), status::unsupported, "{} was not seen (word {} of {})", what, k, words);
  }
}

}  // namespace

memory_tester::memory_tester(device_state& state)
    : state_(state), program_(state.programs().get(kernels::memory_test)) {}

void memory_tester::run(const tested_memory& in, const tested_memory& out, std::size_t bytes, unsigned rounds,
                        drain_by how) {
  try {
    for (unsigned round = 0; round < rounds; ++round) {
      kernel_writes(out, bytes, how, round % 2 == 1);
      host_writes(in, out, bytes, how, round % 2 == 1);
    }
    copies(in, bytes, how);
  } catch (...) {
    state_.drain_with(drain_by::marker);  // nothing may still run there
    throw;
  }
}

double memory_tester::time_of(cl_mem buffer, std::size_t bytes) {
  const cl_ulong items = bytes / item_bytes;
  const auto start = std::chrono::steady_clock::now();
  launch(state_, program_, "write_pattern", items, buffer, ++seed_, items);
  state_.drain_with(drain_by::marker);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void memory_tester::drain(drain_by how, bool flush) {
  if (flush) check(clFlush(state_.uncounted_queue()), "clFlush");
  state_.drain_with(how);
}

void memory_tester::kernel_writes(const tested_memory& out, std::size_t bytes, drain_by how, bool flush) {
  const std::uint32_t seed = ++seed_ * 40503u;
  const cl_ulong items = bytes / item_bytes;
  launch(state_, program_, "write_pattern", items, out.buffer, seed, items);
  drain(how, flush);
  compare(out.seen, bytes / 4, "what a kernel wrote", [&](std::size_t k) { return pattern(k, seed); });
}

void memory_tester::host_writes(const tested_memory& in, const tested_memory& out, std::size_t bytes, drain_by how,
                                bool flush) {
  const std::uint32_t seed = ++seed_ * 40503u;
  const cl_ulong items = bytes / item_bytes;
  for (std::size_t k = 0; k < bytes / 4; ++k) in.words[k] = pattern(k, ~seed);
  launch(state_, program_, "change", items, out.buffer, in.buffer, seed, items);
  drain(how, flush);
  compare(out.seen, bytes / 4, "what the host wrote, or what a kernel made of it,",
          [&](std::size_t k) { return pattern(k, ~seed) * 3u + seed; });
}

void memory_tester::copies(const tested_memory& in, std::size_t bytes, drain_by how) {
  const std::uint32_t seed = ++seed_ * 40503u;
  std::vector<std::uint32_t> words(bytes / 4);
  for (std::size_t k = 0; k < words.size(); ++k) words[k] = pattern(k, seed);
  check(clEnqueueWriteBuffer(state_.queue()(), in.buffer, CL_TRUE, 0, bytes, words.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  drain(how, false);  // a blocking write gives the host's memory back, and no more: Intel's may still be at it
  compare(in.seen, words.size(), "what clEnqueueWriteBuffer wrote", [&](std::size_t k) { return words[k]; });
  for (std::size_t k = 0; k < words.size(); ++k) in.words[k] = ~words[k];
  std::vector<std::uint32_t> read(words.size());
  check(clEnqueueReadBuffer(state_.queue()(), in.buffer, CL_TRUE, 0, bytes, read.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
  compare(read.data(), words.size(), "what the host wrote, by clEnqueueReadBuffer,",
          [&](std::size_t k) { return ~words[k]; });
}

}  // namespace clique::opencl
