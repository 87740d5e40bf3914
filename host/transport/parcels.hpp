// Small blocks for ranks that share no memory with this one. A parcel goes with what its rank has to say anyway, before
// the ranks agree, and stays in the library's memory until its receiver takes it out, or leaves the operation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clique::transport {

class parcels {
 public:
  virtual ~parcels() = default;
  // Block `key` of operation `seq`, by this rank's number.
  virtual void put(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* from, std::size_t bytes) = 0;
  // Where it lies until it is taken out or the operation is left; null while it is not here. After the ranks have
  // agreed.
  [[nodiscard]] virtual const std::byte* find(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) = 0;
  // Takes it out, into `to` or, where that is null, nowhere; false while it is not here.
  virtual bool get(std::uint64_t seq, int peer, std::uint32_t key, std::byte* to, std::size_t bytes) = 0;
  // After the ranks have agreed: the number by which all know it, for messages of larger blocks. Ranks may give the
  // start of a persistent call different ones.
  [[nodiscard]] virtual std::uint64_t number_of(std::uint64_t seq) const = 0;
  // The longest one.
  [[nodiscard]] virtual std::size_t most() const noexcept = 0;
};

}  // namespace clique::transport
