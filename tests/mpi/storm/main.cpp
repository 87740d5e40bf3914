// The storm: random sequences of different collectives, types and sizes, blocking, non-blocking and persistent, with
// kernels and messages in between, several of them in flight at once. Everything that a buffer holds is known
// beforehand and compared; and nothing that a process holds may grow.
//
//   clique_storm [--seed N] [--sequences N] [--length N] [--verbose]
//
// Sequence k of a run has the seed N + k. A failure names the seed; `--seed IT --sequences 1` runs that sequence alone,
// and --verbose looks at every result at once and prints each call.
#include "call.hpp"
#include "objects.hpp"

#include "memory/staging_memory.hpp"
#include "opencl/device_state.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace storm {
namespace {

struct options {
  std::uint64_t seed = 1;
  int sequences = 30, length = 100;
  bool verbose = false;
};

struct repeated {
  call what;
  clique::persistent handle;
};
struct flight {
  call what;
  clique::request request;
  std::shared_ptr<repeated> of;  // or this one's
};

class sequence {
 public:
  sequence(pool& of, std::vector<place>& places, const options& chosen, std::uint64_t seed)
      : pool_(of),
        places_(places),
        options_(chosen),
        chance_(seed),
        own_(mixed(seed) + static_cast<unsigned>(of.rank())) {}

  // Throws what went wrong.
  void run();
  // The last call.
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  static constexpr std::size_t most_flights = 6, most_repeated = 4;

  void step();
  void begin(const call& what);
  void repeat(const std::shared_ptr<repeated>& of);
  void take_off(flight made);
  void finish(std::size_t many);
  void settled(const call& what);
  void note(const char* how, const call& what);
  [[nodiscard]] bool all_idle(const call& what) const;
  // Some change to some buffers that nobody uses, which nobody waits for.
  void touch_some();

