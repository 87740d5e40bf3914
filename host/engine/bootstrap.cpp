// How a communicator comes to be: what the ranks tell each other, in three rounds, before they share anything.
//
//   1. Who is on which node. Then each rank chooses its device, tests it, and makes its control block.
//   2. Where that is, and what this rank was told to do. Then each rank maps its peers.
//   3. Whether it could. Then all know which transport joins which ranks.
// An error on one rank is thrown on all after the round. Only non-blocking MPI calls, each with a deadline.
#include "core/log.hpp"
#include "core/watchdog.hpp"
#include "engine/communicator_state.hpp"
#include "engine/process.hpp"
#include "staging/staging.hpp"

#include <clique/array.hpp>

#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include <sched.h>
#include <unistd.h>

namespace clique::engine {
namespace {

constexpr std::size_t text_bytes = 1024;

struct failure_text {
  std::int32_t code = 0, native = 0;
  char text[text_bytes] = {};

  void set(const error& from) noexcept {
    code = static_cast<std::int32_t>(from.code());
    native = from.native();
    std::strncpy(text, from.what(), text_bytes - 1);
  }
};

struct introduction {      // round 1
  std::uint64_t node = 0;  // a hash of what tells this machine from others
  cpu_set_t cores{};
  failure_text failure;
};

struct address {  // round 2
  std::int32_t process = 0, descriptor = -1;
  std::uint64_t capacity = 0, control = 0, nonce = 0, nonce_at = 0;
  // What must be the same on all ranks.
  std::uint64_t inline_bytes = 0, segment_bytes = 0, algorithm = 0;
  std::int32_t transport = 0;
  std::int32_t spares_fences = 0;
  failure_text failure;
};

struct reach {              // round 3
  std::int32_t shares = 0;  // this rank maps all ranks of its node
  failure_text failure;
};

// Must not throw of itself while MPI still writes to what the caller holds: a malformed setting comes later, to all.
double seconds_to_wait() noexcept {
  try {
    return core::settings().timeout;
  } catch (const error&) {
    return core::config{}.timeout;
  }
}

void await(MPI_Request request, const char* what) {
  const double limit = seconds_to_wait();
  const auto until = clock::now() + std::chrono::duration_cast<clock::duration>(communicator_state::seconds(limit));
  waiter pace(true);
  for (int flag = 0;;) {
    transport::check_mpi(MPI_Test(&request, &flag, MPI_STATUS_IGNORE), what);
    if (flag != 0) return;
    if (clock::now() > until) {
      // The request cannot be taken back: nothing of this process may go on as if it were.
      process::taint();
      fail(status::timeout, "not all ranks have come to make the communicator ({}) in {:.3g} s", what, limit);
    }
    if (pace.next() == waiter::stage::yield)
      waiter::yield();
    else
      std::this_thread::sleep_for(pace.nap(std::chrono::microseconds(200)));
  }
}

template <class T>
std::vector<T> exchange(MPI_Comm comm, int size, const T& mine) {
  std::vector<T> all(static_cast<std::size_t>(size));
  MPI_Request request = MPI_REQUEST_NULL;
  transport::check_mpi(MPI_Iallgather(&mine, sizeof(T), MPI_BYTE, all.data(), sizeof(T), MPI_BYTE, comm, &request),
                       "MPI_Iallgather");
  await(request, "MPI_Iallgather");
  for (int rank = 0; rank < size; ++rank) {
    const failure_text& theirs = all[static_cast<std::size_t>(rank)].failure;
    if (theirs.code == 0) continue;
    throw error(static_cast<status>(theirs.code), fmt::format("rank {}: {}", rank, theirs.text), rank, theirs.native);
  }
  return all;
}

// Runs one rank's part of a round; an error goes to the others with the round.
template <class Work>
void part(failure_text& failure, Work&& work) {
  try {
    work();
  } catch (const error& caught) {
    failure.set(caught);
  } catch (const std::exception& caught) {
    failure.set(error(status::internal, caught.what()));
  }
}

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::uint64_t node_mark() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return std::hash<std::string>{}(boot + host_name());
}

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  transport::check_mpi(MPI_Get_library_version(text, &length), "MPI_Get_library_version");
  std::string line(text, std::strcspn(text, "\n"));  // MPICH's goes on for pages
  for (char& each : line) each = each == '\t' ? ' ' : each;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

class bootstrap {
 public:
  bootstrap(MPI_Comm comm, const clique::device* own) : comm_(comm), own_(own) {
    int running = 0;
    transport::check_mpi(MPI_Initialized(&running), "MPI_Initialized");
    require(running != 0, status::invalid_argument,
            "MPI is not initialized: call MPI_Init_thread, or make a clique::environment, before a communicator");
    transport::check_mpi(MPI_Comm_rank(comm, &rank_), "MPI_Comm_rank");
    transport::check_mpi(MPI_Comm_size(comm, &size_), "MPI_Comm_size");
    process::sweep();
  }

