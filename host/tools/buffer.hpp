// A device array whose type is known only at run time, or a plain buffer as OpenCL makes it; the collectives take it as
// they take array<T>, or a span of a cl::Buffer.
#pragma once

#include <clique/array.hpp>

#include <optional>
#include <utility>

namespace clique::tools {

class buffer {
 public:
  using value_type = std::byte;  // of all buffers: what the collectives compare is the region's type

  buffer(const device& where, std::size_t count, datatype type)
      : memory_(std::in_place, where, detail::bytes_of(count, type)),
        region_{memory_->buffer()(), 0, count, type, memory_->host()} {}
  // The program's own.
  buffer(cl::Buffer plain, std::size_t count, datatype type)
      : plain_(std::move(plain)), region_{plain_(), 0, count, type, nullptr} {}

  [[nodiscard]] const clique::region& region() const noexcept { return region_; }
  [[nodiscard]] clique::region part(std::size_t offset, std::size_t count) const noexcept {
    clique::region part = region_;
    part.offset = offset;
    part.count = count;
    return part;
  }

 private:
  std::optional<array_memory> memory_;
  cl::Buffer plain_;
  clique::region region_;
};

}  // namespace clique::tools
