#include "staging/staging.hpp"

#include "core/config.hpp"
#include "transport/arena.hpp"

namespace clique::staging {

const char* name(kind of) noexcept {
  switch (of) {
    case kind::none: return "none";
    case kind::direct: return "direct";
    case kind::mapped: return "mapped";
    case kind::slots: return "slots";
  }
  return "unknown";
}

namespace {

// Of memory that does not lie in the arena.
kind outside(const opencl::device_state& device) {
  switch (core::settings().staging) {
    case core::staging_choice::mapped: return kind::mapped;
    case core::staging_choice::slots: return kind::slots;
    default: return device.info().host_unified || device.info().type == "cpu" ? kind::mapped : kind::slots;
  }
}

}  // namespace

choice choose(opencl::device_state& device) {
  if (device.arena_works()) return {kind::direct, device.arena_reason()};
  return {outside(device), device.arena_reason()};
}

void bind(opencl::device_state& device, const region& range, const char* what, binding& result) {
  if (range.count == 0) return;
  require(range.buffer != nullptr, status::invalid_argument, "the {} buffer is null, but has {} elements", what,
          range.count);
  const std::size_t element = size_of(range.type);
  result.buffer = range.buffer;
  std::size_t holds = 0, end = 0;
  opencl::check(clGetMemObjectInfo(range.buffer, CL_MEM_SIZE, sizeof holds, &holds, nullptr), "clGetMemObjectInfo");
  const bool within = !__builtin_add_overflow(range.offset, range.count, &end) &&
                      !__builtin_mul_overflow(end, element, &end) && end <= holds;
  require(within, status::invalid_argument,
          "the {} region has {} elements from element {} on, but its buffer holds only {}", what, range.count,
          range.offset, holds / element);
  result.offset = range.offset * element;
  result.bytes = range.count * element;
  std::byte* host = range.host;
  if (host == nullptr) {  // a span of the user's: over an array's buffer, perhaps
    void* address = nullptr;
    opencl::check(clGetMemObjectInfo(range.buffer, CL_MEM_HOST_PTR, sizeof address, &address, nullptr),
                  "clGetMemObjectInfo");
    if (address != nullptr && transport::arena::mine().holds(address, holds)) host = static_cast<std::byte*>(address);
  }
  if (host != nullptr) {
    result.kind = kind::direct;
    result.host = host + result.offset;
  } else {
    result.kind = outside(device);
  }
}

}  // namespace clique::staging
