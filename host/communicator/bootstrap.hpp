// A communicator in the making: what the ranks tell each other, in rounds, before they share anything (bootstrap.cpp
// says in which), and what a rank makes of that.
#pragma once

#include "communicator/communicator_state.hpp"
#include "communicator/process.hpp"
#include "communicator/rounds.hpp"
#include "staging/staging.hpp"

#include <clique/array.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <sched.h>

namespace clique::engine {

struct introduction {      // round 1
  std::uint64_t node = 0;  // a hash of what tells this machine from others
  cpu_set_t cores{};
  failure_text failure;
};

struct address {  // round 2
  std::int32_t process = 0, descriptor = -1;
  std::uint64_t capacity = 0, control = 0, nonce = 0, nonce_at = 0, nonce_address = 0;
  std::uint64_t device = 0;  // see opencl::identity_of()
  std::int32_t addresses = 0;
  // What must be the same on all ranks.
  std::uint64_t inline_bytes = 0, segment_bytes = 0, algorithm = 0;
  std::int32_t transport = 0;
  std::int32_t spares_fences = 0;
  char algorithm_text[256] = {};  // as much as there is room for
  failure_text failure;
};

struct reach {  // round 3
  static constexpr std::size_t most = 1024;
  using ranks = std::array<std::uint64_t, most / 64>;  // of its node, a bit each: of more than that, the first ones
  ranks maps{};                                        // their memory
  ranks reads{};                                       // their processes
  char why_not[256] = {};                              // of one that it does not map
  std::uint64_t exports = 0;                           // see opencl::exported_memory::key(); 0: none, or no use for it
  failure_text failure;

  static bool holds(const ranks& of, std::size_t k) noexcept { return k < most && (of[k / 64] >> k % 64 & 1) != 0; }
  static void add(ranks& to, std::size_t k) noexcept {
    if (k < most) to[k / 64] |= std::uint64_t{1} << k % 64;
  }
};

struct completion {  // round 4
  failure_text failure;
};

class bootstrap {
 public:
  // `known`: the ranks come from a communicator of clique's, so that they run the same library.
  bootstrap(MPI_Comm comm, const clique::device* own, bool known)
      : comm_((transport::require_usable(comm), comm)), errors_return_(comm), own_(own), known_(known) {
    transport::check_mpi(MPI_Comm_rank(comm, &rank_), "MPI_Comm_rank");
    transport::check_mpi(MPI_Comm_size(comm, &size_), "MPI_Comm_size");
    process::sweep();
  }

  std::shared_ptr<communicator_state> run();

 private:
  void greet() const;
  void meet();
  void make_state();
  std::vector<address> exchange_addresses();
  static void compare_settings(const address& first, const address& other, std::size_t rank);
  void write_nonce(memory::arena& arena);
  void find_sharers(const std::vector<address>& all);
  std::vector<transport::board::member> map_members(const std::vector<address>& all, reach& mine);
  void join(const std::vector<address>& all);
  [[nodiscard]] std::uint64_t export_memory() const;
  void meet_on_boards(const std::vector<address>& all, const std::vector<reach>& reached);
  void make_copier(const std::vector<int>& numbers);
  void explain(bool everywhere, const std::vector<reach>& reached);
  MPI_Comm duplicate() const;
  void complete(bool apart, std::vector<transport::board::member> members);
  // In bootstrap_links.cpp.
  void make_links(bool apart, std::vector<transport::board::member> members);
  // By rank: its number on this one's board, or -1.
  std::vector<int> make_board(std::vector<transport::board::member> members);
  // One of each kind that joins this rank with any other.
  void make_ways(const ways::means& of);
  void describe();
  [[nodiscard]] int own_board() const { return boards_[static_cast<std::size_t>(rank_)]; }

  MPI_Comm comm_;
  const transport::mpi_errors_return errors_return_;  // whatever its owner has set
  const clique::device* own_;
  bool known_;
  int rank_ = 0, size_ = 1, node_rank_ = 0;
  std::vector<std::uint64_t> nodes_;  // by rank
  std::vector<int> node_;             // the ranks of this node
  int sharers_ = 0;                   // other ranks of the node that drive this one's device
  bool crowded_ = false;
  bool fenced_ = false;      // see board
  std::vector<int> boards_;  // by rank: the lowest rank of its board, or -1
  std::vector<ways::profile> profiles_;
  std::vector<std::uint64_t> exports_;  // by rank
  std::shared_ptr<communicator_state> state_;
  staging::choice reason_{}, buffers_reason_{};  // of arrays, of other buffers
  transport::board_shape shape_;
  std::shared_ptr<std::byte> control_;
  std::optional<array_memory> nonce_;
  introduction introduction_;
  address address_;
};

}  // namespace clique::engine
