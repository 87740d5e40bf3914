// Ranks of a board that may read each other's processes: a block of a buffer that has an address (staging `host`), or
// one for now (mapped), is copied from there to the reader's, once, by the kernel in its reader's call; or through a
// ring, by both ranks, where its owner attends to it and that is faster. All other blocks go through shared memory.
#pragma once

#include "ways/shared.hpp"

namespace clique::ways {

class by_process final : public shared {
 public:
  // `processes`: by rank. `always`: the kernel copies whatever it may.
  by_process(transport::board& on, std::vector<int> numbers, staging::port& device, memory::arena& memory,
             std::size_t segment_bytes, std::vector<std::int32_t> processes, bool always)
      : shared(on, std::move(numbers), device, memory, segment_bytes),
        processes_(std::move(processes)),
        always_(always) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  std::optional<std::uint64_t> place(const endpoint& of) override;
  const std::byte* at(int peer, std::uint64_t place) override;
  void get(int peer, std::uint64_t place, std::byte* to, std::size_t bytes) override;
  [[nodiscard]] bool stages_fetches() const noexcept override { return true; }

 private:
  bool read_process(const transport::letter_view& from, const block& which, const endpoint& to,
                    transit& state) override;
  manner manner_of(const block& which, const endpoint& from, transit& state);

  std::vector<std::int32_t> processes_;
  const bool always_;
};

}  // namespace clique::ways
