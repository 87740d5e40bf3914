#include "tuning/tuning.hpp"

#include "core/check.hpp"

namespace clique::tuning {
namespace {

constexpr alltoall_algorithm alltoalls[] = {
    {"pull", "every rank offers its blocks and fetches those for it, in ring order", schedule::alltoall_pull},
};

}  // namespace

std::span<const alltoall_algorithm> alltoall_algorithms() {
  return alltoalls;
}

const alltoall_algorithm& choose_alltoall(std::string_view collective, std::string_view setting) {
  const alltoall_algorithm* chosen = &alltoalls[0];
  while (!setting.empty()) {
    const std::string_view entry = setting.substr(0, setting.find(','));
    setting.remove_prefix(std::min(setting.size(), entry.size() + 1));
    const auto colon = entry.find(':');
    const std::string_view what = entry.substr(0, colon);
    const std::string_view wish = colon == std::string_view::npos ? "" : entry.substr(colon + 1);
    require(what == "alltoall" || what == "alltoallv", status::invalid_argument,
            "CLIQUE_ALGORITHM names the collective \"{}\"; there are: alltoall, alltoallv", what);
    std::string names;
    const alltoall_algorithm* found = nullptr;
    for (const auto& each : alltoalls) {
      names += (names.empty() ? "" : ", ") + std::string(each.name);
      if (wish == each.name) found = &each;
    }
    require(found != nullptr, status::invalid_argument,
            "CLIQUE_ALGORITHM names the algorithm \"{}\" for {}; there are: {}", wish, what, names);
    if (what == collective) chosen = found;
  }
  return *chosen;
}

}  // namespace clique::tuning
