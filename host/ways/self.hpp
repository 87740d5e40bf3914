// Within one rank: what it sends to itself is copied, on the host where both ends are addressed there, else by its
// device.
#pragma once

#include "ways/way.hpp"

#include <map>
#include <utility>

namespace clique::ways {

// Both ends at once. Returns whether anything moved; state.done says whether all has.
bool copy(staging::port& device, const endpoint& from, const endpoint& to, transit& state);

class self final : public way {
 public:
  explicit self(staging::port& device) : device_(device) {}

  bool offer(const block& which, const endpoint& from, transit& state) override;
  bool fetch(const block& which, const endpoint& to, transit& state) override;
  std::optional<std::uint64_t> place(const endpoint& of) override {
    if (of.host == nullptr) return std::nullopt;
    return reinterpret_cast<std::uintptr_t>(of.host);
  }
  const std::byte* at(int, std::uint64_t place) override {
    return reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(place));
  }

  [[nodiscard]] std::size_t inlines() const noexcept override { return ~std::size_t{0}; }  // plans send nothing here

 private:
  staging::port& device_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, endpoint> offered_;  // by address and key, until it is copied
};

}  // namespace clique::ways
