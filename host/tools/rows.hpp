// All ranks' descriptions of themselves, brought to rank 0.
#pragma once

#include <clique/communicator.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace clique::tools {

using json = nlohmann::ordered_json;

// A rank's row as `clique info --json` prints it.
[[nodiscard]] json to_json(const rank_info& info);

// Collective. One object per rank, on rank 0; elsewhere none.
[[nodiscard]] std::vector<json> gather_rows(const communicator& comm);

// The different values of a field, in the order of the ranks.
[[nodiscard]] std::vector<std::string> distinct(const std::vector<json>& rows, const char* field);

// Indented, with an end of line. Bytes that are not UTF-8, in a device's name say, are replaced.
[[nodiscard]] std::string to_text(const json& document);

}  // namespace clique::tools
