// The collectives by name: for error texts, and for those who choose algorithms.
#pragma once

#include <clique/export.hpp>

#include <cstdint>
#include <string_view>

namespace clique {

enum class collective : std::uint8_t {
  agree,
  barrier,
  bcast,
  scatter,
  scatterv,
  gather,
  gatherv,
  allgather,
  allgatherv,
  alltoall,
  alltoallv,
  alltoallw,
  reduce,
  allreduce,
  reduce_scatter,
  reduce_scatter_block,
  scan,
  exscan,
  neighbor_allgather,
  neighbor_allgatherv,
  neighbor_alltoall,
  neighbor_alltoallv,
  neighbor_alltoallw,
};
inline constexpr int collective_count = 23;

// "alltoall". Never null; thread-safe.
constexpr const char* name(collective of) noexcept {
  constexpr const char* names[collective_count] = {"agree",
                                                   "barrier",
                                                   "bcast",
                                                   "scatter",
                                                   "scatterv",
                                                   "gather",
                                                   "gatherv",
                                                   "allgather",
                                                   "allgatherv",
                                                   "alltoall",
                                                   "alltoallv",
                                                   "alltoallw",
                                                   "reduce",
                                                   "allreduce",
                                                   "reduce_scatter",
                                                   "reduce_scatter_block",
                                                   "scan",
                                                   "exscan",
                                                   "neighbor_allgather",
                                                   "neighbor_allgatherv",
                                                   "neighbor_alltoall",
                                                   "neighbor_alltoallv",
                                                   "neighbor_alltoallw"};
  return names[static_cast<int>(of)];
}

}  // namespace clique
