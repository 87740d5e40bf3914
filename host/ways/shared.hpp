// Shared memory: blocks lie where the reader can copy them, or have the device write them, from.
#pragma once

#include "transport/board.hpp"
#include "ways/fastest.hpp"
#include "ways/way.hpp"

#include <memory>
#include <set>
#include <vector>

namespace clique::ways {

class shared : public way {
 public:
  // `numbers`: by rank, its number on the board, or -1.
  shared(transport::board& on, std::vector<int> numbers, staging::port& device, memory::arena& memory,
         std::size_t segment_bytes)
      : board_(on),
        device_(device),
        segment_bytes_(segment_bytes),
        races_(numbers.size()),
        numbers_(std::move(numbers)),
        memory_(memory) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  bool fetch(const block& which, const endpoint& to, transit& state) override;
  bool view(const block& which, const endpoint& to, transit& state) override;
  void release(const block& which, std::size_t bytes) override;
  bool withdraw(const block& which, const endpoint& from, transit& state) override;
  std::optional<std::uint64_t> place(const endpoint& of) override;
  [[nodiscard]] std::size_t unstaged_of_host() const noexcept override { return board_.inline_bytes(0); }
  [[nodiscard]] std::size_t inlines() const noexcept override { return board_.inline_bytes(0); }
  const std::byte* at(int peer, std::uint64_t place) override { return board_.at(number(peer), place); }

 protected:
  // Out of the owner's process: only of who offers such blocks.
  virtual bool read_process(const transport::letter_view& /*from*/, const block& /*which*/, const endpoint& /*to*/,
                            transit& /*state*/) {
    fail(status::internal, "a block lies in a process that this rank does not read");
  }
  [[nodiscard]] int number(int peer) const noexcept { return numbers_[static_cast<std::size_t>(peer)]; }
  bool look(const block& which, std::size_t bytes, transport::letter_view& from) const;
  // How a block goes through a ring.
  struct pieces {
    std::size_t piece, ring;  // bytes
  };
  [[nodiscard]] pieces pieces_of(const endpoint& from) const noexcept;
  // For an attended block: the next one of the first so many manners, whose time is taken.
  manner race(const block& which, const endpoint& from, transit& state, std::size_t manners);

  transport::board& board_;
  staging::port& device_;
  std::size_t segment_bytes_;

 private:
  bool begin_offer(const block& which, const endpoint& from, transit& state);
  bool fill_ring(const block& which, const endpoint& from, transit& state);
  bool find(const block& which, const endpoint& to, const transit& state, transport::letter_view& from);
  void know_ring(const block& which, const transport::letter_view& from);
  fastest<3>& races_of(int peer, std::size_t bytes) noexcept;

  std::vector<std::array<fastest<3>, 4>> races_;  // of manners, by rank and size; this rank's, as its peers have theirs
  std::vector<int> numbers_;
  memory::arena& memory_;
  std::set<const std::byte*> known_rings_;  // of peers, by their first byte: the device's driver knows them
};

}  // namespace clique::ways
