#include "staging/staging.hpp"

#include "core/config.hpp"
#include "memory/arena.hpp"

namespace clique::staging {

const char* name(kind of) noexcept {
  switch (of) {
    case kind::none: return "none";
    case kind::direct: return "direct";
    case kind::host: return "host";
    case kind::mapped: return "mapped";
    case kind::slots: return "slots";
    case kind::exported: return "exported";
  }
  return "unknown";
}

namespace {

// Of memory that does not lie in the arena, where the host finds it only while it is mapped.
kind outside(const opencl::device_state& device) {
  switch (core::settings().staging) {
    case core::staging_choice::mapped: return kind::mapped;
    case core::staging_choice::slots:
    case core::staging_choice::exported: return kind::slots;
    default: return device.info().host_unified || device.info().type == "cpu" ? kind::mapped : kind::slots;
  }
}

}  // namespace

choice choose(opencl::device_state& device) {
  if (device.arena_works()) return {kind::direct, device.arena_reason()};
  auto [kind, reason] = choose_for_buffers(device);
  return {kind, device.arena_reason() + "; " + reason};
}

choice choose_for_buffers(opencl::device_state& device) {
  const opencl::kept_addresses& addresses = device.addresses();
  return {addresses.own ? kind::host : outside(device), addresses.reason};
}

void find_exported(opencl::device_state& device, cl_mem root, std::size_t root_offset, binding& result) {
  if (result.kind != kind::slots || !device.exports() || result.bytes < opencl::least_exported()) return;
  const auto piece = device.exported().find(root);
  if (piece == nullptr) return;
  result.kind = kind::exported;
  result.exported = piece->name;
  result.exported_offset = root_offset + result.offset;
}

std::shared_ptr<void> hold_exported(opencl::device_state& device, cl_mem root) {
  return device.exported().find(root);
}

bound bind(opencl::device_state& device, opencl::recent_buffers& known, const region& range, const char* what,
           access how, binding& result) {
  if (range.count == 0) return {};
  require(range.buffer != nullptr, status::invalid_argument, "the {} buffer is null, but has {} elements", what,
          range.count);
  const opencl::buffer_facts& facts = known.of(range.buffer);
  opencl::require_buffer(device, facts, what);
  const std::size_t element = size_of(range.type);
  std::size_t end = 0;
  const bool within = !__builtin_add_overflow(range.offset, range.count, &end) &&
                      !__builtin_mul_overflow(end, element, &end) && end <= facts.bytes;
  require(within, status::invalid_argument,
          "the {} region has {} elements from element {} on, but its buffer holds only {}", what, range.count,
          range.offset, facts.bytes / element);
  result.buffer = range.buffer;
  result.offset = range.offset * element;
  result.bytes = range.count * element;
  // What is received is read, too: mapped for both, or kept where no block covers it.
  const bool touchable = facts.host_reads() && (how == access::read || facts.host_writes());
  std::byte* host = range.host;
  // A span of the user's: over an array's buffer, perhaps.
  if (host == nullptr && facts.host != nullptr && memory::arena::mine().holds(facts.host, facts.bytes))
    host = facts.host;
  result.kind = kind::direct;
  if (host == nullptr) {
    host = touchable && facts.remembered ? known.address_of(device, range.buffer) : nullptr;
    result.kind = host != nullptr ? kind::host : outside(device);
  }
  result.host = host != nullptr ? host + result.offset : nullptr;
  find_exported(device, facts.root, facts.root_offset, result);
  return {{facts.root, facts.root_offset + result.offset, facts.root_offset + result.offset + result.bytes},
          !touchable};
}

}  // namespace clique::staging
