// What a process holds: memory, file descriptors, OpenCL objects. For the test that nothing grows.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace storm {

enum class object { contexts, queues, buffers, events, programs, kernels };
inline constexpr std::array object_names{"contexts", "queues", "buffers", "events", "programs", "kernels"};

// References to OpenCL objects that this program and the library in it made or retained, and did not release.
using object_counts = std::array<long, object_names.size()>;

struct holdings {
  object_counts objects{};
  std::size_t resident = 0;  // bytes that are not shared
  std::size_t arena = 0;     // bytes of arrays and of the library's own, in use
  int files = 0;

  static holdings now();
  [[nodiscard]] std::string text() const;
  // What there is more of than in `before` and `slack` together; empty if nothing.
  [[nodiscard]] std::string grown_since(const holdings& before, const holdings& slack) const;
};

}  // namespace storm
