#include "ways/shared.hpp"

#include "core/copy.hpp"

#include <cstring>

namespace clique::ways {

using transport::letter_kind;
using transport::letter_view;

// ---- owner

bool shared::offer(const block& which, const endpoint& from, transit& state) {
  if (!state.begun) return begin_offer(which, from, state);
  bool moved = false;
  if (state.ring != nullptr) {
    moved = fill_ring(which, from, state);
  } else {
    moved = state.done = board_.taken(which.address, number(which.peer), which.key) == from.bytes;
  }
  if (state.done && state.timed) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - state.since;
    races_of(which.peer, from.bytes)
        .took(static_cast<std::size_t>(state.how), took.count() / static_cast<double>(from.bytes));
  }
  return moved;
}

// By the size of a block: up to 64 KiB, 512 KiB, 4 MiB, above.
fastest<3>& shared::races_of(int peer, std::size_t bytes) noexcept {
  auto& all = races_[static_cast<std::size_t>(peer)];
  std::size_t size = 0;
  for (std::size_t most = std::size_t{64} << 10; size + 1 < all.size() && bytes > most; most *= 8) ++size;
  return all[size];
}

manner shared::race(const block& which, const endpoint& from, transit& state, std::size_t manners) {
  state.timed = true;
  state.since = std::chrono::steady_clock::now();
  return static_cast<manner>(races_of(which.peer, from.bytes).next(manners));
}

bool shared::begin_offer(const block& which, const endpoint& from, transit& state) {
  const int reader = number(which.peer);
  if (from.host != nullptr && from.ready && from.bytes <= board_.inline_bytes(which.address)) {
    std::memcpy(board_.inline_place(which.address, reader, which.key, from.bytes), from.host, from.bytes);
    board_.offer_inlined(which.address, reader, which.key, from.bytes, which.more);
    if (from.published) board_.wake(reader);  // else the arrival does
    state.done = !which.more;
    return state.begun = true;
  }
  if (from.memory.kind == staging::kind::direct) {
    board_.offer_linear(which.address, reader, which.key, from.host, from.bytes);
    if (from.published) board_.wake(reader);
    return state.begun = true;
  }
  if (!from.ready || !state.lease(from.rings)) return false;
  if (from.host != nullptr && !state.timed) {
    if (from.attended) {
      state.how = race(which, from, state, 2);
    } else {
      state.how = from.bytes < core::stream_bytes ? manner::cached : manner::streamed;
    }
  }
  board_.offer_ring(which.address, reader, which.key, state.ring, pieces_of(from).ring, from.bytes);
  state.begun = true;
  fill_ring(which, from, state);
  return true;
}

// What the host copies goes in small pieces: they stay in the caches that both cores share, if they do, and the reader
// soon begins. Measured: see host/DESIGN.md.
shared::pieces shared::pieces_of(const endpoint& from) const noexcept {
  constexpr std::size_t least = std::size_t{8} << 10, most = std::size_t{32} << 10;
  const std::size_t quarter = std::clamp(from.bytes / transit::most_flights, least, most);
  const std::size_t piece = from.host != nullptr ? quarter : segment_bytes_;
  return {std::min(piece, segment_bytes_), transit::most_flights * std::min(piece, segment_bytes_)};
}

// Byte k of the block lies at k of the ring, modulo its size; a segment is overwritten when the reader has taken it.
bool shared::fill_ring(const block& which, const endpoint& from, transit& state) {
  struct ends {
    shared& on;
    const block& which;
    const endpoint& from;
    transit& state;
    int reader;
    std::size_t ring_bytes, segment;

    std::size_t next(std::size_t at) const {
      const std::size_t piece = std::min(segment, from.bytes - at);
      return at + piece <= on.board_.taken(which.address, reader, which.key) + ring_bytes ? piece : 0;
    }
    void begin(flight& one) const {
      std::byte* const piece = state.ring + one.offset % ring_bytes;
      if (from.host != nullptr) {
        core::copy_piece(piece, from.host + one.offset, one.bytes,
                         state.how == manner::streamed ? core::stream_bytes : 0);
      } else {
        one.ticket = on.device_.read(from.memory, from.offset + one.offset, one.bytes, piece);
      }
    }
    bool half(flight& one) const { return on.device_.done(one.ticket); }
    void go_on(flight&) const {}
    bool over(flight&) const { return true; }
    void reached(std::size_t bytes) const { on.board_.set_available(which.address, reader, which.key, bytes); }
  };
  const int reader = number(which.peer);
  const pieces by = pieces_of(from);
  const std::size_t piece = from.host != nullptr ? by.piece : device_.piece_of(from.bytes, by.piece);
  const bool moved = pump(state, from.bytes, ends{*this, which, from, state, reader, by.ring, piece});
  if (board_.taken(which.address, reader, which.key) == from.bytes) state.finish();
  return moved || state.done;
}

