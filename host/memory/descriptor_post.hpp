// File descriptors from process to process of a machine, with a note each: by datagrams between sockets in the abstract
// namespace, so that the kernel takes back all there is of it when a process ends, however it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace clique::memory {

class descriptor_post {
 public:
  struct note {
    std::uint64_t from = 0;  // the sender's key
    std::uint64_t name = 0, bytes = 0;
  };
  struct received {
    note what;
    int descriptor = -1;  // the receiver's to close; -1: none was sent
  };

  // Throws clique::error(unsupported).
  descriptor_post();
  ~descriptor_post();
  descriptor_post(const descriptor_post&) = delete;
  descriptor_post& operator=(const descriptor_post&) = delete;

  // What others send to; not 0. Random, so that who knows it was told.
  [[nodiscard]] std::uint64_t key() const noexcept { return key_; }
  enum class outcome : std::uint8_t { sent, full, gone };  // full: no room now; gone: nobody is there any more
  // The descriptor, if it is not -1, stays the caller's. Does not block.
  outcome send(std::uint64_t to, const note& what, int descriptor) const noexcept;
  // The next one that is there. Does not block.
  std::optional<received> receive() const noexcept;

 private:
  std::uint64_t key_ = 0;
  int socket_ = -1;
};

}  // namespace clique::memory
