#include "communicator/process.hpp"

#include "communicator/communicator_state.hpp"
#include "communicator/machine.hpp"
#include "core/launcher.hpp"
#include "core/log.hpp"
#include "core/watchdog.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <unistd.h>

namespace clique::engine::process {
namespace {

struct closed_board {
  std::shared_ptr<transport::board> board;
  std::shared_ptr<std::byte> control;
};

struct shared_things {
  std::mutex mutex;
  std::vector<std::weak_ptr<communicator_state>> alive;
  std::vector<std::shared_ptr<communicator_state>> orphans;
  std::vector<closed_board> closed_boards;
  std::vector<transport::mpi_comm> comms;  // to be freed
  std::atomic<std::size_t> count{0};
  std::atomic<pid_t> own{0};  // that began
  std::atomic<bool> tainted{false};
  std::mutex why_mutex;
  char why[512] = {};  // under it: of the first taint

  std::once_flag thread_once;
  std::atomic<bool> thread_runs{false};
  std::mutex work_mutex;
  std::condition_variable work;
  bool called = false;
  std::mutex look;                // held by the thread while it looks, at MPI among others
  bool stopped = false;           // under it: the thread ends at its next look
  std::atomic<bool> over{false};  // written under it: MPI_Finalize has begun
};

thread_local bool serves = false;  // this is the progress thread, or the watchdog's

// Never destroyed: the progress thread and OpenCL callbacks may outlive main.
shared_things& things() {
  static auto* const all = new shared_things;
  return *all;
}

// What this returns may be the last that holds them: it must go without the lock, which their destructor takes.
std::vector<std::shared_ptr<communicator_state>> alive_but(const communicator_state* except) {
  std::vector<std::shared_ptr<communicator_state>> result;
  const std::lock_guard lock(things().mutex);
  for (const auto& each : things().alive) {
    if (auto state = each.lock(); state != nullptr && state.get() != except) result.push_back(std::move(state));
  }
  return result;
}

[[noreturn]] void abort_job() {
  int running = 0, over = 0;
  if (MPI_Initialized(&running) == MPI_SUCCESS && MPI_Finalized(&over) == MPI_SUCCESS && running != 0 && over == 0) {
    // Should MPI_Abort itself not come back, a second way out ends this process.
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::seconds(2));
      _exit(1);
    }).detach();
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  _exit(1);
}

void end_stuck_job(const char* text) {
  const std::string line = core::formatted("clique: {}\n", text);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  abort_job();
}

// Lets those go whose operations are done; true if some are left. They are destroyed without the lock, which their
// destructor takes.
bool release_idle_orphans() {
  std::vector<std::shared_ptr<communicator_state>> idle;
  const std::lock_guard lock(things().mutex);
  auto& orphans = things().orphans;
  const auto busy =
      std::stable_partition(orphans.begin(), orphans.end(), [](const auto& each) { return !each->idle(); });
  idle.assign(std::make_move_iterator(busy), std::make_move_iterator(orphans.end()));
  orphans.erase(busy, orphans.end());
  return !orphans.empty();
}

// The others learn from us what happened, and say so, before the job ends under them.
[[noreturn]] void abort_gently() {
  {
    const std::lock_guard lock(things().why_mutex);
    const std::string line =
        core::formatted("clique: the job is aborted, since MPI_Finalize would wait for good: {}\n", things().why);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  std::fflush(nullptr);
  const auto grace = clock::now() + std::chrono::seconds(1);
  while (clock::now() < grace) {
    progress_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::fflush(nullptr);
  abort_job();
}

// Called by MPI_Finalize before anything else: the last chance to serve operations that nobody waits for.
int before_finalize(MPI_Comm, int, void*, void*) {
  const auto until = clock::now() + std::chrono::duration_cast<clock::duration>(
                                        communicator_state::seconds(core::timeout_or_default()));
  waiter pace(true);
  for (;;) {
    progress_all();
    if (things().tainted.load()) abort_gently();
    if (const bool busy = release_idle_orphans(); !busy || clock::now() > until) break;
    if (pace.next() == waiter::stage::sleep)
      std::this_thread::sleep_for(pace.nap(std::chrono::microseconds(500)));
    else
      waiter::yield();
  }
  // The thread may be about to call MPI, or to free a communicator that it was the last to hold.
  const std::lock_guard look(things().look);
  things().over = true;
  return MPI_SUCCESS;
}

void hook_finalize() {
  int key = MPI_KEYVAL_INVALID;
  transport::check_mpi(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, before_finalize, &key, nullptr),
                       "MPI_Comm_create_keyval");
  transport::check_mpi(MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr), "MPI_Comm_set_attr");
}

// A rank that ends by exit(), or by the end of main, without MPI_Finalize ends the job; MPICH's mpiexec then returns
// what exit() was given, 0 perhaps, although the other ranks were in the middle of their work.
void before_exit() {
  if (forked() || alive_but(nullptr).empty() || transport::mpi_is_over()) return;
  int rank = -1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const std::string line = core::formatted(
      "clique: rank {} ends, by exit() or the end of main, while a communicator lives and MPI is not finalized: the "
      "job "
      "is aborted. Destroy the communicator (clique_comm_free), then call MPI_Finalize (clique_finalize)\n",
      rank);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(nullptr);
  abort_job();
}

