// A device array whose type is known only at run time; the collectives take it as they take array<T>.
#pragma once

#include <clique/array.hpp>

namespace clique::tools {

class buffer {
 public:
  using value_type = std::byte;  // of all buffers: what the collectives compare is the region's type

  buffer(const device& where, std::size_t count, datatype type)
      : memory_(where, detail::bytes_of(count, type)), region_{memory_.buffer()(), 0, count, type, memory_.host()} {}

  [[nodiscard]] const clique::region& region() const noexcept { return region_; }
  [[nodiscard]] clique::region part(std::size_t offset, std::size_t count) const noexcept {
    clique::region part = region_;
    part.offset = offset;
    part.count = count;
    return part;
  }

 private:
  array_memory memory_;
  clique::region region_;
};

}  // namespace clique::tools
