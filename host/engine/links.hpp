// What an operation runs on: how this rank reaches each other rank, and its device.
#pragma once

#include "memory/arena.hpp"
#include "staging/port.hpp"
#include "transport/board.hpp"
#include "transport/foreign_collectives.hpp"
#include "transport/parcels.hpp"
#include "ways/copier.hpp"
#include "ways/way.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace clique::engine {

// How mail gets to a peer: by which box, which knows the peer by that number.
struct mail_route {
  transport::mailbox* box = nullptr;
  int number = -1;
};

struct links {
  int rank = 0, size = 1;
  bool crowded = false;                            // more ranks than cores on this node
  transport::meeting* meeting = nullptr;           // null: a communicator of one rank
  transport::board* board = nullptr;               // null: no peer shares this rank's memory
  transport::parcels* parcels = nullptr;           // null: all do
  std::vector<ways::way*> ways;                    // by rank: how blocks get there and back
  bool stages_fetches = false;                     // some of those need staging memory to receive
  std::size_t unstaged_of_host = ~std::size_t{0};  // the longest block that all of them offer without, from the host's
  std::size_t inlined = 0;                         // the longest block that all of them put inside an arrival
  std::vector<int> numbers;                        // by rank: its number on the board, or -1
  std::vector<mail_route> mail;                    // by rank; this one's own box is the matcher's
  transport::foreign_collectives* foreign = nullptr;  // MPI's own; null: not asked for
  std::deque<std::uint64_t> mpi_turns;                // operations that will call them, in order
  staging::port* device = nullptr;
  ways::copier* copies = nullptr;  // null: no other rank of the board drives the device and sees memory of this one's
  memory::arena* arena = nullptr;
  std::size_t segment_bytes = 0, most_rings = 0;  // rings: of a pool, in each direction
  std::unique_ptr<ways::ring_store> store;
  std::unique_ptr<ways::ring_pools> rings;
  // For temporary memory that only the device addresses: such steps depend on others', so that no order of leasing
  // would do. Not bounded but by the plans.
  std::unique_ptr<ways::ring_pools> unbounded;

  // The way to the next rank.
  void add(ways::way& to) {
    inlined = ways.empty() ? to.inlines() : std::min(inlined, to.inlines());
    stages_fetches = stages_fetches || to.stages_fetches();
    unstaged_of_host = std::min(unstaged_of_host, to.unstaged_of_host());
    ways.push_back(&to);
  }
  // Pools of so many rings.
  [[nodiscard]] std::unique_ptr<ways::ring_pools> make_rings(std::size_t to_send, std::size_t to_receive) const {
    return std::make_unique<ways::ring_pools>(*store, to_send, to_receive);
  }
  void make_pools(memory::staging_memory& from, std::size_t count) {
    most_rings = count;
    store = std::make_unique<ways::ring_store>(from, *device, ways::transit::most_flights * segment_bytes);
    rings = make_rings(count, count);
    unbounded = make_rings(ways::ring_pool::unbounded, ways::ring_pool::unbounded);
  }
};

}  // namespace clique::engine
