// Ranks that drive one device: blocks of exported memory are copied there, by the one rank that copies for all
// (copier.hpp). All other blocks go through shared memory.
#pragma once

#include "ways/copier.hpp"
#include "ways/shared.hpp"

namespace clique::ways {

class on_device final : public shared {
 public:
  on_device(transport::board& on, std::vector<int> numbers, staging::port& device, memory::arena& memory,
            std::size_t segment_bytes, copier& copies)
      : shared(on, std::move(numbers), device, memory, segment_bytes), copier_(copies) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  bool fetch(const block& which, const endpoint& to, transit& state) override;
  bool view(const block& which, const endpoint& to, transit& state) override;
  bool withdraw(const block& which, const endpoint& from, transit& state) override;

 private:
  bool begin_fetch(const transport::letter_view& from, const block& which, const endpoint& to, transit& state);

  copier& copier_;
};

}  // namespace clique::ways
