// All ranks of a communicator in one process, on the loopback: the real executor, plans, board and tree; a device whose
// copies are done some looks later. A test drives the ranks in whatever order it likes.
#pragma once

#include "symbols.hpp"

#include "engine/executor.hpp"
#include "engine/operation.hpp"
#include "messages/matcher.hpp"
#include "transport/loopback.hpp"
#include "transport/tree.hpp"
#include "ways/table.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <unistd.h>

namespace test {

using namespace clique;

// "Device memory" is host memory that the engine must not touch: the binding's buffer is its address.
class slow_device final : public staging::port {
 public:
  explicit slow_device(unsigned seed) : chance_(seed) {}

  staging::ticket map(staging::binding& range, bool, staging::ticket) override {
    range.host = memory(range);
    return begin([] {});
  }
  staging::ticket unmap(staging::binding& range) override {
    range.host = nullptr;
    return begin([] {});
  }
  staging::ticket read(const staging::binding& range, std::size_t offset, std::size_t bytes, std::byte* to) override {
    return begin([=] { std::memcpy(to, memory(range) + offset, bytes); });
  }
  staging::ticket write(const staging::binding& range, std::size_t offset, std::size_t bytes,
                        const std::byte* from) override {
    return begin([=] { std::memcpy(memory(range) + offset, from, bytes); });
  }
  staging::ticket copy(const staging::binding& from, std::size_t from_offset, const staging::binding& to,
                       std::size_t to_offset, std::size_t bytes) override {
    return begin([=] { std::memcpy(memory(to) + to_offset, memory(from) + from_offset, bytes); });
  }
  // Of symbols (see there); in the order in which they were begun, as a queue has it.
  staging::ticket combine(const staging::combiner&, const staging::binding& left, std::size_t left_offset,
                          const staging::binding& right, std::size_t right_offset, const staging::binding& to,
                          std::size_t to_offset, std::size_t count) override {
    const staging::ticket made = begin([=] {
      combine_symbols(memory(left) + left_offset, memory(right) + right_offset, memory(to) + to_offset, count);
    });
    pending_.at(made).ordered = true;
    return made;
  }
  void forget(staging::ticket of) noexcept override {
    if (of != 0) pending_.at(of).forgotten = true;
  }
  bool done(staging::ticket& of) override {
    if (of == 0) return true;
    pending& mine = pending_.at(of);
    if (mine.looks-- > 0) return false;
    for (auto each = pending_.begin(); each->first < of;) {
      if (each->second.forgotten || each->second.ordered) each->second.run();
      each = each->second.forgotten ? pending_.erase(each) : std::next(each);
    }
    mine.run();
    for (auto& each : mine.then) each(false);
    pending_.erase(of);
    of = 0;
    return true;
  }
  void when_done(staging::ticket of, std::function<void(bool)> then) override {
    pending_.at(of).then.push_back(std::move(then));
  }

  // Work of the user's that an operation waits for.
  staging::ticket begin(std::function<void()> work) {
    if (refuses) throw *std::exchange(refuses, std::nullopt);
    pending_[++last_] = {static_cast<int>(chance_() % 4), std::move(work), {}};
    return last_;
  }
  // Work that is done when release() says so.
  staging::ticket hold() {
    pending_[++last_] = {1 << 30, [] {}, {}};
    return last_;
  }
  void release(staging::ticket of) { pending_.at(of).looks = 0; }
  [[nodiscard]] std::size_t under_way() const { return pending_.size(); }
  std::optional<error> refuses;  // thrown by the next call that begins something

 private:
  struct pending {
    int looks;
    std::function<void()> work;
    std::vector<std::function<void(bool)>> then;
    bool forgotten = false;
    bool ordered = false;  // runs before what was begun after it
    bool ran = false;
    void run() {
      if (!std::exchange(ran, true)) work();
    }
  };
  static std::byte* memory(const staging::binding& range) {
    return reinterpret_cast<std::byte*>(range.buffer) + range.offset;
  }

