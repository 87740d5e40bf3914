#include "families.hpp"

namespace workload {

exchange all_to_all(const place& on, kind of, int mark, std::size_t count) {
  numbers sent, got;
  for (int peer = 0; peer < on.size(); ++peer) {
    append(sent, block(mark, on.rank(), peer, count));
    append(got, block(mark, peer, on.rank(), count));
  }
  return {on, of, sent, got};
}

exchange round_the_ring(const place& on, kind of, int mark, std::size_t count) {
  const int next = (on.rank() + 1) % on.size(), last = (on.rank() + on.size() - 1) % on.size();
  return {on, of, block(mark, on.rank(), next, count), block(mark, last, on.rank(), count)};
}

numbers operand(int mark, int rank, std::size_t count) {
  return block(mark, rank, 0, count);
}

numbers sum(int mark, int end, std::size_t count) {
  numbers result(count);
  for (int rank = 0; rank < end; ++rank) {
    const numbers theirs = operand(mark, rank, count);
    for (std::size_t k = 0; k < count; ++k) result[k] += theirs[k];
  }
  return result;
}

}  // namespace workload
