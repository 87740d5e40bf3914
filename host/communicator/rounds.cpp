#include "communicator/rounds.hpp"

#include "communicator/communicator_state.hpp"
#include "communicator/process.hpp"
#include "core/config.hpp"

#include <thread>

namespace clique::engine {

void await(MPI_Request& request, const char* what) {
  const double limit = core::timeout_or_default();
  const auto until = clock::now() + std::chrono::duration_cast<clock::duration>(communicator_state::seconds(limit));
  waiter pace(true);
  for (int flag = 0;;) {
    transport::check_mpi(MPI_Test(&request, &flag, MPI_STATUS_IGNORE), what);
    if (flag != 0) return;
    if (clock::now() > until) {
      const error late(
          status::timeout,
          core::formatted("not all ranks have come to make the communicator ({}) in {:.3g} s", what, limit));
      process::taint(late.what());
      throw late;
    }
    process::progress_all();
    if (pace.next() == waiter::stage::yield)
      waiter::yield();
    else
      std::this_thread::sleep_for(pace.nap(std::chrono::microseconds(200)));
  }
}

}  // namespace clique::engine
