// From the C++ descriptions of things to those of the C interface.
#pragma once

#include <clique/clique.h>
#include <clique/device.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace clique::c_api {

// Cut where it is too long; the rest is zeros.
template <std::size_t Capacity>
void write(const std::string& from, char (&to)[Capacity]) {
  std::memset(to, 0, Capacity);
  std::memcpy(to, from.data(), std::min(from.size(), Capacity - 1));
}

void write(const device_info& from, clique_device_info& to);

}  // namespace clique::c_api
