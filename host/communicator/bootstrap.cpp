// How a communicator comes to be: what the ranks tell each other, in rounds, before they share anything.
//
//   0. Which library they run (handshake.hpp). Not where the communicator is made from another.
//   1. Who is on which node. Then each rank chooses its device, tests it, and makes its control block.
//   2. Where that is, and what this rank was told to do. Then each rank maps its peers.
//   3. Which of them it could map. Then all know which ranks share memory, and each makes its ways to the others.
//   4. Whether it could. Then all have a communicator, or none has.
// An error on one rank is thrown on all after the round. Only non-blocking MPI calls, each with a deadline
// (rounds.hpp).
#include "communicator/bootstrap.hpp"

#include "communicator/handshake.hpp"
#include "communicator/machine.hpp"
#include "core/config.hpp"
#include "core/watchdog.hpp"
#include "memory/process_memory.hpp"
#include "opencl/identity.hpp"

#include <cstring>
#include <random>

#include <unistd.h>

namespace clique::engine {

std::shared_ptr<communicator_state> bootstrap::run() {
  part(introduction_.failure, [] { process::begin(); });  // before the first round, which may end by its deadline
  if (!known_) greet();
  meet();
  make_state();
  const auto addresses = exchange_addresses();
  join(addresses);
  return state_;
}

void bootstrap::greet() const {
  const std::uint32_t sizes[] = {sizeof(introduction),
                                 sizeof(address),
                                 sizeof(reach),
                                 sizeof(completion),
                                 sizeof(transport::mail),
                                 sizeof(transport::arrival),
                                 transport::tree::record_bytes(),
                                 static_cast<std::uint32_t>(transport::board_shape::of(2, 1024).control_bytes())};
  require_alike(exchange(comm_, size_, make_hello(sizes)));
}

void bootstrap::meet() {
  introduction& mine = introduction_;
  part(mine.failure, [&] {
    (void)core::settings();
    mine.node = node_mark();
    CPU_ZERO(&mine.cores);
    sched_getaffinity(0, sizeof mine.cores, &mine.cores);
  });
  const auto all = exchange(comm_, size_, mine);
  throw_first_failure(all);
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
  memory::arena::expect_mappings(node_.size());
}

void bootstrap::make_state() {
  part(address_.failure, [&] {
    const auto chosen = own_ != nullptr ? *own_ : device::choose(node_rank_, static_cast<int>(node_.size()));
    state_.reset(new communicator_state(chosen.with_rank(rank_, size_)));
    const core::watchdog::section watched(state_->post(), "the self-test of the device");
    reason_ = staging::choose(chosen.state());
    buffers_reason_ = staging::choose_for_buffers(chosen.state());
  });
}

std::vector<address> bootstrap::exchange_addresses() {
  part(address_.failure, [&] {
    const auto& settings = core::settings();
    memory::arena& arena = memory::arena::mine();
    shape_ = transport::board_shape::of(static_cast<int>(node_.size()), settings.inline_bytes);
    control_ = std::shared_ptr<std::byte>(arena.allocate(shape_.control_bytes()),
                                          [&arena](std::byte* block) { arena.release(block); });
    std::memset(control_.get(), 0, shape_.control_bytes());
    address_.process = getpid();
    address_.descriptor = arena.descriptor();
    address_.capacity = arena.capacity();
    address_.control = arena.offset(control_.get());
    std::random_device random;
    address_.nonce = (std::uint64_t{random()} << 32) | random();
    address_.device = opencl::identity_of(state_->device_.native());
    const staging::kind buffers = buffers_reason_.kind;
    address_.addresses = buffers == staging::kind::host || buffers == staging::kind::mapped ? 1 : 0;
    write_nonce(arena);
    address_.spares_fences = transport::board::can_spare_fences() ? 1 : 0;
    address_.inline_bytes = settings.inline_bytes;
    address_.segment_bytes = settings.segment_bytes;
    address_.transport = static_cast<std::int32_t>(settings.transport);
    address_.algorithm = std::hash<std::string>{}(settings.algorithm);
    settings.algorithm.copy(address_.algorithm_text, sizeof address_.algorithm_text - 1);
  });
  auto all = exchange(comm_, size_, address_);
  throw_first_failure(all);
  for (std::size_t rank = 1; rank < all.size(); ++rank) compare_settings(all[0], all[rank], rank);
  find_sharers(all);
  return all;
}

void bootstrap::find_sharers(const std::vector<address>& all) {
  for (const int rank : node_) {
    if (rank != rank_ && all[static_cast<std::size_t>(rank)].device == address_.device) ++sharers_;
  }
  opencl::device_state& device = state_->device_.state();
  if (sharers_ != 0) device.set_shared();
  if (device.spares_compute())
    reason_.reason +=
        core::formatted("; {} ranks share the device: small data spares its compute engine", sharers_ + 1);
}

void bootstrap::compare_settings(const address& first, const address& other, std::size_t rank) {
  const auto same = [&](bool holds, const char* name, const auto& on_first, const auto& on_other) {
    require(holds, status::mismatch,
            "{} differs: it is {} on rank 0 and {} on rank {}; it must be the same on all ranks", name, on_first,
            on_other, rank);
  };
  same(first.inline_bytes == other.inline_bytes, "CLIQUE_INLINE_BYTES", first.inline_bytes, other.inline_bytes);
  same(first.segment_bytes == other.segment_bytes, "CLIQUE_SEGMENT_BYTES", first.segment_bytes, other.segment_bytes);
  same(first.transport == other.transport, "CLIQUE_TRANSPORT",
       core::name(static_cast<core::transport_choice>(first.transport)),
       core::name(static_cast<core::transport_choice>(other.transport)));
  const auto shown = [](const address& of) { return core::formatted("\"{}\"", of.algorithm_text); };
  same(first.algorithm == other.algorithm, "CLIQUE_ALGORITHM", shown(first), shown(other));
}

// Where peers look whether they see this process's memory, written by the device where that works in the arena: so
// they see too that its kernels' writes reach them.
void bootstrap::write_nonce(memory::arena& arena) {
  nonce_.emplace(state_->device_, sizeof(std::uint64_t));
  std::byte* place = nonce_->host();
  if (place == nullptr) {
    place = control_.get() + shape_.control_bytes() - sizeof(std::uint64_t);
    std::memcpy(place, &address_.nonce, sizeof address_.nonce);
  } else {
    clique::fill(state_->device_, {nonce_->buffer()(), 0, 1, datatype::uint64, place}, &address_.nonce);
    state_->device_.finish();
  }
  address_.nonce_at = arena.offset(place);
  address_.nonce_address = reinterpret_cast<std::uint64_t>(place);
  memory::let_siblings_read();
}

// Maps the peers of this node, one by one; those that cannot be mapped have no control block.
std::vector<transport::board::member> bootstrap::map_members(const std::vector<address>& all, reach& mine) {
  std::vector<transport::board::member> members;
  const bool wanted = core::settings().transport != core::transport_choice::mpi;
  for (std::size_t k = 0; k < node_.size(); ++k) {
    const int rank = node_[k];
    const address& theirs = all[static_cast<std::size_t>(rank)];
    fenced_ = fenced_ || theirs.spares_fences == 0;
    if (rank == rank_) {
      members.push_back({control_.get(), memory::arena::mine().base(), nullptr});
      reach::add(mine.maps, k);
      continue;
    }
    std::string why = "CLIQUE_TRANSPORT=mpi";
    const auto peer = wanted ? memory::peer_arena::open(theirs.process, theirs.descriptor, theirs.capacity,
                                                        theirs.nonce_at, theirs.nonce, why)
                             : nullptr;
    if (peer != nullptr) {
      members.push_back({peer->writable(theirs.control, shape_.control_bytes()), peer->base(), peer});
      reach::add(mine.maps, k);
      if (core::settings().process_reads != core::reads_choice::never &&
          memory::reads_process(theirs.process, theirs.nonce_address, theirs.nonce))
        reach::add(mine.reads, k);
      continue;
    }
    members.push_back({nullptr, nullptr, nullptr});
    if (wanted) why = core::formatted("rank {} does not share the memory of rank {}: {}", rank_, rank, why);
    if (mine.why_not[0] == '\0') why.copy(mine.why_not, sizeof mine.why_not - 1);
  }
  return members;
}

void bootstrap::join(const std::vector<address>& all) {
  const bool only_shm = core::settings().transport == core::transport_choice::shm;
  reach mine;
  std::vector<transport::board::member> members;
  part(mine.failure, [&] {
    members = map_members(all, mine);
    const bool maps_all = mine.why_not[0] == '\0';
    require(!only_shm || (maps_all && static_cast<int>(node_.size()) == size_), status::unsupported,
            "CLIQUE_TRANSPORT=shm, but {}", maps_all ? "the ranks are on several nodes" : mine.why_not);
    mine.exports = export_memory();
  });
  // From here on peers may write to it: a deadline must not give it back.
  std::vector<reach> reached;
  try {
    reached = exchange(comm_, size_, mine);
  } catch (...) {
    core::keep_for_good(control_);
    throw;
  }
  throw_first_failure(reached);
  nonce_.reset();
  meet_on_boards(all, reached);
  const bool everywhere = std::all_of(boards_.begin(), boards_.end(), [](int board) { return board == 0; });
  explain(everywhere, reached);
  complete(size_ > 1 && !everywhere, std::move(members));
}

std::uint64_t bootstrap::export_memory() const {
  const auto wish = core::settings().staging;
  opencl::device_state& device = state_->device_.state();
  const bool forced = wish == core::staging_choice::exported;
  if (!forced && (wish != core::staging_choice::automatic || sharers_ == 0 || !device.has_own_memory())) return 0;
  const core::watchdog::section watched(state_->post(), "the self-test of exported memory");
  const bool works = device.exported().works();
  require(works || !forced, status::unsupported, "CLIQUE_STAGING=exported, but {} exports no memory: {}",
          device.info().name, device.exported().reason());
  return device.exported().key();
}

// Which ranks share memory, pair by pair.
void bootstrap::meet_on_boards(const std::vector<address>& all, const std::vector<reach>& reached) {
  std::vector<std::size_t> number(nodes_.size());  // among the ranks of its node
  std::map<std::uint64_t, std::size_t> seen;
  for (std::size_t rank = 0; rank < nodes_.size(); ++rank) number[rank] = seen[nodes_[rank]]++;
  boards_ =
      ways::boards_of(nodes_, [&](std::size_t i, std::size_t j) { return reach::holds(reached[i].maps, number[j]); });
  profiles_.resize(nodes_.size());
  for (std::size_t rank = 0; rank < nodes_.size(); ++rank) {
    profiles_[rank] = {static_cast<int>(rank), nodes_[rank], boards_[rank]};
    if (boards_[rank] < 0) profiles_[rank].alone = reached[rank].why_not;
    profiles_[rank].device = all[rank].device;
    profiles_[rank].exports = reached[rank].exports != 0;
    profiles_[rank].number = number[rank];
    profiles_[rank].process = all[rank].process;
    profiles_[rank].addresses = all[rank].addresses != 0;
    for (std::size_t k = 0; k < seen[nodes_[rank]]; ++k)
      profiles_[rank].reads.push_back(reach::holds(reached[rank].reads, k));
    exports_.push_back(reached[rank].exports);
  }
}

void bootstrap::explain(bool everywhere, const std::vector<reach>& reached) {
  std::string& why = state_->info_.transport_reason;
  if (size_ == 1) {
    why = "it is the only rank";
  } else if (everywhere) {
    why = "all ranks map each other's memory";
  } else if (own_board() >= 0) {
    why = "the ranks of a node map each other's memory";
  } else {
    why = "no other rank is on this node";
  }
  if (!everywhere) {
    for (const int rank : node_) {
      const reach& theirs = reached[static_cast<std::size_t>(rank)];
      if (theirs.why_not[0] != '\0') why = theirs.why_not;
    }
  }
  why += "; arrays lie in " + memory::arena::mine().note();
}

// A communicator of our own, whose errors return.
MPI_Comm bootstrap::duplicate() const {
  struct memory {
    MPI_Comm own = MPI_COMM_NULL;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  const auto round = std::make_shared<memory>();
  await_in(round, round->request, "MPI_Comm_idup, to make a communicator",
           [&] { return MPI_Comm_idup(comm_, &round->own, &round->request); });
  return round->own;
}

// What is collective comes first. The rest may fail on one rank alone, and then no rank gets a communicator.
void bootstrap::complete(bool apart, std::vector<transport::board::member> members) {
  const MPI_Comm for_messages = apart ? duplicate() : MPI_COMM_NULL;
  const bool by_mpi = core::settings().algorithm.find(":mpi") != std::string::npos;
  const MPI_Comm for_collectives = by_mpi ? duplicate() : MPI_COMM_NULL;
  completion mine;
  part(mine.failure, [&] {
    if (apart) state_->messages_ = std::make_unique<transport::mpi_messages>(for_messages);
    if (by_mpi) state_->collectives_ = std::make_unique<transport::mpi_collectives>(for_collectives);
    for (const MPI_Comm own : {for_messages, for_collectives}) {
      if (own != MPI_COMM_NULL)
        transport::check_mpi(MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    }
    make_links(apart, std::move(members));
    describe();
    process::enlist(state_);
  });
  throw_first_failure(exchange(comm_, size_, mine));
}

std::shared_ptr<communicator_state> communicator_state::create(MPI_Comm comm, const clique::device* own) {
  try {
    return bootstrap(comm, own, false).run();
  } catch (...) {
    throw core::current_error();
  }
}

std::shared_ptr<communicator_state> communicator_state::create_child(communicator_state& parent,
                                                                     transport::mpi_comm own,
                                                                     std::shared_ptr<const engine::topology> topology) {
  auto made = bootstrap(own.get(), &parent.device_, true).run();
  made->own_comm_ = std::move(own);
  made->timeout_ = parent.timeout_;
  made->agreement_ = parent.agreement_;
  made->topology_ = std::move(topology);
  made->parent_ = parent.weak_from_this();
  return made;
}

}  // namespace clique::engine
