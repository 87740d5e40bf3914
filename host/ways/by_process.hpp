// Ranks of a board that may read each other's processes: a block of a buffer that has an address (staging `host`), or
// one for now (mapped), is copied from there to the reader's, once. All other blocks go through shared memory.
#pragma once

#include "ways/shared.hpp"

namespace clique::ways {

class by_process final : public shared {
 public:
  // `processes`: by rank.
  by_process(transport::board& on, std::vector<int> numbers, staging::port& device, memory::arena& memory,
             std::size_t segment_bytes, std::vector<std::int32_t> processes)
      : shared(on, std::move(numbers), device, memory, segment_bytes), processes_(std::move(processes)) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  std::optional<std::uint64_t> place(const endpoint& of) override;
  const std::byte* at(int peer, std::uint64_t place) override;
  void get(int peer, std::uint64_t place, std::byte* to, std::size_t bytes) override;
  [[nodiscard]] bool stages_fetches() const noexcept override { return true; }
  [[nodiscard]] std::size_t unstaged_of_host() const noexcept override { return ~std::size_t{0}; }

 private:
  bool read_process(const transport::letter_view& from, const block& which, const endpoint& to,
                    transit& state) override;

  std::vector<std::int32_t> processes_;
};

}  // namespace clique::ways
