#include "memory/descriptor_post.hpp"

#include "core/check.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace clique::memory {
namespace {

// The path of an abstract socket begins with a zero.
socklen_t set_address(sockaddr_un& to, std::uint64_t key) {
  to = {};
  to.sun_family = AF_UNIX;
  const int length = std::snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "clique-%d-%016llx",
                                   static_cast<int>(geteuid()), static_cast<unsigned long long>(key));
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(length));
}

struct control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int))] = {};
};

}  // namespace

descriptor_post::descriptor_post() {
  std::random_device random;
  while (key_ == 0) key_ = std::uint64_t{random()} << 32 | random();
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un own;
  const socklen_t length = set_address(own, key_);
  if (socket_ >= 0 && bind(socket_, reinterpret_cast<const sockaddr*>(&own), length) == 0) return;
  const int code = errno;
  if (socket_ >= 0) close(socket_);
  fail(status::unsupported, "a socket to pass descriptors through: {}", std::strerror(code));
}

descriptor_post::~descriptor_post() {
  close(socket_);
}

descriptor_post::outcome descriptor_post::send(std::uint64_t to, const note& what, int descriptor) const noexcept {
  sockaddr_un peer;
  const socklen_t length = set_address(peer, to);
  note sent = what;
  iovec content{&sent, sizeof sent};
  msghdr message{};
  message.msg_name = &peer;
  message.msg_namelen = length;
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  control room;
  if (descriptor >= 0) {
    message.msg_control = room.bytes;
    message.msg_controllen = sizeof room.bytes;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
  }
  if (sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof sent))
    return outcome::sent;
  return errno == ECONNREFUSED || errno == ENOENT ? outcome::gone : outcome::full;
}

std::optional<descriptor_post::received> descriptor_post::receive() const noexcept {
  received result;
  iovec content{&result.what, sizeof result.what};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  control room;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  if (recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof result.what))
    return std::nullopt;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    std::memcpy(&result.descriptor, CMSG_DATA(head), sizeof result.descriptor);
  }
  return result;
}

}  // namespace clique::memory
