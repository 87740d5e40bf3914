// The collectives by number, as they stand in a signature.
#pragma once

#include <cstdint>
#include <string_view>

namespace clique::engine {

enum class collective : std::uint32_t { agree, alltoall, alltoallv };

constexpr std::string_view name(collective of) noexcept {
  constexpr std::string_view names[] = {"agree", "alltoall", "alltoallv"};
  return names[static_cast<std::uint32_t>(of)];
}

}  // namespace clique::engine