  std::mt19937 chance_;  // its own: each rank may be a thread
  staging::ticket last_ = 0;
  std::map<staging::ticket, pending> pending_;
};

enum class path { board, messages, mixed };  // mixed: two nodes, even and odd ranks

struct rank_under_test {
  std::unique_ptr<slow_device> device;  // outlives the rings, which it may know
  engine::links links;
  std::unique_ptr<transport::tree> tree;
  std::vector<std::unique_ptr<ways::way>> ways;
  std::unique_ptr<engine::executor> executor;
  std::unique_ptr<engine::matcher> matcher;
};

class ranks {
 public:
  ranks(int size, path way, std::size_t inline_bytes, std::size_t segment_bytes, memory::arena& memory,
        std::mt19937& chance, std::span<const ways::row> rows = ways::table())
      : staging_(memory, 0),  // each pool its one ring
        whole_(size, inline_bytes, memory),
        even_((size + 1) / 2, inline_bytes, memory),
        odd_(std::max(1, size / 2), inline_bytes, memory),
        all_(static_cast<std::size_t>(size)),
        read_each_other_(chance() % 2 == 0) {
    for (int rank = 0; rank < size; ++rank) {
      rank_under_test& mine = all_[static_cast<std::size_t>(rank)];
      mine.device = std::make_unique<slow_device>(static_cast<unsigned>(chance()));
      mine.links.rank = rank;
      mine.links.size = size;
      mine.links.device = mine.device.get();
      mine.links.arena = &memory;
      mine.links.segment_bytes = segment_bytes;
      mine.links.make_pools(staging_, 1);  // the least there may be: nothing may rely on more
      std::vector<int> numbers(static_cast<std::size_t>(size), -1);
      if (way == path::board) {
        mine.links.board = &whole_.shm(rank);
        for (int peer = 0; peer < size; ++peer) numbers[static_cast<std::size_t>(peer)] = peer;
      } else if (way == path::mixed) {
        mine.links.board = &(rank % 2 == 0 ? even_ : odd_).shm(rank / 2);
        for (int peer = rank % 2; peer < size; peer += 2) numbers[static_cast<std::size_t>(peer)] = peer / 2;
      }
      mine.links.numbers = numbers;
      std::vector<int> boards;
      for (int peer = 0; peer < size; ++peer) boards.push_back(way == path::mixed ? peer % 2 : -1);
      if (way == path::board) {
        mine.links.meeting = mine.links.board;
      } else {
        mine.tree = std::make_unique<transport::tree>(whole_.link(rank), rank, boards, mine.links.board, inline_bytes);
        mine.links.meeting = mine.tree.get();
        mine.links.parcels = mine.tree.get();
      }
      join(mine,
           {rank, mine.links.board, numbers, &whole_.link(rank), mine.tree.get(), mine.device.get(), &memory,
            segment_bytes, nullptr, std::vector<std::int32_t>(static_cast<std::size_t>(size), getpid())},
           way, rows);
      mine.executor = std::make_unique<engine::executor>(mine.links);
      mine.matcher = std::make_unique<engine::matcher>(mine.links);
    }
  }

  rank_under_test& operator[](std::size_t rank) { return all_[rank]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

  // One look of one rank at one of its operations.
  bool look(std::size_t rank, engine::operation& op) {
    rank_under_test& mine = all_[rank];
    if (mine.tree != nullptr) mine.tree->progress();
    const bool moved = mine.executor->advance(op);
    if (mine.tree != nullptr) mine.tree->flush();
    return moved;
  }
  // One look of one rank at its messages.
  bool look_at_messages(std::size_t rank) {
    rank_under_test& mine = all_[rank];
    if (mine.tree != nullptr) mine.tree->progress();
    const bool moved = mine.matcher->progress();
    mine.matcher->take_finished();
    return moved;
  }
  // It needs nothing more of others' operations up to `seq`, and has done its own up to `done`.
  void leave(std::size_t rank, std::uint64_t seq) { leave(rank, seq, seq); }
  void leave(std::size_t rank, std::uint64_t seq, std::uint64_t done) {
    rank_under_test& mine = all_[rank];
    if (mine.tree != nullptr) mine.tree->leave(done);
    if (mine.links.board != nullptr) mine.links.board->leave(seq);
  }
  [[nodiscard]] std::size_t stray_messages() const { return whole_.stray(); }

 private:
  void join(rank_under_test& mine, const ways::means& of, path way, std::span<const ways::row> rows) {
    const auto profile_of = [&](int rank) {
      const int board = way == path::board ? 0 : way == path::mixed ? rank % 2 : -1;
      ways::profile made{rank, way == path::mixed ? static_cast<std::uint64_t>(rank % 2) : 0, board};
      made.number = static_cast<std::size_t>(rank);
      made.reads.assign(all_.size(), read_each_other_);
      made.addresses = true;
      return made;
    };
    std::map<const ways::row*, ways::way*> by_row;
    for (int peer = 0; peer < mine.links.size; ++peer) {
      const ways::row* const row = ways::choose(profile_of(mine.links.rank), profile_of(peer), rows).way;
      ways::way*& made = by_row[row];
      if (made == nullptr) made = mine.ways.emplace_back(row->make(of)).get();
      mine.links.add(*made);
      const int number = of.numbers[static_cast<std::size_t>(peer)];
      if (number >= 0) {
        mine.links.mail.push_back({mine.links.board, number});
      } else {
        mine.links.mail.push_back({mine.tree.get(), peer});
      }
    }
  }

  memory::staging_memory staging_;
  transport::loopback whole_, even_, odd_;
  std::vector<rank_under_test> all_;
  bool read_each_other_;  // their processes, which are one
};

}  // namespace test
