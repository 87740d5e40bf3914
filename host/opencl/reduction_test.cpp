// Whether a kernel gives the host's bits: devices may flush subnormals, and compilers err.
#include "opencl/reduction.hpp"

#include "core/arithmetic.hpp"
#include "core/hard_cases.hpp"
#include "core/log.hpp"
#include "opencl/kernel_types.hpp"

#include <cstring>
#include <string>
#include <vector>

namespace clique::opencl {
namespace {

// What the kernel makes of the cases. Left operands, right ones and results lie one after another in one buffer.
std::vector<std::byte> run_kernel(device_state& where, program& kernel, const core::hard_cases& cases) {
  const std::size_t bytes = cases.left.size();
  cl_int code = CL_SUCCESS;
  const cl::Buffer memory(clCreateBuffer(where.context()(), CL_MEM_READ_WRITE, 3 * bytes, nullptr, &code), false);
  check(code, "clCreateBuffer, for the test of a reduction");
  // A queue of its own: the device's may be waiting for something that the caller is yet to do.
  const cl::CommandQueue queue(where.context(), where.native(), cl::QueueProperties::None, &code);
  check(code, "clCreateCommandQueue, for the test of a reduction");
  check(clEnqueueWriteBuffer(queue(), memory(), CL_TRUE, 0, bytes, cases.left.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  check(clEnqueueWriteBuffer(queue(), memory(), CL_TRUE, bytes, bytes, cases.right.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  const cl::Event done(
      enqueue_reduction(where, kernel, queue(), {memory(), 0}, {memory(), bytes}, {memory(), 2 * bytes}, cases.count),
      false);
  std::vector<std::byte> result(bytes);
  check(clEnqueueReadBuffer(queue(), memory(), CL_TRUE, 2 * bytes, bytes, result.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
  return result;
}

std::string hexadecimal(const std::byte* element, std::size_t bytes) {
  std::string text;
  for (std::size_t k = bytes; k > 0; --k) text += core::formatted("{:02x}", std::to_integer<unsigned>(element[k - 1]));
  return text;
}

bool test(device_state& where, const reduce_op& op, datatype type) {
  const core::hard_cases cases = core::make_hard_cases(type);
  const std::vector<std::byte> got = run_kernel(where, reduction_program(where, op, type), cases);
  std::vector<std::byte> expected(got.size());
  core::combiner(op.kind(), type)(cases.left.data(), cases.right.data(), expected.data(), cases.count);
  const std::size_t each = size_of(type);
  for (std::size_t at = 0; at < got.size(); at += each) {
    if (std::memcmp(&got[at], &expected[at], each) == 0) continue;
    core::log("{} of {} is left to the host: {} makes {} of {} and {}, and the host {}", op.name(), name(type),
              where.info().name, hexadecimal(&got[at], each), hexadecimal(&cases.left[at], each),
              hexadecimal(&cases.right[at], each), hexadecimal(&expected[at], each));
    return false;
  }
  return true;
}

}  // namespace

bool kernel_equals_host(device_state& where, const reduce_op& op, datatype type) {
  if (op.kind() == op_kind::mean) return kernel_equals_host(where, op::sum, type);
  if (op.is_user() || !core::fits(op.kind(), type) || (is_double(type) && !where.info().fp64)) return false;
  using answer = reduction_facts::answer;
  std::atomic<answer>& known = where.reduction(op, type).equals_host;
  if (const answer seen = known.load(std::memory_order_relaxed); seen != answer::unknown) return seen == answer::yes;
  bool equal = false;
  try {
    equal = test(where, op, type);
  } catch (const error& fault) {
    core::log("{} of {} is left to the host: {}", op.name(), name(type), fault.what());
  }
  known.store(equal ? answer::yes : answer::no, std::memory_order_relaxed);
  return equal;
}

}  // namespace clique::opencl
