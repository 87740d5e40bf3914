// The tree's parcels: small blocks that are on their way, or wait for their operation.
#include "transport/tree.hpp"

#include "core/check.hpp"

#include <cstring>
#include <utility>

namespace clique::transport {
namespace {
constexpr std::size_t most_spare_parcels = 64;
}

tree::name tree::name_of(std::uint64_t seq) const noexcept {
  return {seq, started_.seq == seq ? started_.start : 0};
}

void tree::put(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* from, std::size_t bytes) {
  const bool arrived = !operations_.empty() && seq <= operations_.back()->of.seq;
  const parcel_head head{arrived ? at(seq).of : name_of(seq), key};
  std::byte* const to = packets_.add(peer, static_cast<std::uint32_t>(kind::parcel), sizeof head + bytes);
  std::memcpy(to, &head, sizeof head);
  if (bytes != 0) std::memcpy(to + sizeof head, from, bytes);
}

std::uint64_t tree::number_of(std::uint64_t seq) const {
  return at(seq).whole.first;
}

tree::parcel* tree::find_parcel(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) {
  const auto& known = correspondents_[static_cast<std::size_t>(peer)];
  if (known == nullptr || known->parcels.empty()) return nullptr;
  const name of = at(seq).of;
  for (parcel& each : known->parcels) {
    if (each.head.key != key || !same(of, each.head.of)) continue;
    require(each.block.size() == bytes, status::internal, "a parcel of {} bytes where {} were agreed upon",
            each.block.size(), bytes);
    return &each;
  }
  return nullptr;
}

const std::byte* tree::find(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) {
  const parcel* const found = find_parcel(seq, peer, key, bytes);
  return found == nullptr ? nullptr : found->block.data();
}

bool tree::get(std::uint64_t seq, int peer, std::uint32_t key, std::byte* to, std::size_t bytes) {
  parcel* const found = find_parcel(seq, peer, key, bytes);
  if (found == nullptr) return false;
  if (to != nullptr && bytes != 0) std::memcpy(to, found->block.data(), bytes);
  if (spare_.size() < most_spare_parcels) spare_.push_back(std::move(found->block));
  auto& all = correspondents_[static_cast<std::size_t>(peer)]->parcels;
  if (found != &all.back()) *found = std::move(all.back());
  all.pop_back();
  return true;
}

}  // namespace clique::transport
