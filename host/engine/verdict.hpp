// From what all ranks brought to one error, the same on every rank.
#pragma once

#include "core/check.hpp"
#include "transport/meeting.hpp"

namespace clique::engine {

// The collective that was called, as "bcast" or "bcast_init".
std::string name_of(const transport::signature& of);

// The reason why a call was refused. It names the lowest odd rank: one with an error of its own; else one whose call
// differs from what most called (from rank 0's, if it is a tie); else a pair with different counts.
error verdict(const transport::minutes& of);

}  // namespace clique::engine
