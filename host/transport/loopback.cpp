#include "transport/loopback.hpp"

#include "core/check.hpp"

#include <algorithm>
#include <cstring>

namespace clique::transport {

// One rank's end of all messages. A message is delivered when its receiver asks for it.
class loopback::link_of final : public messages {
 public:
  link_of(loopback& all, int rank) : all_(all), rank_(rank) {}

  ticket send(int peer, std::uint32_t tag, const std::byte* from, std::size_t bytes) override {
    all_.sent_.push_back({rank_, peer, tag, from, bytes, ++last_});
    all_.counts_[static_cast<std::size_t>(rank_)].add(bytes);
    return last_;
  }
  ticket receive(int peer, std::uint32_t tag, std::byte* to, std::size_t bytes) override {
    receives_.push_back({peer, tag, to, bytes, ++last_});
    return last_;
  }
  bool done(ticket of) override {
    if (find(of) != receives_.end()) return came(of).has_value();
    // A send: gone when nobody holds it any more.
    return std::none_of(all_.sent_.begin(), all_.sent_.end(),
                        [&](const message& each) { return each.from == rank_ && each.ticket == of; });
  }
  bool all_done(std::span<const ticket> of) override {  // of sends
    return std::all_of(of.begin(), of.end(), [this](ticket each) { return done(each); });
  }
  ticket receive_any(std::uint32_t tag, std::byte* to, std::size_t bytes) override {
    return receive(any, tag, to, bytes);
  }
  std::optional<origin> came(ticket of) override {
    const auto mine = find(of);
    // Receives of one pair and tag are filled in the order of their posting.
    if (std::any_of(receives_.begin(), mine,
                    [&](const auto& each) { return each.peer == mine->peer && each.tag == mine->tag; }))
      return std::nullopt;
    const auto found = std::find_if(all_.sent_.begin(), all_.sent_.end(), [&](const message& each) {
      return (mine->peer == any || each.from == mine->peer) && each.to == rank_ && each.tag == mine->tag;
    });
    if (found == all_.sent_.end()) return std::nullopt;
    require(found->bytes <= mine->bytes, status::internal, "a message of {} bytes for a receive of {}", found->bytes,
            mine->bytes);
    if (found->bytes != 0) std::memcpy(mine->to, found->data, found->bytes);
    const origin of_it{found->from, found->bytes};
    all_.sent_.erase(found);
    receives_.erase(mine);
    return of_it;
  }

 private:
  struct posted {
    int peer;
    std::uint32_t tag;
    std::byte* to;
    std::size_t bytes;
    messages::ticket ticket;
  };
  static constexpr int any = -1;
  std::deque<posted>::iterator find(ticket of) {
    return std::find_if(receives_.begin(), receives_.end(), [&](const auto& each) { return each.ticket == of; });
  }

  loopback& all_;
  int rank_;
  ticket last_ = 0;
  std::deque<posted> receives_;
};

loopback::loopback(int size, std::size_t inline_bytes, memory::arena& memory, bool with_board) : memory_(memory) {
  for (int rank = 0; rank < size; ++rank) {
    links_.push_back(std::make_unique<link_of>(*this, rank));
    counts_.emplace_back();
  }
  if (!with_board) return;
  const board_shape shape = board_shape::of(size, inline_bytes);
  std::vector<board::member> members;
  for (int rank = 0; rank < size; ++rank) {
    std::byte* const control = memory.allocate(shape.control_bytes());
    std::memset(control, 0, shape.control_bytes());
    controls_.push_back(control);
    members.push_back({control, memory.base(), nullptr});
  }
  for (int rank = 0; rank < size; ++rank) {
    boards_.push_back(std::make_unique<board>(shape, rank, members, memory.base(), !board::can_spare_fences()));
  }
}

messages& loopback::link(int rank) {
  return *links_[static_cast<std::size_t>(rank)];
}

loopback::~loopback() {
  boards_.clear();
  for (std::byte* each : controls_) memory_.release(each);
}

}  // namespace clique::transport
