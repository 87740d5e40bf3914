// How a block gets from its owner's memory to its reader's: the interface of all ways there are (ways/table.hpp).
//
// A way is chosen for each pair of ranks when a communicator is made, alike on both. It has both ends of a block: the
// owner offers, the reader fetches, or views what lies where it can be read. All calls return at once, having done what
// can be done now; `transit` keeps what is under way between them. They throw clique::error(opencl_failure,
// mpi_failure, out_of_memory).
#pragma once

#include "staging/port.hpp"
#include "ways/rings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace clique::ways {

// Which block: what its two ranks call it.
struct block {
  std::uint64_t address;  // of a collective, the number that the owner gives it; of a message, its message_address()
  std::uint32_t key;      // among the blocks of this pair
  int peer;               // the other rank
  bool more;              // another block takes the place of this one, in its letter
};

// One end of a block, as it is at this look.
struct endpoint {
  const staging::binding& memory;
  std::size_t offset, bytes;  // of the block in `memory`
  std::byte* host;            // its first byte, where the host addresses it; else null
  bool ready;                 // the device is done with what comes before the call
  bool published;             // the peers look already: they have to be woken for what comes now
  bool agreed;                // by all ranks: what is sent now will be received
  ring_pool* rings;           // staging memory for it; null: none now
  bool attended = false;      // its rank does little else until the block is there, and has a core for it
};

// How a block that the host copies gets to its reader: through a ring, which its owner fills in the caches, or past
// them; or the kernel copies it from process to process.
enum class manner : std::uint8_t { cached, streamed, kernel };

// A segment of a block under way: through its first half, then through its second.
struct flight {
  bool halfway;
  std::uintptr_t ticket;  // of the device or the messages; 0: done
  std::size_t offset, bytes;
};

// What a way knows of one end of a block between two looks.
struct transit {
  // A ring has as many segments. Four hide what a command takes before and after its bytes cross the bus.
  static constexpr std::size_t most_flights = 4;

  transit() noexcept {}  // not the flights, nor the requests: most blocks are small, and have none

  bool done = false;            // owner: the range may be overwritten; reader: the block is there
  bool begun = false;           // it holds what it needs to get on
  bool withdrawn = false;       // owner: it has tried to take the block back
  bool held = false;            // reader of a view: the owner waits until release()
  bool reads_peer = false;      // reader: out of memory that its owner may write to after a failure
  manner how = manner::cached;  // owner, of what the host copies
  bool timed = false;           // owner: how long it takes, since then
  std::chrono::steady_clock::time_point since;
  bool copied_here = false;                  // on a device that ranks share, by whoever works for all (ways/copier.hpp)
  std::uint32_t requests;                    // then: so many are not seen to be made yet,
  std::uint64_t request;                     // and this is the last of them
  std::size_t started = 0, finished = 0;     // bytes of the block
  std::array<flight, most_flights> flights;  // a queue: [first, first + count) modulo most_flights hold
  std::uint8_t first = 0, count = 0;
  std::byte* ring = nullptr;        // leased: most_flights segments
  ring_pool* pool = nullptr;        // where the ring goes back to
  const std::byte* seen = nullptr;  // of a view: where the block lies

  flight& at(std::size_t k) { return flights[(first + k) % most_flights]; }
  flight& push(std::size_t bytes) {
    flight& next = at(count++);
    next = {false, 0, started, bytes};
    started += bytes;
    return next;
  }
  void pop() {
    finished += at(0).bytes;
    first = static_cast<std::uint8_t>((first + 1) % most_flights);
    --count;
  }
  bool lease(ring_pool* from) {
    if (ring != nullptr) return true;
    if (from == nullptr) return false;
    pool = from;
    return (ring = from->lease()) != nullptr;
  }
  void finish() {
    if (ring != nullptr) pool->give_back(ring);
    ring = nullptr;
    done = true;
  }
};

class way {
 public:
  virtual ~way() = default;

  // Returns whether anything moved; state.done says whether all has.
  virtual bool offer(const block& which, const endpoint& from, transit& state) = 0;
  virtual bool fetch(const block& which, const endpoint& to, transit& state) = 0;
  // As fetch, but state.seen says where the block is: where its owner has it, which then waits for release() if the
  // state is `held`; or in `to`, whose memory the host addresses.
  virtual bool view(const block& which, const endpoint& to, transit& state) {
    const bool moved = fetch(which, to, state);
    if (state.done) state.seen = to.host;
    return moved;
  }
  virtual void release(const block&, std::size_t /*bytes*/) {}
  // Takes back what its reader has not begun with, so that its owner need not wait. True if state.done is new.
  virtual bool withdraw(const block&, const endpoint&, transit&) { return false; }

  // Of messages between two ranks: where the peer can read a block without more ado, if there is such a place; and the
  // place that the peer has named, as this rank sees it, or null where get() must copy from there.
  virtual std::optional<std::uint64_t> place(const endpoint& /*of*/) { return std::nullopt; }
  virtual const std::byte* at(int /*peer*/, std::uint64_t /*place*/) { return nullptr; }
  virtual void get(int /*peer*/, std::uint64_t /*place*/, std::byte* /*to*/, std::size_t /*bytes*/) {}

  // Whether a fetch into memory that the host does not address needs staging memory of the reader's.
  [[nodiscard]] virtual bool stages_fetches() const noexcept { return false; }
  // The longest block that is offered without staging memory of the owner's out of memory of the host's alone.
  [[nodiscard]] virtual std::size_t unstaged_of_host() const noexcept { return ~std::size_t{0}; }
  // The longest block that goes inside its owner's arrival, or along with it.
  [[nodiscard]] virtual std::size_t inlines() const noexcept { return 0; }
};

// The pipeline of all that moves in segments. `ends` has
//   next(at)       bytes of the segment that begins at byte `at`, if it can begin now; else 0
//   begin(flight)  begins the first half; half(flight): whether that is done
//   go_on(flight)  begins the second half; over(flight): whether that is done
//   reached(bytes) so many bytes, from the first on, are through
// Segments begin, go on and end in their order. Returns whether anything moved.
template <class Ends>
bool pump(transit& state, std::size_t bytes, Ends&& ends) {
  bool moved = false;
  for (bool again = true; again;) {
    for (std::size_t k = 0; k < state.count;) {
      flight& each = state.at(k);
      if (!each.halfway) {
        if (!ends.half(each)) break;
        each.halfway = moved = true;
        ends.go_on(each);
      }
      if (k == 0 && ends.over(each)) {  // at once: to ask for the next one may take some microseconds
        state.pop();
        ends.reached(state.finished);
        moved = true;
      } else {
        ++k;
      }
    }
    again = false;
    while (state.started < bytes && state.count < transit::most_flights) {
      const std::size_t piece = ends.next(state.started);
      if (piece == 0) break;
      flight& begun = state.push(piece);
      ends.begin(begun);
      moved = true;
      again = begun.ticket == 0;  // no use to ask at once for what was given to the device
      if (again) break;           // what is done already goes on before the next one begins
    }
  }
  return moved;
}

}  // namespace clique::ways
