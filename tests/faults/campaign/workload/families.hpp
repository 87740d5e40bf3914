// What the workload can do: short sequences of calls of one kind.
#pragma once

#include "script.hpp"

namespace workload {

// Elements of a block: inside an arrival; in one segment; in several.
inline constexpr std::size_t few = 5, some = 3000, many = 150000;

// What rank `from` sends to rank `to`, `count` numbers, in the call that `mark` stands for.
inline numbers block(int mark, int from, int to, std::size_t count) {
  numbers result(count);
  for (std::size_t k = 0; k < count; ++k)
    result[k] = 10000000 * mark + 100000 * from + 1000 * to + static_cast<std::int32_t>(k % 997);
  return result;
}
inline void append(numbers& to, const numbers& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Two buffers of one call, and what it makes of them.
struct exchange {
  exchange(const place& on, kind of, const numbers& sent, const numbers& got)
      : send(std::make_shared<memory>(on.comm->device(), of, sent)),
        receive(std::make_shared<memory>(on.comm->device(), of, numbers(got.size(), -7))),
        results{{send, sent, sent}, {receive, numbers(got.size(), -7), got}} {}
  std::shared_ptr<memory> send, receive;
  std::vector<result> results;
};
// One buffer, in which data is exchanged in place.
struct in_one {
  in_one(const place& on, kind of, const numbers& before, const numbers& after)
      : data(std::make_shared<memory>(on.comm->device(), of, before)), results{{data, before, after}} {}
  std::shared_ptr<memory> data;
  std::vector<result> results;
};

// The data of all-to-all, and of a message round the ring of ranks.
exchange all_to_all(const place& on, kind of, int mark, std::size_t count);
exchange round_the_ring(const place& on, kind of, int mark, std::size_t count);
// What each rank gives to a reduction, and the sum over ranks [0, end).
numbers operand(int mark, int rank, std::size_t count);
numbers sum(int mark, int end, std::size_t count);

void moves(script& run, place& on);
void reductions(script& run, place& on);
void requests(script& run, place& on);
void persistent_calls(script& run, place& on);
void messages(script& run, place& on);
void elements(script& run, place& on);
void creation(script& run, place& on);

}  // namespace workload