  pool& pool_;
  std::vector<place>& places_;
  const options& options_;
  chance chance_, own_;  // the same on all ranks; this rank's
  std::vector<flight> flights_;
  std::vector<std::shared_ptr<repeated>> repeated_;
  std::string where_;
  int step_ = 0;
};

void sequence::note(const char* how, const call& what) {
  where_ = fmt::format("step {}, {} {}", step_, how, what.text(pool_));
  for (const int each : what.buffers()) pool_.note(each, where_);
  if (options_.verbose) std::printf("rank %d: %s\n", pool_.rank(), where_.c_str());
  if (options_.verbose) std::fflush(stdout);
}

bool sequence::all_idle(const call& what) const {
  for (const int each : what.buffers()) {
    if (pool_.busy(each)) return false;
  }
  return true;
}

void sequence::touch_some() {
  for (std::size_t k = chance_.below(3); k > 0; --k) {
    const int buffer = static_cast<int>(chance_.below(static_cast<std::size_t>(pool_.count())));
    if (!pool_.busy(buffer)) pool_.apply(chance_, buffer);
  }
}

void sequence::settled(const call& what) {
  const std::vector<int> buffers = what.buffers();
  for (const int each : buffers) pool_.set_busy(each, false);
  if (what.rest_undefined) {
    const int buffer = what.receive[0].buffer;
    pool_.apply(buffer, 0, pool_.capacity(pool_.row_of(buffer)), {0, 77});
  }
  for (const int each : buffers) {
    if (options_.verbose || chance_.once_in(3))
      pool_.check(each);
    else if (chance_.once_in(3))
      pool_.apply(chance_, each);
  }
}

void sequence::take_off(flight made) {
  for (const int each : made.what.buffers()) pool_.set_busy(each, true);
  made.what.expect(pool_);
  flights_.push_back(std::move(made));
}

void sequence::repeat(const std::shared_ptr<repeated>& of) {
  note("again", of->what);
  of->handle.start();
  take_off({of->what, {}, of});
}

void sequence::begin(const call& what) {
  for (const int each : what.buffers()) {
    if (chance_.once_in(2)) pool_.apply(chance_, each);
  }
  place& on = places_[what.on];
  std::vector<cl::Event> events;
  if (chance_.once_in(8)) pool_.device().queue().enqueueMarkerWithWaitList(nullptr, &events.emplace_back());
  const auto agreement = chance_.once_in(3) ? clique::agreement::pairs : clique::agreement::full;
  const clique::call how{.wait_list = events, .agreement = agreement};
  switch (chance_.below(5)) {
    case 0:
    case 1:
      note(agreement == clique::agreement::pairs ? "blocking, in pairs," : "blocking", what);
      what.run(pool_, on, how);
      what.expect(pool_);
      return settled(what);
    case 2:
      if (repeated_.size() < most_repeated) {
        note("persistent", what);
        repeated_.push_back(std::make_shared<repeated>(repeated{what, what.prepare(pool_, on, {})}));
        return repeat(repeated_.back());
      }
      [[fallthrough]];
    default: note("non-blocking", what); take_off({what, what.start(pool_, on, how), {}});
  }
}

// Waits for `many` of those in flight, the same on all ranks, in another order on each.
void sequence::finish(std::size_t many) {
  chance_.shuffle(flights_);
  std::vector<std::size_t> order(many);
  for (std::size_t k = 0; k < many; ++k) order[k] = k;
  own_.shuffle(order);
  for (const std::size_t k : order) {
    flight& each = flights_[k];
    note("waiting for", each.what);
    const auto see = [&](auto& handle) {
      if (own_.once_in(2)) {
        handle.wait();
      } else {
        while (!handle.test()) std::this_thread::yield();
      }
    };
    if (each.of)
      see(each.of->handle);
    else
      see(each.request);
  }
  for (std::size_t k = 0; k < many; ++k) settled(flights_[k].what);
  flights_.erase(flights_.begin(), flights_.begin() + static_cast<std::ptrdiff_t>(many));
}

void sequence::step() {
  if (own_.once_in(40)) std::this_thread::sleep_for(std::chrono::microseconds(own_.below(300)));
  for (flight& each : flights_) {
    if (!own_.once_in(6)) continue;
    if (each.of)
      (void)each.of->handle.test();
    else
      (void)each.request.test();
  }
  if (flights_.size() >= most_flights || chance_.once_in(4)) finish(chance_.below(flights_.size() + 1));
  touch_some();
  if (!repeated_.empty() && chance_.once_in(6)) {
    const std::shared_ptr<repeated> again = chance_.of(repeated_);
    bool flying = false;
    for (const flight& each : flights_) flying = flying || each.of == again;
    if (!flying && all_idle(again->what)) return repeat(again);
  }
  const int tag = 1000 * (step_ + 1);
  std::optional<call> what = draw(chance_, pool_, places_, tag);
  if (!what) {
    finish(flights_.size());
    while (!what) what = draw(chance_, pool_, places_, tag);
  }
  begin(*what);
}

void sequence::run() {
  for (int k = 0; k < 4; ++k) pool_.renew(static_cast<int>(chance_.below(static_cast<std::size_t>(pool_.count()))));
  for (step_ = 0; step_ < options_.length; ++step_) step();
  if (chance_.once_in(2)) repeated_.clear();  // also those in flight: their flights keep them
  finish(flights_.size());
  where_ = "looking at all buffers";
  for (int k = 0; k < pool_.count(); ++k) pool_.check(k, false);
}

// Every type, operator and kernel once: what is built, is built here.
void warm_up(pool& of, std::vector<place>& places) {
  clique::communicator& comm = places[0].comm;
  for (std::size_t row = 0; row < of.rows(); ++row) {
    const std::vector<int> buffers = of.idle(row);
    for (int what = 0; what < touch_kinds; ++what) of.apply(buffers[0], 0, 100, {what, 5});
    // Of this one each rank combines a part, whatever the algorithm.
    constexpr std::size_t part = 20;
    const clique::region all = of.region(buffers[0], 0, part * static_cast<std::size_t>(of.size()));
    for (const operator_row& each : of.row(row).operators) {
      clique::detail::run(comm,
                          {.what = clique::collective::reduce_scatter_block,
                           .send = all,
                           .receive = of.region(buffers[1], 0, part),
                           .op = &each.op},
                          {});
    }
    of.renew(buffers[1]);
  }
}

// One after the other on communicators and buffers of their own.
class run_of {
 public:
  run_of(clique::communicator& world, const options& chosen)
      : options_(chosen), places_(make_places(world.dup())), pool_(world) {
    warm_up(pool_, places_);
  }

  void run(std::uint64_t first, int sequences) {
    for (std::uint64_t seed = first; seed < first + static_cast<unsigned>(sequences); ++seed) {
      sequence each(pool_, places_, options_, seed);
      try {
        each.run();
      } catch (const std::exception& problem) {
        throw std::runtime_error(fmt::format("seed {}, {}: {}", seed, each.where(), problem.what()));
      }
    }
    // On Rusticl a kernel keeps the buffers that it had last: let them be the same after each storm.
    warm_up(pool_, places_);
  }

