// What a rank makes of what all have said: its board, its ways to each of them, and its description.
#include "communicator/bootstrap.hpp"
#include "communicator/machine.hpp"
#include "core/config.hpp"
#include "core/log.hpp"
#include "schedule/nodes.hpp"

namespace clique::engine {

void bootstrap::make_links(bool apart, std::vector<transport::board::member> members) {
  communicator_state& made = *state_;
  memory::arena& arena = memory::arena::mine();
  links& on = made.links_;
  on.rank = rank_;
  on.size = size_;
  on.device = &made.port_;
  on.arena = &arena;
  on.segment_bytes = core::settings().segment_bytes;
  on.make_pools(memory::staging_memory::mine(), core::settings().slots);
  made.first_of_node_ = rank_;
  for (std::size_t rank = 0; rank < boards_.size(); ++rank)
    made.nodes_.push_back(boards_[rank] < 0 ? static_cast<int>(rank) : boards_[rank]);
  made.node_count_ = schedule::count_nodes(made.nodes_);
  made.subtrees_ = schedule::nodes_are_subtrees(made.nodes_);
  const std::vector<int> numbers = make_board(std::move(members));
  on.board = made.board_.get();
  on.numbers = numbers;
  on.meeting = on.board;
  if (apart) {
    made.tree_ = std::make_unique<transport::tree>(*made.messages_, rank_, boards_, made.board_.get(),
                                                   core::settings().inline_bytes);
    on.meeting = made.tree_.get();
    on.parcels = made.tree_.get();
  }
  make_copier(numbers);
  std::vector<std::int32_t> processes;
  for (const ways::profile& each : profiles_) processes.push_back(each.process);
  make_ways({rank_, on.board, numbers, made.messages_.get(), made.tree_.get(), on.device, on.arena, on.segment_bytes,
             on.copies, std::move(processes), core::settings().process_reads == core::reads_choice::always});
  on.foreign = made.collectives_.get();
  int level = MPI_THREAD_SINGLE;
  transport::check_mpi(MPI_Query_thread(&level), "MPI_Query_thread");
  made.threads_ = level == MPI_THREAD_MULTIPLE;
  made.comm_ = comm_;
  on.crowded = made.crowded_ = crowded_;
  made.timeout_ = communicator_state::seconds(core::settings().timeout);
  if (core::settings().progress_thread) {
    require(made.serves_threads(), status::unsupported,
            "CLIQUE_PROGRESS_THREAD=1 needs MPI_THREAD_MULTIPLE, since not all ranks share memory");
    process::start_thread();
  }
}

// By rank: its number on this one's board, or -1.
std::vector<int> bootstrap::make_board(std::vector<transport::board::member> members) {
  std::vector<int> numbers(nodes_.size(), -1);
  if (own_board() < 0) return numbers;
  std::vector<transport::board::member> on_it;
  for (std::size_t k = 0; k < node_.size(); ++k) {
    const auto rank = static_cast<std::size_t>(node_[k]);
    if (boards_[rank] != own_board()) continue;
    numbers[rank] = static_cast<int>(on_it.size());
    on_it.push_back(std::move(members[k]));
  }
  communicator_state& made = *state_;
  made.first_of_node_ = own_board();
  shape_ = transport::board_shape::of(static_cast<int>(on_it.size()), core::settings().inline_bytes);
  made.board_ = std::make_shared<transport::board>(shape_, numbers[static_cast<std::size_t>(rank_)], std::move(on_it),
                                                   memory::arena::mine().base(), fenced_);
  made.control_ = std::move(control_);
  return numbers;
}

// Where other ranks of the board drive this one's device, and see its memory as this one sees theirs.
void bootstrap::make_copier(const std::vector<int>& numbers) {
  communicator_state& made = *state_;
  const ways::profile& mine = profiles_[static_cast<std::size_t>(rank_)];
  std::vector<ways::copier::member> group;
  for (const ways::profile& each : profiles_) {
    if (mine.exports && each.exports && mine.board >= 0 && each.board == mine.board && each.device == mine.device)
      group.push_back({numbers[static_cast<std::size_t>(each.rank)], exports_[static_cast<std::size_t>(each.rank)]});
  }
  if (group.size() < 2) {
    if (sharers_ != 0) reason_.reason += "; device memory is not exported: " + made.device_.state().exported().reason();
    return;
  }
  made.device_.state().set_exports();
  made.copier_ = std::make_unique<ways::copier>(*made.board_, made.port_, std::move(group), crowded_);
  made.links_.copies = made.copier_.get();
  reason_ = {staging::kind::exported,
             made.device_.state().exported().reason() + "; elsewhere slots: " + reason_.reason};
}

// One of each kind that joins this rank with any other.
void bootstrap::make_ways(const ways::means& of) {
  communicator_state& made = *state_;
  std::map<const ways::row*, ways::way*> by_row;
  const ways::profile& mine = profiles_[static_cast<std::size_t>(rank_)];
  for (const ways::profile& theirs : profiles_) {
    auto [row, why] = ways::choose(mine, theirs);
    ways::way*& way = by_row[row];
    if (way == nullptr) way = made.ways_.emplace_back(row->make(of)).get();
    made.links_.add(*way);
    made.ways_info_.push_back({row->name, std::move(why)});
    const int number = of.numbers[static_cast<std::size_t>(theirs.rank)];
    if (number >= 0) {
      made.links_.mail.push_back({made.board_.get(), number});
    } else {
      made.links_.mail.push_back({made.tree_.get(), theirs.rank});
    }
  }
}

void bootstrap::describe() {
  rank_info& info = state_->info_;
  info.rank = rank_;
  info.size = size_;
  info.node_rank = node_rank_;
  info.node_size = static_cast<int>(node_.size());
  info.host = host_name();
  info.device = state_->device_.info();
  info.staging = staging::name(reason_.kind);
  info.staging_reason = reason_.reason;
  info.buffers = staging::name(buffers_reason_.kind);
  info.buffers_reason = buffers_reason_.reason;
  const bool shm = state_->board_ != nullptr, mpi = state_->messages_ != nullptr;
  info.transport = shm && mpi ? "shm+mpi" : shm ? "shm" : mpi ? "mpi" : "none";
  info.mpi = mpi_library();
  core::log("rank {} of {} on {}: {} ({}), staging {} ({}), transport {}{}", rank_, size_, info.host, info.device.name,
            info.device.platform, info.staging, info.staging_reason, info.transport,
            crowded_ ? ", more ranks than cores" : "");
}

}  // namespace clique::engine
