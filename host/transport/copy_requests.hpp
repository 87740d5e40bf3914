// Copies on a device that the ranks which share it want made, and combinations of two ranges, in memory that all of
// them see: each rank publishes its own, and one rank makes those of all in few commands (ways/copier.hpp). Flat
// combining, of Hendler, Incze, Shavit and Tzafrir, 2010.
//
// Each rank has a ring of requests in its control block. Nothing here waits.
#pragma once

#include "transport/control_block.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clique::transport {

// From a block of device memory of any rank's to one of the rank that asks. Blocks are called by what their owner calls
// them; offsets and size in bytes.
struct copy_request {
  int from_rank = 0;  // on the board
  std::uint64_t from_block = 0, from_offset = 0;
  std::uint64_t to_block = 0, to_offset = 0;
  std::uint64_t bytes = 0;
  // Of a combination, of `count` elements: the right operand, where `from` is the left one. Else op is 0.
  std::uint32_t op = 0, type = 0;  // 1 + its op_kind; the datatype
  int right_rank = 0;
  std::uint64_t right_block = 0, right_offset = 0, count = 0;
};

// chained: posted, and comes after the request before it, of the same rank: whoever makes that one makes it, too.
enum class request_state : std::uint8_t { posted, chained, claimed, made, failed };
using request_stamp = stamp<request_state, 5>;

class copy_requests {
 public:
  static constexpr std::uint64_t capacity = 64;  // of a rank
  // Of the area that each rank has for them; zero at first.
  static constexpr std::size_t bytes() noexcept { return sizeof(counts) + capacity * sizeof(record); }

  // `areas` by rank.
  copy_requests(int rank, std::vector<std::byte*> areas);

  // ---- this rank's own
  // `as`: posted or chained. The number of the request, from 1 on; 0: no room now. Others see it after publish().
  std::uint64_t post(const copy_request& what, request_state as = request_state::posted) noexcept;
  // Whether there is room for so many, at most `capacity`, one after the other.
  [[nodiscard]] bool room(std::size_t count) const noexcept;
  // True if there was something to publish.
  bool publish() noexcept;
  // What has become of it; once it is made or failed, its number may not be asked for again.
  request_state state_of(std::uint64_t number) noexcept;
  // Whether something that was published has not been claimed.
  [[nodiscard]] bool waits() const noexcept;
  // What this rank wants of operations up to this one it has published, as far as nothing else holds it up.
  void set_looked(std::uint64_t seq) noexcept { counts_of(rank_).looked.store(seq, std::memory_order_release); }
  // This rank is at it.
  void beat() noexcept { counts_of(rank_).beats.fetch_add(1, std::memory_order_relaxed); }

  // ---- of any rank
  // Whether a request of the rank's has been published that nobody has claimed, as far as this rank has seen.
  bool waits(int rank) noexcept;
  // The next one of those, which is this rank's to make now. False if there is none.
  bool claim(int rank, copy_request& what, std::uint64_t& number) noexcept;
  void finish(int rank, std::uint64_t number, bool made) noexcept;
  [[nodiscard]] std::uint64_t looked(int rank) const noexcept {
    return counts_of(rank).looked.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t beats(int rank) const noexcept {
    return counts_of(rank).beats.load(std::memory_order_relaxed);
  }

 private:
  //   word        writer                                  read by, and after what
  //   published   owner, release, after the records       others, acquire: so many requests are there
  //   looked      owner, release, after `published`       others, acquire: see set_looked()
  //   beats       owner, relaxed                          others, relaxed: has it changed?
  //   state       owner: {number, posted or chained},     all, acquire. Whose compare-and-swap from that to `claimed`
  //               release, after the rest of the          comes first (acq_rel) may read the rest, until it says that
  //               record; claimer: the others, release    it is made, or failed: then the record is the owner's again
  struct alignas(64) counts {
    std::atomic<std::uint64_t> published, looked;
    alignas(64) std::atomic<std::uint64_t> beats;
  };
  struct alignas(64) record {
    std::atomic<request_stamp> state;
    copy_request what;
  };
  static_assert(sizeof(record) == 128 && std::atomic<request_stamp>::is_always_lock_free);

  [[nodiscard]] counts& counts_of(int rank) const noexcept;
  [[nodiscard]] record& record_of(int rank, std::uint64_t number) const noexcept;
  static bool is_open(request_stamp state, std::uint64_t number) noexcept {
    return state == request_stamp{number, request_state::posted} ||
           state == request_stamp{number, request_state::chained};
  }

  int rank_;
  std::vector<std::byte*> areas_;
  std::uint64_t posted_ = 0, published_ = 0;
  std::array<bool, capacity> busy_{};  // records of this rank's
  std::vector<std::uint64_t> seen_;    // by rank: up to here all are claimed
  std::vector<std::uint64_t> mine_;    // by rank: the last one that this rank has claimed
};

}  // namespace clique::transport
