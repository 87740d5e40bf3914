// On a device that several ranks drive one of them copies for all: a compute engine belongs to one process at a time,
// in slices, so that commands of two take ten times as long as one that does the work of both (tests/gpu_model/).
//
// Ranks publish what they want copied (transport/copy_requests.hpp). Mostly the first rank of the group makes it, in
// one command; where that one does not look, any rank does that has waited for long. So nobody depends on another
// rank's being in a call.
#pragma once

#include "transport/board.hpp"
#include "ways/way.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace clique::ways {

class copier {
 public:
  // A rank that drives the device.
  struct member {
    int number = -1;        // on the board
    std::uint64_t key = 0;  // of its process
  };
  // `group`: this rank and at least one more, the same on all of them. `crowded`: ranks share cores.
  copier(transport::board& on, staging::port& device, std::vector<member> group, bool crowded);

  // A peer's block, by what its letter says, or one of this rank's own, to memory of this rank's that is shared. True
  // once the request is there; false where there is no room for it now.
  bool request(const staging::exported_place& from, const endpoint& to, transit& state);
  // A combination, in a chain of so many that are asked for one after the other; `first`: of those. Places of this
  // rank's own, in memory that is shared. False where there is no room for the chain now.
  bool request(const staging::exported_work& what, bool first, std::size_t chain, transit& state);
  static constexpr std::size_t longest_chain = transport::copy_requests::capacity / 2;
  // Of all that was asked for. Throws clique::error(opencl_failure) where the rank that did it has failed.
  bool done(transit& state);
  // A block of this rank's own to another place of this rank's. Returns whether anything moved.
  bool copy(const endpoint& from, const endpoint& to, transit& state);

  // Whether all members can use the range's memory.
  bool share(const staging::binding& range) { return device_.share(range, keys_); }
  [[nodiscard]] std::uint64_t key_of(int number) const noexcept;
  [[nodiscard]] int number_of(std::uint64_t key) const noexcept;

  // After a look at all steps: publishes what they want, copies what is there to copy, and sees what is copied. Returns
  // whether anything moved. `looked`: the last operation whose steps were looked at. `attended`: this rank will look
  // again before long; else its driver has to tell the others.
  bool advance(std::uint64_t looked, bool attended);
  // Others wait for what this rank has begun.
  [[nodiscard]] bool busy() const noexcept { return !under_way_.empty(); }
  // The communicator has failed: nobody will look again.
  void give_up() noexcept;

 private:
  using clock = std::chrono::steady_clock;
  struct claimed {
    int rank;
    std::uint64_t number;
  };
  struct batch {
    staging::ticket ticket = 0;
    std::vector<claimed> requests;
  };
  [[nodiscard]] bool should_begin();
  void begin(bool attended);
  static void finish(transport::board& on, const std::vector<claimed>& requests, bool made);

  transport::board& board_;
  transport::copy_requests& requests_;
  staging::port& device_;
  std::vector<member> group_;
  std::vector<std::uint64_t> keys_;
  clock::duration patience_;
  bool first_;                 // of the group
  bool alone_ = false;         // the first one has not looked for long
  std::uint64_t looked_ = 0;   // as told the others
  std::uint64_t beats_ = 0;    // of the first one, as seen last
  clock::time_point since_{};  // something has waited to be copied, and the first one has not looked; or zero
  std::vector<batch> under_way_;
};

}  // namespace clique::ways
