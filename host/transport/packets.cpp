#include "transport/packets.hpp"

#include "core/check.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace clique::transport {
namespace {
constexpr std::size_t usual_packet = 8192, most_spare_packets = 64, most_unseen = 64;
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
    open_.push_back({peer, {}});
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
  sent_.push_back(link_.send(one.peer, tag, one.bytes.data(), one.bytes.size()));
  outgoing_.push_back(std::move(one.bytes));
}

void packets::flush() {
  if (open_.empty()) return;
  for (packet& each : open_) send(each);
  open_.clear();
  if (outgoing_.size() >= most_unseen) take_back();
}

void packets::take_back() {
  if (!link_.all_done(sent_)) return;
  sent_.clear();
  for (auto& each : outgoing_) {
    each.clear();
    if (spare_.size() < most_spare_packets) spare_.push_back(std::move(each));
  }
  outgoing_.clear();
}

bool packets::sending() noexcept {
  try {
    if (!outgoing_.empty()) take_back();
  } catch (...) {
    core::log("cannot find out whether messages have gone: {}", core::current_error().what());
  }
  return !outgoing_.empty();
}

}  // namespace clique::transport