// Each of N jobs of one rank would be right, and compute what N ranks should have shared.
void warn_of_launcher() {
  const core::environment variables = [](const char* name) -> const char* { return std::getenv(name); };
  if (!core::is_first_process(variables)) return;
  int size = 1;
  transport::check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  const auto warning = core::launcher_warning(variables, size, mpi_library());
  if (!warning) return;
  const std::string line = core::formatted("clique: {}\n", *warning);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void hook_exit() {
  require(std::atexit(before_exit) == 0 && std::at_quick_exit(before_exit) == 0, status::out_of_memory,
          "no memory left on the host (atexit)");
}

void serve() {
  serves = true;
  shared_things& all = things();
  std::chrono::microseconds nap{20};
  for (;;) {
    bool busy = false, moved = false;
    {
      const std::lock_guard look(all.look);
      if (all.over || all.stopped) return;
      for (const auto& each : alive_but(nullptr)) {
        if (!each->serves_threads()) continue;
        moved |= each->try_progress();
        busy = busy || !each->idle();
      }
    }
    if (!busy) {
      std::unique_lock lock(all.work_mutex);
      all.work.wait(lock, [&] { return all.called; });
      all.called = false;
    }
    if (!busy || moved) {
      nap = std::chrono::microseconds(20);
      continue;
    }
    std::this_thread::sleep_for(nap);
    nap = std::min(2 * nap, std::chrono::microseconds(500));
  }
}

// A rank that is busy elsewhere would not see that its device has failed, and its peers would wait for it until their
// deadline. (An event callback would do, but PoCL 3.1 calls none for an event that ends in failure.)
void look_at_devices() {
  serves = true;
  const std::unique_lock look(things().look, std::try_to_lock);
  if (!look.owns_lock() || things().over) return;
  for (const auto& each : alive_but(nullptr)) {
    if (each->serves_threads()) each->look_at_device();
  }
}

}  // namespace

void begin() {
  static std::once_flag once;
  std::call_once(once, [] {
    things().own = getpid();
    core::watchdog::start(end_stuck_job, look_at_devices);
    hook_finalize();
    hook_exit();
    warn_of_launcher();
  });
}

void enlist(const std::shared_ptr<communicator_state>& state) {
  const std::lock_guard lock(things().mutex);
  things().alive.push_back(state);
  things().count = things().alive.size();
}

void retire() {
  const std::lock_guard lock(things().mutex);
  std::erase_if(things().alive, [](const auto& each) { return each.expired(); });
  things().count = things().alive.size();
}

void adopt(std::shared_ptr<communicator_state> orphan) {
  const std::lock_guard lock(things().mutex);
  things().orphans.push_back(std::move(orphan));
}

bool progress_all(const communicator_state* except) {
  shared_things& all = things();
  if (except != nullptr && all.count.load(std::memory_order_relaxed) < 2) return false;
  bool moved = false;
  for (const auto& each : alive_but(except)) moved |= each->try_progress();
  return moved;
}

void start_thread() {
  std::call_once(things().thread_once, [] {
    std::thread(serve).detach();  // one that could not be started is tried again by the next call
    things().thread_runs = true;
  });
}

thread_pause::thread_pause() {
  if (!serves) look_ = std::unique_lock(things().look);
}

void stop_thread() {
  const thread_pause pause;
  things().stopped = true;
}

void wake_thread() {
  shared_things& all = things();
  if (!all.thread_runs.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(all.work_mutex);
    all.called = true;
  }
  all.work.notify_one();
}

void keep_until_closed(std::shared_ptr<transport::board> board, std::shared_ptr<std::byte> control) {
  const std::lock_guard lock(things().mutex);
  things().closed_boards.push_back({std::move(board), std::move(control)});
}

void free_later(transport::mpi_comm comm) {
  const std::lock_guard lock(things().mutex);
  things().comms.push_back(std::move(comm));
}

void sweep() {
  progress_all();
  release_idle_orphans();
  std::vector<transport::mpi_comm> comms;  // freed without the lock
  const std::lock_guard lock(things().mutex);
  comms.swap(things().comms);
  std::erase_if(things().closed_boards, [](const closed_board& each) { return each.board->all_closed(); });
}

void taint(const char* why) noexcept {
  shared_things& all = things();
  const std::lock_guard lock(all.why_mutex);
  if (!all.tainted.exchange(true)) std::strncpy(all.why, why, sizeof all.why - 1);
}

bool tainted() {
  return things().tainted;
}

bool forked() noexcept {
  const pid_t own = things().own.load(std::memory_order_relaxed);
  return own != 0 && own != getpid();
}

bool finalizes() noexcept {
  return things().over.load(std::memory_order_relaxed);
}

void abort_at_exit() {
  if (std::atexit([] { abort_gently(); }) != 0) abort_job();
}

}  // namespace clique::engine::process
