// The collectives by name: for error texts, and for those who choose algorithms.
#pragma once

#include <clique/export.hpp>

#include <cstdint>
#include <string_view>

namespace clique {

// Each of them, once: ONE(NAME).
#define CLIQUE_COLLECTIVES(ONE) \
  ONE(agree)                    \
  ONE(barrier)                  \
  ONE(bcast)                    \
  ONE(scatter)                  \
  ONE(scatterv)                 \
  ONE(gather)                   \
  ONE(gatherv)                  \
  ONE(allgather)                \
  ONE(allgatherv)               \
  ONE(alltoall)                 \
  ONE(alltoallv)                \
  ONE(alltoallw)                \
  ONE(reduce)                   \
  ONE(allreduce)                \
  ONE(reduce_scatter)           \
  ONE(reduce_scatter_block)     \
  ONE(scan)                     \
  ONE(exscan)                   \
  ONE(neighbor_allgather)       \
  ONE(neighbor_allgatherv)      \
  ONE(neighbor_alltoall)        \
  ONE(neighbor_alltoallv)       \
  ONE(neighbor_alltoallw)

#define CLIQUE_ENUMERATOR(NAME) NAME,
enum class collective : std::uint8_t { CLIQUE_COLLECTIVES(CLIQUE_ENUMERATOR) };
#undef CLIQUE_ENUMERATOR
#define CLIQUE_ONE_MORE(NAME) +1  // NOLINT(bugprone-macro-parentheses)
inline constexpr int collective_count = 0 CLIQUE_COLLECTIVES(CLIQUE_ONE_MORE);
#undef CLIQUE_ONE_MORE

// "alltoall". Never null; thread-safe.
constexpr const char* name(collective of) noexcept {
#define CLIQUE_NAME(NAME) #NAME,
  constexpr const char* names[] = {CLIQUE_COLLECTIVES(CLIQUE_NAME)};
#undef CLIQUE_NAME
  return names[static_cast<int>(of)];
}

}  // namespace clique
