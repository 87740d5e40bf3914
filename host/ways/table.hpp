// The ways there are, and which one joins two ranks.
//
// To add one: a class of its own, and a row in the table (table.cpp). Nothing else knows which ways there are.
#pragma once

#include "transport/messages.hpp"
#include "transport/parcels.hpp"
#include "ways/way.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clique::transport {
class board;
class messages;
}  // namespace clique::transport

namespace clique::ways {

class copier;

// What a rank tells all others of itself.
struct profile {
  int rank = 0;
  std::uint64_t node = 0;    // the same on all ranks of a node
  int board = -1;            // ranks with the same one see each other's memory; -1: no other rank sees this one's
  std::string alone = {};    // why not, where ranks of its node have one
  std::uint64_t device = 0;  // the same on all ranks of a node that drive the same one
  bool exports = false;      // other ranks that drive its device can see memory of its there
  // The rank among those of its node; its process; and, by such numbers, whose processes it can read.
  std::size_t number = 0;
  std::int32_t process = 0;
  std::vector<bool> reads = {};
  bool addresses = false;  // the host addresses its buffers: always, or while they are mapped
};

// Whether two ranks can be joined, and, if not, why, where there is something to say.
struct connection {
  bool holds = false;
  std::string why_not{};
};

// What this rank has to make ways of.
struct means {
  int rank = 0;
  transport::board* board = nullptr;
  std::vector<int> numbers;  // by rank: its number on the board, or -1
  transport::messages* messages = nullptr;
  transport::parcels* parcels = nullptr;
  staging::port* device = nullptr;
  memory::arena* arena = nullptr;
  std::size_t segment_bytes = 0;
  copier* copies = nullptr;                  // where other ranks drive the same device
  std::vector<std::int32_t> processes = {};  // by rank
  bool always_by_process = false;            // whatever can be read from a process is, though a ring may be faster
};

struct row {
  const char* name;
  const char* line;  // how a block travels
  // The same whichever of the two ranks asks.
  connection (*can_connect)(const profile& mine, const profile& theirs);
  std::unique_ptr<way> (*make)(const means& of);
};

// The best first; the last one connects all ranks.
std::span<const row> table();

struct choice {
  const row* way;
  std::string why;  // what the row says, and why none before it
};
choice choose(const profile& mine, const profile& theirs, std::span<const row> among = table());

// Which ranks share a board: each rank the lowest rank of its board, or -1 where it is alone. All ranks of a board must
// map each other; `maps(i, j)`: rank i maps rank j, both of one node. Goes by ranks, so that all find the same.
template <class Maps>
std::vector<int> boards_of(const std::vector<std::uint64_t>& nodes, Maps&& maps) {
  std::vector<int> board(nodes.size(), -1);
  for (std::size_t first = 0; first < nodes.size(); ++first) {
    if (board[first] >= 0) continue;
    std::vector<std::size_t> members{first};
    for (std::size_t other = first + 1; other < nodes.size(); ++other) {
      if (board[other] >= 0 || nodes[other] != nodes[first]) continue;
      const bool all = std::all_of(members.begin(), members.end(),
                                   [&](std::size_t one) { return maps(one, other) && maps(other, one); });
      if (all) members.push_back(other);
    }
    if (members.size() == 1) continue;
    for (const std::size_t each : members) board[each] = static_cast<int>(first);
  }
  return board;
}

}  // namespace clique::ways
