#include "transport/mail.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace clique::transport {

std::uint64_t mail_rings::capacity(int size) noexcept {
  constexpr std::size_t budget = std::size_t{256} << 10;  // bytes of a rank's area, where that leaves enough records
  const std::size_t fair = budget / static_cast<std::size_t>(size) / sizeof(record);
  return std::bit_floor(std::clamp<std::size_t>(fair, 16, 128));
}

std::size_t mail_rings::ring_bytes(int size) noexcept {
  return sizeof(ring) + capacity(size) * sizeof(record);
}

std::size_t mail_rings::bytes(int size) noexcept {
  return static_cast<std::size_t>(size) * ring_bytes(size);
}

mail_rings::mail_rings(int rank, std::vector<std::byte*> areas)
    : rank_(rank),
      areas_(std::move(areas)),
      capacity_(capacity(static_cast<int>(areas_.size()))),
      ring_bytes_(ring_bytes(static_cast<int>(areas_.size()))),
      put_(areas_.size()),
      seen_read_(areas_.size()),
      got_(areas_.size()) {}

mail_rings::ring& mail_rings::ring_of(int writer, int reader) const noexcept {
  return *reinterpret_cast<ring*>(areas_[static_cast<std::size_t>(writer)] +
                                  static_cast<std::size_t>(reader) * ring_bytes_);
}

mail_rings::record& mail_rings::record_of(int writer, int reader, std::uint64_t k) const noexcept {
  return reinterpret_cast<record*>(reinterpret_cast<std::byte*>(&ring_of(writer, reader)) +
                                   sizeof(ring))[k & (capacity_ - 1)];
}

bool mail_rings::put(int peer, const mail& what) noexcept {
  const auto to = static_cast<std::size_t>(peer);
  if (put_[to] - seen_read_[to] == capacity_) {
    seen_read_[to] = ring_of(rank_, peer).read.load(std::memory_order_acquire);
    if (put_[to] - seen_read_[to] == capacity_) return false;
  }
  record& next = record_of(rank_, peer, put_[to]);
  std::memcpy(static_cast<void*>(&next.what), &what, what.size());
  next.stamp.store(++put_[to], std::memory_order_release);
  return true;
}

bool mail_rings::get(int peer, mail& what) noexcept {
  const auto from = static_cast<std::size_t>(peer);
  const record& next = record_of(peer, rank_, got_[from]);
  if (next.stamp.load(std::memory_order_acquire) != got_[from] + 1) return false;
  std::memcpy(static_cast<void*>(&what), &next.what, next.what.size());
  ring_of(peer, rank_).read.store(++got_[from], std::memory_order_release);
  return true;
}

}  // namespace clique::transport
