// The staging port of an OpenCL device. A ticket is a retained cl_event.
#pragma once

#include "opencl/device_state.hpp"
#include "staging/port.hpp"

namespace clique::staging {

class opencl_port final : public port {
 public:
  explicit opencl_port(opencl::device_state& device) : device_(device) {}

  ticket map(binding& range, bool write, ticket gate) override;
  ticket unmap(binding& range) override;
  ticket read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) override;
  ticket write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) override;
  ticket copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
              std::size_t bytes) override;
  bool done(ticket& of) override;
  void when_done(ticket of, std::function<void(bool failed)> then) override;

  // An event of everything enqueued so far and of `wait_list`.
  ticket marker(const cl_event* wait_list, cl_uint count);

 private:
  ticket begun(cl_event event);

  opencl::device_state& device_;
};

}  // namespace clique::staging