  std::shared_ptr<communicator_state> run() {
    meet();
    make_state();
    const auto addresses = exchange_addresses();
    join(addresses);
    describe();
    process::enlist(state_);
    return state_;
  }

 private:
  void meet() {
    introduction mine;
    part(mine.failure, [&] {
      (void)core::settings();
      mine.node = node_mark();
      CPU_ZERO(&mine.cores);
      sched_getaffinity(0, sizeof mine.cores, &mine.cores);
    });
    const auto all = exchange(comm_, size_, mine);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (int rank = 0; rank < size_; ++rank) {
      const introduction& theirs = all[static_cast<std::size_t>(rank)];
      nodes_.push_back(theirs.node);
      if (theirs.node != mine.node) continue;
      if (rank == rank_) node_rank_ = static_cast<int>(node_.size());
      node_.push_back(rank);
      CPU_OR(&cores, &cores, &theirs.cores);
    }
    crowded_ = static_cast<int>(node_.size()) > CPU_COUNT(&cores);
  }

  void make_state() {
    part(address_.failure, [&] {
      const auto chosen = own_ != nullptr ? *own_ : device::choose(node_rank_, static_cast<int>(node_.size()));
      state_.reset(new communicator_state(chosen.with_rank(rank_, size_)));
      const core::watchdog::section watched(state_->post(), "the self-test of the device");
      reason_ = staging::choose(chosen.state());
    });
  }

  std::vector<address> exchange_addresses() {
    const auto& settings = core::settings();
    part(address_.failure, [&] {
      if (address_.failure.code != 0) return;
      transport::arena& arena = transport::arena::mine();
      shape_ = transport::board_shape::of(static_cast<int>(node_.size()), settings.inline_bytes);
      control_ = arena.allocate(shape_.control_bytes());
      std::memset(control_, 0, shape_.control_bytes());
      address_.process = getpid();
      address_.descriptor = arena.descriptor();
      address_.capacity = arena.capacity();
      address_.control = arena.offset(control_);
      std::random_device random;
      address_.nonce = (std::uint64_t{random()} << 32) | random();
      write_nonce(arena);
      address_.spares_fences = transport::board::can_spare_fences() ? 1 : 0;
      address_.inline_bytes = settings.inline_bytes;
      address_.segment_bytes = settings.segment_bytes;
      address_.transport = static_cast<std::int32_t>(settings.transport);
      address_.algorithm = std::hash<std::string>{}(settings.algorithm);
    });
    auto all = exchange(comm_, size_, address_);
    for (int rank = 1; rank < size_; ++rank) {
      const auto same = [&](auto address::*field, const char* name) {
        require(all[static_cast<std::size_t>(rank)].*field == all[0].*field, status::mismatch,
                "{} differs: it is {} on rank 0 and {} on rank {}; it must be the same on all ranks", name,
                all[0].*field, all[static_cast<std::size_t>(rank)].*field, rank);
      };
      same(&address::inline_bytes, "CLIQUE_INLINE_BYTES");
      same(&address::segment_bytes, "CLIQUE_SEGMENT_BYTES");
      same(&address::transport, "CLIQUE_TRANSPORT");
      same(&address::algorithm, "CLIQUE_ALGORITHM (by its hash)");
    }
    return all;
  }

