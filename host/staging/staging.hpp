// Which staging a device range gets.
#pragma once

#include "opencl/buffer_facts.hpp"
#include "opencl/device_state.hpp"
#include "staging/port.hpp"

#include <clique/region.hpp>

namespace clique::staging {

// What arrays of this device get, and why, for people.
struct choice {
  staging::kind kind;
  std::string reason;
};
choice choose(opencl::device_state& device);
// What other buffers get, but those that the host may not touch.
choice choose_for_buffers(opencl::device_state& device);

// A range of staging slots, `root_offset` bytes on in a buffer that is no part of another: becomes exported, if it lies
// in memory that peers see, and is not too short for that.
void find_exported(opencl::device_state& device, cl_mem root, std::size_t root_offset, binding& result);
// What holds the memory of an exported range, of that root.
std::shared_ptr<void> hold_exported(opencl::device_state& device, cl_mem root);

// What is to be done with a region by the host.
enum class access { read, write };

// What bind() found out besides.
struct bound {
  extent where;
  // The host may not do what is to be done with it (CL_MEM_HOST_NO_ACCESS and its like): a copy on the device has to
  // stand for it.
  bool untouchable = false;
};

// Fills in the binding, empty so far, of a region, whatever its buffer: direct where it lies in this process's arena,
// host where it keeps its address, else mapped where the host shares the device's memory, slots elsewhere, or what
// CLIQUE_STAGING says. Throws clique::error(invalid_argument), which names it `what`, where the region does not lie
// within its buffer, or that is none of the device's context.
bound bind(opencl::device_state& device, opencl::recent_buffers& known, const region& range, const char* what,
           access how, binding& result);

}  // namespace clique::staging
