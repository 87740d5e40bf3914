// clique::device: a handle to the state that all its copies share.
#include "opencl/device_choice.hpp"
#include "opencl/device_state.hpp"
#include "opencl/query.hpp"

#include <clique/device.hpp>

namespace clique {

device device::choose(int node_rank, int node_size) {
  const cl::Device native = opencl::choose_native(node_rank, node_size);
  cl_int code = CL_SUCCESS;
  const cl_device_id id = native();
  const cl::Context context(clCreateContext(nullptr, 1, &id, nullptr, nullptr, &code), false);
  opencl::check(code, ("clCreateContext for " + opencl::title(id)).c_str());
  // The call of OpenCL 1.2, which all implementations have.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const cl::CommandQueue queue(clCreateCommandQueue(context(), id, 0, &code), false);
#pragma GCC diagnostic pop
  opencl::check(code, ("clCreateCommandQueue for " + opencl::title(id)).c_str());
  return device(std::make_shared<opencl::device_state>(context, native, queue));
}

device::device(const cl::Context& context, const cl::Device& native, const cl::CommandQueue& queue)
    : state_(std::make_shared<opencl::device_state>(context, native, queue)) {
  static_cast<void>(state_->hand_out_queue());  // the program has it
}

const cl::Context& device::context() const noexcept {
  return state_->context();
}
const cl::Device& device::native() const noexcept {
  return state_->native();
}
const cl::CommandQueue& device::queue() const noexcept {
  return state_->hand_out_queue();
}
const device_info& device::info() const noexcept {
  return state_->info();
}

void device::finish() const {
  state_->drain();
}

device device::with_rank(int rank, int size) const {
  device copy = *this;
  copy.rank_ = rank;
  copy.size_ = size;
  return copy;
}

}  // namespace clique
