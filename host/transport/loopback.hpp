// All ranks in one process: the same board and messages as between processes, over plain memory. For tests, and
// for proving schedules without MPI or a device.
#pragma once

#include "memory/arena.hpp"
#include "transport/board.hpp"
#include "transport/messages.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace clique::transport {

class loopback {
 public:
  // `size` ranks whose blocks lie in `memory`, which must outlive it; with a board for all, or with messages alone.
  loopback(int size, std::size_t inline_bytes, memory::arena& memory, bool with_board = true);
  ~loopback();
  loopback(const loopback&) = delete;
  loopback& operator=(const loopback&) = delete;

  [[nodiscard]] board& shm(int rank) { return *boards_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] messages& link(int rank);
  // Messages that were sent and not received.
  [[nodiscard]] std::size_t stray() const noexcept { return sent_.size(); }
  // What a rank has sent so far.
  struct count {
    std::size_t messages = 0, bytes = 0, longest = 0;
    void add(std::size_t of) noexcept {
      ++messages;
      bytes += of;
      longest = std::max(longest, of);
    }
  };
  [[nodiscard]] const count& sent_by(int rank) const { return counts_[static_cast<std::size_t>(rank)]; }

 private:
  struct message {
    int from, to;
    std::uint32_t tag;
    const std::byte* data;
    std::size_t bytes;
    messages::ticket ticket;
  };
  class link_of;

  memory::arena& memory_;
  std::vector<std::byte*> controls_;
  std::vector<std::unique_ptr<board>> boards_;
  std::vector<std::unique_ptr<link_of>> links_;
  std::deque<message> sent_;  // in the order of sending
  std::vector<count> counts_;
};

}  // namespace clique::transport
