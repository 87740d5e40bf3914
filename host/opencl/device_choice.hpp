// Which device a process gets: what CLIQUE_DEVICE allows, and how processes of a node share.
#pragma once

#include <clique/device.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clique::opencl {

// CLIQUE_DEVICE, taken apart: "", "gpu", "pocl", "1", "cpu:0", "NVIDIA:1".
struct device_wish {
  std::string kind;                  // a type, or part of a platform's name or of a device's version; empty: any
  std::optional<std::size_t> index;  // among those of that kind
};

// Throws clique::error(invalid_argument) where what follows a colon is not a number.
device_wish parse_wish(std::string_view text);

// The places in `list` (as devices() gives it) of the devices that fit; without a wish, all of the best type.
std::vector<std::size_t> fitting(const std::vector<device_info>& list, const device_wish& wish);

// What the node_rank-th of node_size processes gets, where `devices` fit.
struct device_share {
  std::size_t device = 0;                // which of those that fit
  std::size_t place = 0, processes = 1;  // among the processes that get this device
};
device_share deal(std::size_t devices, int node_rank, int node_size);

// How a device of `units` compute units is split for `processes`: into parts of `units` each, of which place p takes
// part p % parts.
struct unit_share {
  unsigned units = 0, parts = 0;
};
unit_share split(unsigned units, std::size_t processes);

// The cl::Device, or sub-device, for a process; see device::choose.
cl::Device choose_native(int node_rank, int node_size);

}  // namespace clique::opencl
