// Messages: a block is sent in segments, once the ranks have agreed, straight from and to memory that the host
// addresses, through staging memory otherwise. Between ranks that share no memory.
#pragma once

#include "transport/messages.hpp"
#include "ways/way.hpp"

namespace clique::ways {

class by_messages final : public way {
 public:
  by_messages(transport::messages& link, staging::port& device, std::size_t segment_bytes)
      : link_(link), device_(device), segment_bytes_(segment_bytes) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  bool fetch(const block& which, const endpoint& to, transit& state) override;
  [[nodiscard]] bool stages_fetches() const noexcept override { return true; }
  [[nodiscard]] bool by_common_number() const noexcept override { return true; }

 private:
  struct ends;
  bool move(const block& which, const endpoint& end, transit& state, bool sends);

  transport::messages& link_;
  staging::port& device_;
  std::size_t segment_bytes_;
};

}  // namespace clique::ways
