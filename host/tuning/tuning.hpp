// Which algorithm runs a collective: the table of what there is, and the choice.
//
// A choice depends only on what all ranks know alike: the collective and the agreed configuration.
#pragma once

#include "schedule/alltoall.hpp"

#include <span>
#include <string>
#include <string_view>

namespace clique::tuning {

struct alltoall_algorithm {
  const char* name;
  const char* description;
  schedule::plan (*build)(const schedule::alltoall_shape&);
};

// All that there are for alltoall and alltoallv, the default first.
std::span<const alltoall_algorithm> alltoall_algorithms();

// What CLIQUE_ALGORITHM ("alltoall:NAME", separated by commas) says of `collective`, or the default. Throws
// clique::error(invalid_argument) that lists the names.
const alltoall_algorithm& choose_alltoall(std::string_view collective, std::string_view setting);

}  // namespace clique::tuning
