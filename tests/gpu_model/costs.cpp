#include "costs.hpp"

#include <algorithm>
#include <cstring>

namespace gpu_model {

std::vector<row> rows_of(std::byte* to, const std::size_t* to_origin, pitches to_pitch, const std::byte* from,
                         const std::size_t* from_origin, pitches from_pitch, const std::size_t* region) {
  const auto complete = [&](pitches of) {
    if (of.row == 0) of.row = region[0];
    if (of.slice == 0) of.slice = of.row * region[1];
    return of;
  };
  to_pitch = complete(to_pitch);
  from_pitch = complete(from_pitch);
  const auto place = [](const std::size_t* origin, pitches of, std::size_t y, std::size_t z) {
    return origin[0] + (origin[1] + y) * of.row + (origin[2] + z) * of.slice;
  };
  std::vector<row> rows;
  for (std::size_t z = 0; z < region[2]; ++z)
    for (std::size_t y = 0; y < region[1]; ++y)
      rows.push_back({to + place(to_origin, to_pitch, y, z), from + place(from_origin, from_pitch, y, z), region[0]});
  return rows;
}

cl_int transfer(timing& times, direction where, double latency_us, const std::vector<row>& rows, bool pinned) {
  // Short enough for several processes to share an engine, long enough to sleep for.
  constexpr std::size_t most = 256 * 1024;
  const parameters& costs = model();
  const double pageable_rate = where == direction::to_host ? costs.pageable_d2h_gbs : costs.pageable_h2d_gbs;
  std::vector<row> pieces;
  for (const row& each : rows)
    for (std::size_t done = 0; done < each.bytes; done += most)
      pieces.push_back({each.to + done, each.from + done, std::min(most, each.bytes - done)});

  nanoseconds at = std::max(times.submitted + costs.of_us(latency_us), times.after + costs.of_us(costs.issue_us));
  for (std::size_t first = 0, last = 0; first < pieces.size(); first = last) {
    std::size_t bytes = 0;  // short rows go together
    while (last < pieces.size() && (last == first || bytes + pieces[last].bytes <= most)) bytes += pieces[last++].bytes;
    if (costs.timed()) {
      const nanoseconds begin = at;
      at = reserve_bus(times.device, where, begin, bytes);
      if (!pinned) at = std::max(at, begin + costs.of_bytes(bytes, pageable_rate));
      sleep_until(at);
    }
    for (std::size_t k = first; k < last; ++k) std::memmove(pieces[k].to, pieces[k].from, pieces[k].bytes);
  }
  if (costs.timed()) times.end = at;
  return CL_SUCCESS;
}

}  // namespace gpu_model