  // Where peers look whether they see this process's memory, written by the device where that works in the arena: so
  // they see too that its kernels' writes reach them.
  void write_nonce(transport::arena& arena) {
    nonce_.emplace(state_->device_, sizeof(std::uint64_t));
    std::byte* place = nonce_->host();
    if (place == nullptr) {
      place = control_ + shape_.control_bytes() - sizeof(std::uint64_t);
      std::memcpy(place, &address_.nonce, sizeof address_.nonce);
    } else {
      clique::fill(state_->device_, {nonce_->buffer()(), 0, 1, datatype::uint64, place}, &address_.nonce);
      state_->device_.finish();
    }
    address_.nonce_at = arena.offset(place);
  }

  void join(const std::vector<address>& all) {
    const auto wish = core::settings().transport;
    reach mine;
    std::vector<transport::board::member> members;
    part(mine.failure, [&] {
      mine.shares = 1;
      for (const int rank : node_) {
        const address& theirs = all[static_cast<std::size_t>(rank)];
        fenced_ = fenced_ || theirs.spares_fences == 0;
        if (rank == rank_) {
          members.push_back({control_, transport::arena::mine().base(), nullptr});
          continue;
        }
        const auto peer = wish == core::transport_choice::mpi
                              ? nullptr
                              : transport::peer_arena::open(theirs.process, theirs.descriptor, theirs.capacity,
                                                            theirs.nonce_at, theirs.nonce);
        if (peer == nullptr) {
          mine.shares = 0;
          break;
        }
        members.push_back({peer->writable(theirs.control, shape_.control_bytes()), peer->base(), peer});
      }
      require(wish != core::transport_choice::shm || (mine.shares == 1 && static_cast<int>(node_.size()) == size_),
              status::unsupported, "CLIQUE_TRANSPORT=shm, but {}",
              mine.shares == 1 ? "the ranks are on several nodes"
                               : "this rank cannot map the memory of all ranks on its node");
    });
    const auto reached = exchange(comm_, size_, mine);
    nonce_.reset();

    bool shm = node_.size() > 1, everywhere = true;
    for (const int rank : node_) shm = shm && reached[static_cast<std::size_t>(rank)].shares != 0;
    for (int rank = 0; rank < size_; ++rank) {
      everywhere = everywhere && nodes_[static_cast<std::size_t>(rank)] == nodes_[0] &&
                   reached[static_cast<std::size_t>(rank)].shares != 0;
    }
    make_links(shm, size_ > 1 && !everywhere, std::move(members));
  }