bool shared::withdraw(const block& which, const endpoint& from, transit& state) {
  if (!state.begun || state.done || state.ring != nullptr || state.withdrawn || which.more) return false;
  const int reader = number(which.peer);
  memory::arena& memory = memory_;
  std::shared_ptr<std::byte> copy(memory.allocate(from.bytes), [&memory](std::byte* made) { memory.release(made); });
  state.withdrawn = true;
  if (!board_.withdraw(which.address, reader, which.key)) return false;  // too late: its reader is at it
  core::copy(copy.get(), from.host, from.bytes);
  board_.offer_moved(which.address, reader, which.key, std::move(copy));
  return state.done = true;
}

std::optional<std::uint64_t> shared::place(const endpoint& of) {
  if (of.memory.kind != staging::kind::direct) return std::nullopt;
  return board_.place(of.host);
}

// ---- reader

bool shared::look(const block& which, std::size_t bytes, letter_view& from) const {
  return board_.look(which.address, number(which.peer), which.key, bytes, from);
}

// Where the block lies, if it is there and may be read.
bool shared::find(const block& which, const endpoint& to, const transit& state, letter_view& from) {
  if (!look(which, to.bytes, from)) return false;
  require(from.bytes == to.bytes, status::internal, "rank {} offers {} bytes where {} are fetched", which.peer,
          from.bytes, to.bytes);
  const bool claimable = from.kind == letter_kind::linear || from.kind == letter_kind::process;
  if (!claimable || state.begun) return true;
  // The block's owner may have moved it meanwhile.
  return board_.claim(which.address, number(which.peer), which.key) && look(which, to.bytes, from);
}

// The peer keeps its staging memory until it ends.
void shared::know_ring(const block& which, const letter_view& from) {
  if (!known_rings_.insert(from.base).second) return;
  const std::size_t bytes = transit::most_flights * segment_bytes_;
  device_.pin(from.base, bytes, board_.make_writable(number(which.peer), from.base, bytes));
}

bool shared::fetch(const block& which, const endpoint& to, transit& state) {
  struct ends {
    shared& on;
    const block& which;
    const endpoint& to;
    const transit& state;
    letter_view from{};

    // Not longer than a segment, so that the ring's owner soon gets it back; and not many at a time, so that short ones
    // become longer, as more of them comes meanwhile.
    std::size_t next(std::size_t at) const {
      if (state.count == 3) return 0;
      const std::size_t there = from.available - std::min(from.available, at);
      if (from.kind != letter_kind::ring) return there;
      return std::min({there, from.ring - at % from.ring, to.host != nullptr ? from.ring : on.segment_bytes_});
    }
    void begin(flight& one) const {
      const std::byte* const piece = from.base + (from.kind == letter_kind::ring ? one.offset % from.ring : one.offset);
      if (to.host != nullptr) {
        core::copy_piece(to.host + one.offset, piece, one.bytes, to.bytes);
      } else {
        one.ticket = on.device_.write(to.memory, to.offset + one.offset, one.bytes, piece);
      }
    }
    bool half(flight& one) const { return on.device_.done(one.ticket); }
    void go_on(flight&) const {}
    bool over(flight&) const { return true; }
    void reached(std::size_t bytes) const {
      if (from.kind != letter_kind::inlined || which.more || to.host == nullptr)
        on.board_.take(which.address, on.number(which.peer), which.key, bytes);
    }
  };
  if (!to.ready) return false;
  ends reading{*this, which, to, state};
  bool moved = false;
  if (state.ring == nullptr && state.started == to.bytes &&
      state.count != 0) {  // what the device writes: the letter tells nothing new
    moved = pump(state, to.bytes, reading);
  } else if (state.finished != to.bytes) {
    if (!find(which, to, state, reading.from)) return false;
    if (reading.from.kind == letter_kind::process) return read_process(reading.from, which, to, state);
    if (!state.begun && reading.from.kind == letter_kind::ring && to.host == nullptr) know_ring(which, reading.from);
    state.begun = true;
    state.reads_peer = state.reads_peer || reading.from.kind != letter_kind::inlined;
    if (to.host != nullptr && reading.from.kind != letter_kind::ring) {  // in one piece
      core::copy(to.host, reading.from.base, to.bytes);
      reading.reached(to.bytes);
      return state.done = true;
    }
    moved = pump(state, to.bytes, reading);
  }
  state.done = state.finished == to.bytes;
  return moved;
}

// A block that lies in one piece stays there.
bool shared::view(const block& which, const endpoint& to, transit& state) {
  if (!state.begun) {
    letter_view from;
    if (!to.ready || !find(which, to, state, from)) return false;
    if (from.kind != letter_kind::ring && from.kind != letter_kind::process) {
      state.reads_peer = from.kind != letter_kind::inlined;
      state.held = which.more || from.kind == letter_kind::linear;
      state.seen = from.base;
      return state.done = state.begun = true;
    }
  }
  return way::view(which, to, state);
}

void shared::release(const block& which, std::size_t bytes) {
  board_.take(which.address, number(which.peer), which.key, bytes);
}

}  // namespace clique::ways
