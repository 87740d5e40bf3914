#include "schedule/alltoall.hpp"

namespace clique::schedule {

plan alltoall_pull(const alltoall_shape& shape) {
  plan result;
  const auto at = [](const std::vector<block>& blocks, int rank) { return blocks[static_cast<std::size_t>(rank)]; };
  const auto add = [&](step next) {
    result.steps.push_back(std::move(next));
    return static_cast<std::uint32_t>(result.steps.size() - 1);
  };
  // The copy of each rank's block, in place only.
  std::vector<std::uint32_t> saved(static_cast<std::size_t>(shape.size));

  for (int distance = 1; distance < shape.size; ++distance) {
    const int peer = (shape.rank + distance) % shape.size;
    const block send = at(shape.send, peer);
    if (send.bytes == 0) continue;
    range from{buffer::in, send.offset, send.bytes};
    std::vector<std::uint32_t> after;
    if (shape.in_place) {
      const range copy{buffer::temporary, result.temporary, send.bytes};
      result.temporary += send.bytes;
      const auto step = add({verb::copy, -1, 0, {buffer::out, send.offset, send.bytes}, copy, {}});
      saved[static_cast<std::size_t>(peer)] = step;
      after = {step};
      from = copy;
    }
    add({verb::offer, peer, 0, from, {}, std::move(after)});
  }
  result.prologue = result.steps.size();

  for (int distance = 1; distance < shape.size; ++distance) {
    const int peer = (shape.rank + shape.size - distance) % shape.size;
    const block receive = at(shape.receive, peer);
    if (receive.bytes == 0) continue;
    std::vector<std::uint32_t> after;
    if (shape.in_place) after = {saved[static_cast<std::size_t>(peer)]};
    add({verb::fetch, peer, 0, {}, {buffer::out, receive.offset, receive.bytes}, std::move(after)});
  }
  const block own = at(shape.send, shape.rank), target = at(shape.receive, shape.rank);
  if (!shape.in_place && own.bytes != 0) {
    add({verb::copy, -1, 0, {buffer::in, own.offset, own.bytes}, {buffer::out, target.offset, target.bytes}, {}});
  }
  return result;
}

}  // namespace clique::schedule
