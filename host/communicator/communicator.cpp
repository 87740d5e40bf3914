// The public handles over the engine: communicator and environment.
#include "communicator/communicator_state.hpp"
#include "communicator/process.hpp"
#include "core/keep.hpp"

#include <clique/communicator.hpp>

#include <exception>

namespace clique {

// ---- environment

environment::environment() : initialized_(false) {
  int running = 0;
  transport::check_mpi(MPI_Initialized(&running), "MPI_Initialized");
  if (running != 0) return;
  int provided = MPI_THREAD_SINGLE;
  transport::check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  initialized_ = true;
}

environment::environment(int& argc, char**& argv) : initialized_(false) {
  int running = 0;
  transport::check_mpi(MPI_Initialized(&running), "MPI_Initialized");
  if (running != 0) return;
  int provided = MPI_THREAD_SINGLE;
  transport::check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  initialized_ = true;
}

environment::~environment() {
  if (!initialized_ || engine::process::forked() || transport::mpi_is_over()) return;
  // An exception is on its way to whoever prints it: MPI_Finalize would end the job before that.
  if (std::uncaught_exceptions() != 0 && engine::process::tainted()) {
    engine::process::abort_at_exit();
  } else {
    engine::process::stop_thread();
    MPI_Finalize();
  }
}

// ---- communicator

namespace {

void leave(std::shared_ptr<engine::communicator_state> state) {
  if (state == nullptr) return;
  if (engine::process::forked()) {
    core::keep_for_good(std::move(state));
  } else {
    const engine::process::thread_pause pause;
    state->orphan();
    state.reset();
  }
}

}  // namespace

communicator::communicator(MPI_Comm comm) : state_(engine::communicator_state::create(comm, nullptr)) {}
communicator::communicator(MPI_Comm comm, const clique::device& device)
    : state_(engine::communicator_state::create(comm, &device)) {}
communicator::communicator(communicator&&) noexcept = default;
communicator& communicator::operator=(communicator&& other) noexcept {
  if (this != &other) {
    leave(std::move(state_));
    state_ = std::move(other.state_);
  }
  return *this;
}
communicator::~communicator() {
  leave(std::move(state_));
}

int communicator::rank() const noexcept {
  return state_->rank();
}
int communicator::size() const noexcept {
  return state_->size();
}
const clique::device& communicator::device() const noexcept {
  return state_->device();
}
void communicator::set_timeout(std::chrono::duration<double> limit) {
  require(limit.count() > 0, status::invalid_argument, "a timeout of {} s; it must be above 0", limit.count());
  state_->set_timeout(limit);
}
void communicator::set_agreement(clique::agreement with) {
  state_->set_agreement(with);
}
clique::agreement communicator::agreement() const {
  return state_->agreement();
}
std::chrono::duration<double> communicator::timeout() const {
  return state_->timeout();
}
std::vector<way_info> communicator::ways() const {
  return state_->ways();
}

rank_info communicator::describe() const {
  rank_info all = state_->info();
  const memory::staging_use now = memory::staging_memory::mine().use();
  all.staging_used = now.used;
  all.staging_peak = now.peak;
  all.staging_limit = now.limit;
  return all;
}

}  // namespace clique
