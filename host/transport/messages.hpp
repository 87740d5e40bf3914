// Messages between ranks that share no memory. All calls return at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace clique::transport {

class messages {
 public:
  using ticket = std::uint32_t;

  virtual ~messages() = default;
  // `bytes` (at most 2^30) from `from` to `peer`. Messages of one pair with one tag arrive in the order of their
  // sending. The memory must stay until done().
  virtual ticket send(int peer, std::uint32_t tag, const std::byte* from, std::size_t bytes) = 0;
  virtual ticket receive(int peer, std::uint32_t tag, std::byte* to, std::size_t bytes) = 0;
  // True once, when the message has gone or come; the ticket is void from then on.
  virtual bool done(ticket of) = 0;
  // True once, when all of several have.
  virtual bool all_done(std::span<const ticket> of) = 0;

  // The next message with that tag, of at most `bytes`, from any rank. A tag is received so, or from named peers.
  virtual ticket receive_any(std::uint32_t tag, std::byte* to, std::size_t bytes) = 0;
  struct origin {
    int peer;
    std::size_t bytes;
  };
  // As done(), of such a receive.
  virtual std::optional<origin> came(ticket of) = 0;
};

}  // namespace clique::transport
