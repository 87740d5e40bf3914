// Point-to-point on the loopback: messages whose every byte is known beforehand, posted on any rank in any order, with
// the staging that the test wants.
#pragma once

#include "ranks.hpp"

#include <clique/request.hpp>

#include <algorithm>
#include <deque>
#include <string>

namespace test {

// One call on one rank, with its memory.
class posting {
 public:
  posting(rank_under_test& on, memory::arena& memory)
      : call(std::make_shared<engine::message_group>()), on_(on), memory_(memory) {
    call->reset();
  }
  ~posting() {
    for (std::byte* each : blocks_) memory_.release(each);
  }
  posting(const posting&) = delete;
  posting& operator=(const posting&) = delete;

  // `count` elements of one byte, what message `id` holds.
  posting& send(int to, int tag, std::size_t count, std::uint64_t id, staging::kind kind = staging::kind::direct) {
    std::byte* const block = add(true, to, tag, count, kind);
    for (std::size_t k = 0; k < count; ++k) block[k] = content(id, k);
    return *this;
  }
  posting& recv(int from, int tag, std::size_t count, staging::kind kind = staging::kind::direct) {
    std::fill_n(add(false, from, tag, count, kind), count + guard, canary);
    return *this;
  }
  // Its data is there only some looks after its start.
  posting& late() {
    call->ready = false;
    call->gate = on_.device->begin([] {});
    return *this;
  }
  // Not before the test says so.
  staging::ticket held() {
    call->ready = false;
    return call->gate = on_.device->hold();
  }
  posting& start() {
    on_.matcher->start(call);
    return *this;
  }

  [[nodiscard]] bool done() const { return call->finished(); }
  // Bytes of receive `k`, among all of the call's messages, that are not those of message `id`; canaries included.
  [[nodiscard]] std::size_t wrong(std::size_t k, std::uint64_t id) const {
    const std::size_t count = call->transfers[k].part.count;
    std::size_t bad = 0;
    for (std::size_t at = 0; at < count; ++at) bad += blocks_[k][at] != content(id, at) ? 1 : 0;
    for (std::size_t at = count; at < count + guard; ++at) bad += blocks_[k][at] != canary ? 1 : 0;
    return bad;
  }
  [[nodiscard]] bool untouched(std::size_t k) const {
    return std::all_of(blocks_[k], blocks_[k] + call->transfers[k].part.count + guard,
                       [](std::byte each) { return each == canary; });
  }
  [[nodiscard]] std::string error() const { return call->failure ? call->failure->what() : ""; }

  std::shared_ptr<engine::message_group> call;

 private:
  static constexpr std::byte canary{0xa5};
  static constexpr std::size_t guard = 16;
  static std::byte content(std::uint64_t id, std::size_t k) {
    return static_cast<std::byte>((id * 151 + k * 7 + k / 251) & 0xff);
  }
  std::byte* add(bool sends, int peer, int tag, std::size_t count, staging::kind kind) {
    std::byte* const block = memory_.allocate(count + guard);
    blocks_.push_back(block);
    engine::message_part part{sends, peer, tag, datatype::uint8, count, {}};
    part.range.bytes = count;
    if (count != 0) {
      part.range.kind = kind;
      part.range.buffer = reinterpret_cast<_cl_mem*>(block);
      if (staging::always_addressed(kind)) part.range.host = block;
    }
    call->add(part);
    return block;
  }

  rank_under_test& on_;
  memory::arena& memory_;
  std::vector<std::byte*> blocks_;
};

struct messages_world {
  static constexpr std::size_t segment = 256;
  messages_world(int size, path way, unsigned seed = 7, std::span<const ways::row> rows = ways::table())
      : chance(seed), all(size, way, 64, segment, arena, chance, rows), ranks_(static_cast<std::size_t>(size)) {}

  posting& on(int rank) {
    return *calls.emplace_back(std::make_unique<posting>(all[static_cast<std::size_t>(rank)], arena));
  }
  void look(int rank) { all.look_at_messages(static_cast<std::size_t>(rank)); }
  void look_some(int looks) {
    for (; looks > 0; --looks) all.look_at_messages(chance() % ranks_);
  }
  // In random order, until all calls are done; false if they do not get there.
  bool finish() {
    for (int idle = 0; idle < 400; ++idle) {
      for (std::size_t k = 0; k < ranks_; ++k) idle = all.look_at_messages(chance() % ranks_) ? 0 : idle;
      if (std::all_of(calls.begin(), calls.end(), [](const auto& each) { return each->done(); })) return true;
    }
    return false;
  }
  bool idle() {
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      if (!all[rank].matcher->idle() || all[rank].device->under_way() != 0) return false;
    }
    return all.stray_messages() == 0;
  }
  staging::kind any_kind() { return static_cast<staging::kind>(1 + chance() % 4); }

  std::mt19937 chance;
  memory::arena arena{std::size_t{1} << 30};
  ranks all;
  std::deque<std::unique_ptr<posting>> calls;

 private:
  std::size_t ranks_;
};

inline constexpr path all_paths[] = {path::board, path::messages, path::mixed};
inline constexpr staging::kind all_kinds[] = {staging::kind::direct, staging::kind::host, staging::kind::mapped,
                                              staging::kind::slots};
// At which something changes: what is inlined, a segment, a ring.
inline constexpr std::size_t message_sizes[] = {
    0, 1, 143, 144, 145, messages_world::segment, messages_world::segment + 1, 2 * messages_world::segment + 3, 5000};

}  // namespace test
