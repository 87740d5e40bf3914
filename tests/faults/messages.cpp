// Messages that wait for what never comes: the deadline ends them, on all ranks, and says who waited for whom.
#include "support.hpp"

#include <chrono>
#include <vector>

namespace faults {

using clique::status;
using namespace std::chrono_literals;

// Rank 0 waits in recv, the others in what they have sent to it with another tag.
int unanswered(clique::communicator& comm) {
  clique::array<std::int32_t> data(comm, 3000);
  data.fill(7);
  if (rank() == 0) comm.set_timeout(1s);
  comm.agree({});
  const auto since = std::chrono::steady_clock::now();
  const thrown error = thrown_by([&] {
    if (rank() == 0) {
      clique::recv(comm, data, size() - 1, 5);
    } else {
      clique::request request = clique::isend(comm, data, 0, 4);
      request.wait();
    }
  });
  expect_same(error, status::timeout, 0,
              {"rank 0 waits in recv for rank " + std::to_string(size() - 1) + ", tag 5 (3000 elements of int32): ",
               "no such message was sent; one with tag 4 was", "the deadline of 1 s has passed"});
  expect(std::chrono::steady_clock::now() - since < 10s, "it took long");
  expect_error(thrown_by([&] { clique::send(comm, data, 0, 0); }), status::poisoned, {"failed earlier", "tag 5"});
  expect_error(thrown_by([&] { comm.agree({}); }), status::poisoned, {"failed earlier"});
  passed();
  return 0;
}

}  // namespace faults
