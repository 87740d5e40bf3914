// What the tests of point-to-point share: a message's data between guards, the neighbours in a ring, errors.
#pragma once

#include "support.hpp"

#include <functional>
#include <string>
#include <vector>

namespace test {

// `count` bytes on the device between guards, as a message's: what rank `from` sends to `to`.
class parcel {
 public:
  parcel(std::size_t bytes, std::size_t offset = 3)
      : offset_(offset), bytes_(bytes), memory_(world(), offset + bytes + guard) {
    memory_.fill(0xa5);
  }
  parcel& write(std::uint64_t salt, int from, int to) {
    std::vector<std::byte> all(memory_.count(), std::byte{0xa5});
    fill_block(all.data() + offset_, bytes_, salt, from, to);
    clique::copy_from(world(), memory_.region(), all.data(), all.size());
    return *this;
  }
  [[nodiscard]] clique::span<std::uint8_t> all() const { return memory_.subspan(offset_, bytes_); }
  // Bytes that are not those of the message, or of the guards; of a message that was not received, all must be guards.
  [[nodiscard]] std::size_t wrong(std::uint64_t salt, int from, int to, bool received = true) const {
    std::vector<std::byte> expected(memory_.count(), std::byte{0xa5}), got(memory_.count());
    if (received) fill_block(expected.data() + offset_, bytes_, salt, from, to);
    clique::copy_to(world(), memory_.region(), got.data(), got.size());
    std::size_t bad = 0;
    for (std::size_t k = 0; k < got.size(); ++k) bad += got[k] != expected[k] ? 1 : 0;
    return bad;
  }

 private:
  static constexpr std::size_t guard = 21;
  std::size_t offset_, bytes_;
  clique::array<std::uint8_t> memory_;
};

inline int left() {
  return (world().rank() + world().size() - 1) % world().size();
}
inline int right() {
  return (world().rank() + 1) % world().size();
}

struct thrown {
  clique::status code = clique::status::success;
  std::string text;
};
inline thrown thrown_by(const std::function<void()>& what) {
  try {
    what();
  } catch (const clique::error& error) {
    return {error.code(), error.what()};
  }
  return {};
}

}  // namespace test
