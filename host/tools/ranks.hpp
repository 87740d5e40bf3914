// What the ranks say of themselves, brought to rank 0.
#pragma once

#include "json.hpp"

#include <clique/communicator.hpp>

#include <string>
#include <vector>

namespace clique::tools {

// Collective. All ranks' descriptions, by rank, on rank 0; elsewhere none.
[[nodiscard]] std::vector<rank_info> gather_ranks(const communicator& comm);

// As `clique info --json` prints it.
[[nodiscard]] json to_json(const rank_info& info);

// The different texts of a field, in the order of the ranks.
[[nodiscard]] std::vector<std::string> distinct(const std::vector<rank_info>& ranks, std::string rank_info::*field);

}  // namespace clique::tools