  // A communicator of our own, whose errors return.
  MPI_Comm duplicate() const {
    MPI_Comm own = MPI_COMM_NULL;
    MPI_Request request = MPI_REQUEST_NULL;
    transport::check_mpi(MPI_Comm_idup(comm_, &own, &request), "MPI_Comm_idup");
    await(request, "MPI_Comm_idup");
    transport::check_mpi(MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    return own;
  }

  void make_links(bool shm, bool wire, std::vector<transport::board::member> members) {
    communicator_state& made = *state_;
    transport::arena& arena = transport::arena::mine();
    links& on = made.links_;
    on.rank = rank_;
    on.size = size_;
    on.device = &made.port_;
    on.memory = &arena;
    on.segment_bytes = core::settings().segment_bytes;
    on.sending =
        std::make_unique<ring_pool>(arena, step_state::most_flights * on.segment_bytes, core::settings().slots);
    on.receiving =
        std::make_unique<ring_pool>(arena, step_state::most_flights * on.segment_bytes, core::settings().slots);
    if (shm) {
      on.on_board.assign(static_cast<std::size_t>(size_), -1);
      for (std::size_t k = 0; k < node_.size(); ++k)
        on.on_board[static_cast<std::size_t>(node_[k])] = static_cast<int>(k);
      made.board_ = std::make_shared<transport::board>(shape_, node_rank_, std::move(members), arena.base(), fenced_);
      made.control_ = control_;
      on.shm = made.board_.get();
      on.meeting = on.shm;
    } else {
      arena.release(control_);  // no peer has been told to use it
    }
    if (wire) {
      made.messages_ = std::make_unique<transport::mpi_messages>(duplicate());
      made.wire_ = std::make_unique<transport::wire>(*made.messages_, rank_, size_);
      on.messages = made.messages_.get();
      on.wire = made.wire_.get();
      on.meeting = on.wire;
    }
    if (core::settings().algorithm.find(":mpi") != std::string::npos) {
      made.collectives_ = std::make_unique<transport::mpi_collectives>(duplicate());
      on.collectives = made.collectives_.get();
    }
    int level = MPI_THREAD_SINGLE;
    transport::check_mpi(MPI_Query_thread(&level), "MPI_Query_thread");
    made.threads_ = level == MPI_THREAD_MULTIPLE;
    made.comm_ = comm_;
    made.crowded_ = crowded_;
    made.timeout_ = communicator_state::seconds(core::settings().timeout);
    if (core::settings().progress_thread) {
      require(made.serves_threads(), status::unsupported,
              "CLIQUE_PROGRESS_THREAD=1 needs MPI_THREAD_MULTIPLE, since not all ranks share memory");
      process::start_thread();
    }
  }

  void describe() {
    rank_info& info = state_->info_;
    info.rank = rank_;
    info.size = size_;
    info.node_rank = node_rank_;
    info.node_size = static_cast<int>(node_.size());
    info.host = host_name();
    info.device = state_->device_.info();
    info.staging = staging::name(reason_.kind);
    info.staging_reason = reason_.reason;
    const bool shm = state_->board_ != nullptr, mpi = state_->messages_ != nullptr;
    info.transport = shm && mpi ? "shm+mpi" : shm ? "shm" : mpi ? "mpi" : "none";
    info.mpi = mpi_library();
    core::log("rank {} of {} on {}: {} ({}), staging {} ({}), transport {}{}", rank_, size_, info.host,
              info.device.name, info.device.platform, info.staging, info.staging_reason, info.transport,
              crowded_ ? ", more ranks than cores" : "");
  }

  MPI_Comm comm_;
  const clique::device* own_;
  int rank_ = 0, size_ = 1, node_rank_ = 0;
  std::vector<std::uint64_t> nodes_;  // by rank
  std::vector<int> node_;             // the ranks of this node
  bool crowded_ = false;
  bool fenced_ = false;  // see board
  std::shared_ptr<communicator_state> state_;
  staging::choice reason_{};
  transport::board_shape shape_;
  std::byte* control_ = nullptr;
  std::optional<array_memory> nonce_;
  address address_;
};

std::shared_ptr<communicator_state> communicator_state::create(MPI_Comm comm, const clique::device* own) {
  return bootstrap(comm, own).run();
}

std::shared_ptr<communicator_state> communicator_state::create_child(communicator_state& parent,
                                                                     transport::mpi_comm own,
                                                                     std::shared_ptr<const engine::topology> topology) {
  auto made = bootstrap(own.get(), &parent.device_).run();
  made->own_comm_ = std::move(own);
  made->timeout_ = parent.timeout_;
  made->topology_ = std::move(topology);
  made->parent_ = parent.weak_from_this();
  return made;
}

}  // namespace clique::engine
