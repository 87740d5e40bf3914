#include "transport/packets.hpp"

#include <algorithm>
#include <utility>

namespace clique::transport {
namespace {
constexpr std::size_t usual_packet = 8192, most_spare = 16;
}

packets::packets(messages& link, std::size_t longest_frame)
    : link_(link), longest_packet_(std::max(usual_packet, sizeof(head) + padded(longest_frame))) {
  for (incoming& one : incoming_) {
    one.bytes.resize(longest_packet_);
    post(one);
  }
}

void packets::post(incoming& one) {
  one.ticket = link_.receive_any(tag, one.bytes.data(), one.bytes.size());
}

std::byte* packets::add(int peer, std::uint32_t kind, std::size_t bytes) {
  auto found = std::find_if(open_.begin(), open_.end(), [&](const packet& each) { return each.peer == peer; });
  const std::size_t needed = sizeof(head) + padded(bytes);
  if (found != open_.end() && found->bytes.size() + needed > longest_packet_) {
    send(*found);
    open_.erase(found);
    found = open_.end();
  }
  if (found == open_.end()) {
    open_.push_back({peer, 0, {}});
    found = std::prev(open_.end());
    if (!spare_.empty()) {
      found->bytes = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  std::vector<std::byte>& whole = found->bytes;
  const std::size_t at = whole.size();
  whole.resize(at + needed);
  const head of{kind, static_cast<std::uint32_t>(bytes)};
  std::memcpy(whole.data() + at, &of, sizeof of);
  return whole.data() + at + sizeof of;
}

void packets::send(packet& one) {
  one.sent = link_.send(one.peer, tag, one.bytes.data(), one.bytes.size());
  outgoing_.push_back(std::move(one));
}

void packets::flush() {
  if (open_.empty()) return;
  for (packet& each : open_) send(each);
  open_.clear();
}

void packets::reap() {
  for (std::size_t k = 0; k < outgoing_.size();) {
    if (!link_.done(outgoing_[k].sent)) {
      ++k;
      continue;
    }
    if (spare_.size() < most_spare) {
      outgoing_[k].bytes.clear();
      spare_.push_back(std::move(outgoing_[k].bytes));
    }
    outgoing_[k] = std::move(outgoing_.back());
    outgoing_.pop_back();
  }
}

}  // namespace clique::transport
