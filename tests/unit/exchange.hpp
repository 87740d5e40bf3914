// One rank's part of an alltoall of equal blocks, with the staging that the test wants: for the engine's edges.
#pragma once

#include "ranks.hpp"

#include <clique/collective.hpp>
#include "schedule/builder.hpp"
#include "schedule/pull.hpp"
#include "schedule/rules.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace test {

class exchange {
 public:
  exchange(ranks& all, std::size_t rank, std::size_t most, memory::arena& memory)
      : on_(all[rank]),
        rank_(rank),
        size_(all.size()),
        memory_(memory),
        in_(memory.allocate(size_ * most)),
        out_(memory.allocate(size_ * most)) {}
  ~exchange() {
    memory_.release(in_);
    memory_.release(out_);
  }
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  // Ready to be looked at as operation `seq`. `late`: its data is there only some looks after it has begun. Each block
  // goes in one piece, or in so many as there are bytes, at most `pieces`.
  void begin(std::uint64_t seq, std::size_t block, staging::kind in, staging::kind out, bool late = false,
             std::size_t pieces = 1) {
    block_ = block;
    op.reset();
    op.seq = seq;
    op.may_lease = true;
    std::fill_n(out_, size_ * block, canary);
    bind(schedule::buffer::in, in, in_);
    bind(schedule::buffer::out, out, out_);
    const auto fill = [this, seq] {
      for (std::size_t to = 0; to < size_; ++to) {
        for (std::size_t k = 0; k < block_; ++k) in_[to * block_ + k] = content(seq, rank_, to, k);
      }
    };
    if (late) {
      spoil();
      op.ready = false;
      op.gate = on_.device->begin(fill);
    } else {
      fill();
    }
    auto plan = std::make_shared<engine::prepared_plan>();
    std::vector<schedule::block> blocks;
    for (std::size_t peer = 0; peer < size_; ++peer) blocks.push_back({peer * block, block});
    schedule::shape shape;
    shape.rank = static_cast<int>(rank_);
    shape.size = static_cast<int>(size_);
    shape.send = shape.receive = schedule::edges(blocks);
    plan->plan = pieces == 1 ? schedule::pull(shape) : in_pieces(shape, pieces);
    plan->count_steps();
    op.plan = std::move(plan);
    op.mine = {};
    op.mine.signature.collective = static_cast<std::uint32_t>(clique::collective::alltoall);
    op.mine.signature.count = block;
  }
  // Makes it one with counts of its own.
  void call_v(std::vector<std::size_t> sent, std::vector<std::size_t> expected) {
    auto plan = std::make_shared<engine::prepared_plan>(*op.plan);
    plan->sent = std::move(sent);
    plan->expected = std::move(expected);
    plan->pairs = transport::pair_sum(rank_, {plan->sent, plan->expected});
    op.mine.signature.collective = static_cast<std::uint32_t>(clique::collective::alltoallv);
    op.mine.signature.count = 0;
    op.mine.signature.pairs = plan->pairs;
    op.plan = std::move(plan);
  }

  // The user writes something else to the send buffer.
  void spoil() { std::fill_n(in_, size_ * block_, std::byte{0xee}); }
  [[nodiscard]] bool untouched() const {
    return std::all_of(out_, out_ + size_ * block_, [](std::byte each) { return each == canary; });
  }
  // Bytes received that are not what alltoall gives.
  [[nodiscard]] std::size_t wrong() const {
    std::size_t count = 0;
    for (std::size_t from = 0; from < size_; ++from) {
      for (std::size_t k = 0; k < block_; ++k) {
        count += out_[from * block_ + k] != content(op.seq, from, rank_, k) ? 1 : 0;
      }
    }
    return count;
  }

  engine::operation op;

 private:
  static constexpr std::byte canary{0xa5};
  static std::byte content(std::uint64_t seq, std::size_t from, std::size_t to, std::size_t k) {
    return static_cast<std::byte>((seq * 131 + from * 31 + to * 17 + k * 7 + k / 251) & 0xff);
  }
  static schedule::plan in_pieces(const schedule::shape& shape, std::size_t pieces) {
    schedule::builder make;
    const auto each_piece = [&](int peer, schedule::buffer where, auto&& act) {
      const schedule::block& all = shape.send[static_cast<std::size_t>(peer)].where;
      for (std::uint32_t key = 0; key < pieces; ++key) {
        const auto piece = schedule::slice_of(all.bytes, 1, static_cast<int>(key), static_cast<int>(pieces));
        if (piece.bytes != 0) act(key, schedule::range{where, all.offset + piece.offset, piece.bytes});
      }
    };
    using schedule::buffer;
    schedule::each_after(shape, [&](int peer) {
      each_piece(peer, buffer::in, [&](std::uint32_t key, schedule::range piece) { make.offer(peer, key, piece); });
    });
    make.end_prologue();
    schedule::each_before(shape, [&](int peer) {
      each_piece(peer, buffer::out, [&](std::uint32_t key, schedule::range piece) { make.fetch(peer, key, piece); });
    });
    const schedule::block own = shape.send[static_cast<std::size_t>(shape.rank)].where;
    make.copy({buffer::in, own.offset, own.bytes}, {buffer::out, own.offset, own.bytes});
    const std::size_t bytes = own.bytes * shape.send.size();
    return schedule::settled(make.take(), shape, {bytes, bytes}, "alltoall:in_pieces");
  }
  void bind(schedule::buffer which, staging::kind kind, std::byte* at) {
    staging::binding& mine = op.bound(which);
    mine.kind = kind;
    mine.buffer = reinterpret_cast<_cl_mem*>(at);
    mine.bytes = size_ * block_;
    if (staging::always_addressed(kind)) mine.host = at;
  }

  rank_under_test& on_;
  std::size_t rank_, size_;
  memory::arena& memory_;
  std::byte *in_, *out_;
  std::size_t block_ = 0;
};

using exchanges = std::vector<std::unique_ptr<exchange>>;

inline exchanges one_each(ranks& all, std::size_t most, memory::arena& memory) {
  exchanges parts;
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    parts.push_back(std::make_unique<exchange>(all, rank, most, memory));
  }
  return parts;
}

// Looks at all parts of one operation, in random order, until all are done; false if they do not get there.
inline bool finish(ranks& all, exchanges& parts, std::mt19937& chance) {
  for (int looks = 0; looks < 100000; ++looks) {
    const std::size_t rank = chance() % parts.size();
    engine::operation& op = parts[rank]->op;
    if (!op.finished()) all.look(rank, op);
    if (op.fetched) all.leave(rank, op.seq, op.finished() ? op.seq : op.seq - 1);
    if (std::all_of(parts.begin(), parts.end(), [](const auto& each) { return each->op.finished(); })) {
      for (std::size_t each = 0; each < parts.size(); ++each) all.leave(each, op.seq, op.seq);
      return true;
    }
  }
  return false;
}

}  // namespace test
