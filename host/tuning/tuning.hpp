// Which algorithm runs a collective: the table of what there is, and the choice.
//
// A choice depends only on what all ranks know alike: the facts below, and the agreed configuration.
#pragma once

#include "schedule/shape.hpp"

#include <clique/collective.hpp>

#include <span>
#include <string_view>

namespace clique::tuning {

// What all ranks know of a call. (If they do not agree on it, the call is refused before any plan is run.)
struct facts {
  int size = 1;
  std::size_t bytes = 0;  // of the largest block that is the same for all: bcast's buffer, gather's block, a
                          // reduction's vector; 0 where each rank has its own
  bool shared = true;     // all ranks share memory
  bool exact = false;     // a reduction that gives the same in any order: integers, and not the user's
  int nodes = 1;          // that the ranks are on
  bool subtrees = true;   // see schedule::nodes_are_subtrees()
};

struct algorithm {
  collective what;
  const char* name;
  const char* description;
  const char* restriction;  // for people; empty: none
  bool (*fits)(const facts&);
  schedule::algorithm build;
};

// All that there are, by collective; the first of each is the one that always fits.
std::span<const algorithm> algorithms();

// What CLIQUE_ALGORITHM ("allreduce:slices", separated by commas) says of `what`, or the best for these facts. Throws
// clique::error(invalid_argument) for a name that is none, and for one that does not fit.
const algorithm& choose(collective what, const facts& of, std::string_view setting);

}  // namespace clique::tuning