 private:
  const options& options_;
  std::vector<place> places_;
  pool pool_;
};

// Without staging memory, which is kept until the process ends: there is no more of it than was in use at one time. A
// GPU's driver knows it, that of peers too, and (in the model) has a copy of it in this process.
holdings without_staging(const clique::communicator& world) {
  const clique::opencl::device_state::pinned_use pinned = world.device().state().pinned();
  holdings seen = holdings::now();
  seen.arena -= clique::memory::staging_memory::mine().use().held;
  seen.resident -= pinned.bytes;
  seen.objects[static_cast<std::size_t>(object::buffers)] -= static_cast<long>(pinned.pieces);
  return seen;
}

// What this process holds once nothing is under way any more; what others were the last to use comes back when they
// are done with it. Throws where it remains more than that.
// `told` is one element, for what the ranks tell each other; it is there before and after, so that it does not count.
holdings look(clique::communicator& world, clique::array<std::int32_t>& told, const char* when, const holdings& before,
              const holdings& slack) {
  holdings seen;
  std::string grown;
  for (int k = 0; k < 100; ++k) {  // as often on all ranks
    if (k > 0) std::this_thread::sleep_for(std::chrono::milliseconds(k));
    // A control block that others were the last to close comes back when the next communicator is made.
    (void)world.dup();
    clique::barrier(world);
    world.device().finish();
    seen = without_staging(world);
    grown = seen.grown_since(before, slack);
    told.fill(grown.empty() ? 0 : 1);
    clique::allreduce(world, clique::in_place, told, clique::op::max);
    if (told.to_host()[0] == 0) break;
  }
  if (world.rank() == 0) std::printf("%s: %s\n", when, seen.text().c_str());
  if (!grown.empty()) throw std::runtime_error(fmt::format("left behind, {}: {}", when, grown));
  return seen;
}

// What caches may still take when each kind of call has been seen: queues for staging, spare buffers and plans of each
// communicator, and what the allocators keep.
holdings caches() {
  constexpr std::size_t places = 4;
  holdings result;
  result.arena = std::size_t{8} << 20;
  result.resident = std::size_t{16} << 20;
  result.objects[static_cast<std::size_t>(object::buffers)] = 12 * places;
  result.objects[static_cast<std::size_t>(object::queues)] = 4 * places;  // for staging
  result.files = 4 * places;  // of exported memory, temporary arrays of kernels
  return result;
}

void run(const options& chosen) {
  constexpr std::size_t any = ~std::size_t{0} / 4;
  clique::communicator world;
  if (world.rank() == 0) {
    const clique::rank_info info = world.describe();
    std::printf("%s, staging %s, transport %s\n", info.device.name.c_str(), info.staging.c_str(),
                info.transport.c_str());
  }
  holdings anything;
  anything.resident = anything.arena = any;
  anything.files = 1 << 20;
  anything.objects.fill(1 << 20);
  clique::array<std::int32_t> told(world, 1);
  look(world, told, "at first", {}, anything);  // what this function takes itself comes with its first call
  const int warm = chosen.sequences / 5;
  // With exported memory one rank combines for all, another time another one, which builds kernels for what it has not
  // combined before.
  const auto and_kernels = [exported = world.describe().staging == "exported"](holdings of) {
    for (const object each : {object::programs, object::kernels})
      of.objects[static_cast<std::size_t>(each)] += exported ? 50 : 0;
    return of;
  };
  std::optional<run_of> each;
  // First for everything that is made but once.
  each.emplace(world, chosen);
  each->run(chosen.seed, warm);
  each.reset();
  const holdings first = look(world, told, "after the first storm", {}, anything);
  // Then again: while it lasts only caches may grow, and nothing of it may remain.
  each.emplace(world, chosen);
  each->run(chosen.seed + static_cast<unsigned>(warm), warm);
  const holdings before = look(world, told, "early in the second storm", {}, anything);
  each->run(chosen.seed + 2u * static_cast<unsigned>(warm), chosen.sequences - 2 * warm);
  look(world, told, "late in the second storm", before, and_kernels(caches()));
  each.reset();
  holdings slack;
  slack.resident = std::size_t{16} << 20;
  look(world, told, "after the second storm", first, and_kernels(slack));
}

options parse(int argc, char** argv) {
  options result;
  for (int k = 1; k < argc; ++k) {
    const std::string_view name = argv[k];
    if (name == "--verbose") {
      result.verbose = true;
      continue;
    }
    char* end = nullptr;
    const unsigned long long value = k + 1 < argc ? std::strtoull(argv[k + 1], &end, 10) : 0;
    if (end == nullptr || end == argv[k + 1] || *end != 0)
      throw std::runtime_error(fmt::format("{} needs a number", name));
    ++k;
    if (name == "--seed")
      result.seed = value;
    else if (name == "--sequences")
      result.sequences = static_cast<int>(value);
    else if (name == "--length")
      result.length = static_cast<int>(value);
    else
      throw std::runtime_error(fmt::format("there is no {}; --seed, --sequences, --length, --verbose", name));
  }
  return result;
}

}  // namespace
}  // namespace storm

int main(int argc, char** argv) {
  int provided = 0, rank = 0, size = 1;
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  try {
    storm::run(storm::parse(argc, argv));
  } catch (const std::exception& problem) {
    std::printf("clique-test: rank %d of %d failed: %s\n", rank, size, problem.what());
    std::fflush(nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // others may have something to say, too
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  std::printf("clique-test: rank %d of %d passed\n", rank, size);
  std::fflush(stdout);  // before what may not come back across nodes
  return MPI_Finalize() == MPI_SUCCESS ? 0 : 1;
}
