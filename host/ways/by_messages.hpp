// Messages: a block is sent in segments, once the ranks have agreed, straight from and to memory that the host
// addresses, through staging memory otherwise; a small one goes as a parcel, before they agree if the host addresses
// it. Between ranks that share no memory.
#pragma once

#include "transport/messages.hpp"
#include "transport/parcels.hpp"
#include "ways/way.hpp"

#include <algorithm>

namespace clique::ways {

class by_messages final : public way {
 public:
  by_messages(transport::messages& link, transport::parcels& parcels, staging::port& device, std::size_t segment_bytes)
      : link_(link), parcels_(parcels), device_(device), segment_bytes_(segment_bytes) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  bool fetch(const block& which, const endpoint& to, transit& state) override;
  [[nodiscard]] std::size_t inlines() const noexcept override { return longest_parcel(); }
  [[nodiscard]] bool stages_fetches() const noexcept override { return true; }

 private:
  struct ends;
  bool move(const block& which, const endpoint& end, transit& state, bool sends);

  [[nodiscard]] std::uint32_t tag_of(const block& which) const;
  // In one piece.
  [[nodiscard]] std::size_t longest_parcel() const noexcept { return std::min(parcels_.most(), segment_bytes_); }
  [[nodiscard]] bool is_parcel(const block& which, std::size_t bytes) const noexcept;

  transport::messages& link_;
  transport::parcels& parcels_;
  staging::port& device_;
  std::size_t segment_bytes_;
};

}  // namespace clique::ways
