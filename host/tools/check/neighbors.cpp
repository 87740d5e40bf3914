// The collectives of neighbourhoods as cases of `clique bench --check-only`: on a grid and on a graph in turn.
#include "check/stage.hpp"

namespace clique::tools {

namespace {

// The block that `rank` sends as its `block`-th; of nobody: -1.
struct source {
  int rank;
  int block;
};

// Who is where, worked out apart from the library.
class layout_of_ranks {
 public:
  layout_of_ranks(bool grid, int size) : grid_(grid), size_(size) {
    if (grid) columns_ = dims_create(size, {0, 0})[1];
  }
  [[nodiscard]] int destinations(int rank) const {
    return grid_ ? 4 : static_cast<int>(graph_destinations(rank, size_).size());
  }
  [[nodiscard]] std::vector<source> sources(int rank) const {
    std::vector<source> from;
    if (grid_) {
      // Rows in a ring, columns not. What comes from below was sent upwards.
      const int rows = size_ / columns_, row = rank / columns_, column = rank % columns_;
      from.push_back({(row + rows - 1) % rows * columns_ + column, 1});
      from.push_back({(row + 1) % rows * columns_ + column, 0});
      from.push_back({column > 0 ? rank - 1 : -1, 3});
      from.push_back({column + 1 < columns_ ? rank + 1 : -1, 2});
    } else {
      for (int i = size_ - 1; i >= 0; --i) {
        const std::vector<int> to = graph_destinations(i, size_);
        for (std::size_t k = 0; k < to.size(); ++k)
          if (to[k] == rank) from.push_back({i, static_cast<int>(k)});
      }
    }
    return from;
  }

 private:
  bool grid_;
  int size_, columns_ = 1;
};

struct neighbors {
  communicator& comm;
  layout_of_ranks all;
  int destinations;
  std::vector<source> sources;
};
neighbors around(stage& s) {
  const bool grid = s.now->number % 2 == 0;
  const layout_of_ranks all(grid, s.size);
  return {grid ? *s.grid : *s.graph, all, all.destinations(s.rank), all.sources(s.rank)};
}

void run_allgather(stage& s) {
  const neighbors n = around(s);
  const std::size_t count = s.now->count;
  s.open_send(count);
  s.send.put(0, s.bits(s.rank), count);
  s.open_receive(count * n.sources.size());
  for (std::size_t k = 0; k < n.sources.size(); ++k)
    if (n.sources[k].rank >= 0) s.receive.expect(k * count, s.bits(n.sources[k].rank), count);
  s.call_on(n.comm, CLIQUE_FORMS(neighbor_allgather), s.send, s.receive);
}

void run_allgatherv(stage& s) {
  const neighbors n = around(s);
  const std::size_t mine = uneven(s.now->count, s.rank);
  s.open_send(mine);
  s.send.put(0, s.bits(s.rank), mine);
  // The blocks of those that are not there have room, too.
  const block_list from = lay_out(n.sources.size(), true, 1, [&](int k) {
    return uneven(s.now->count, std::max(0, n.sources[static_cast<std::size_t>(k)].rank));
  });
  s.open_receive(from.total);
  for (std::size_t k = 0; k < n.sources.size(); ++k)
    if (n.sources[k].rank >= 0) s.receive.expect(from.displacements[k], s.bits(n.sources[k].rank), from.counts[k]);
  s.call_on(n.comm, CLIQUE_FORMS(neighbor_allgatherv), s.send, s.receive, from.counts, from.displacements);
}

// `sent(rank)`: how that rank's blocks lie.
template <class Sent>
void open_exchange(stage& s, const neighbors& n, const block_list& received, Sent&& sent) {
  const block_list mine = sent(s.rank);
  s.open_send(mine.total);
  s.send.put(0, s.bits(s.rank), mine.total);
  s.open_receive(received.total);
  for (std::size_t k = 0; k < n.sources.size(); ++k) {
    const auto& [rank, block] = n.sources[k];
    if (rank < 0) continue;
    const block_list theirs = sent(rank);
    s.receive.expect(received.displacements[k], s.bits(rank, theirs.displacements[static_cast<std::size_t>(block)]),
                     received.counts[k]);
  }
}

void run_alltoall(stage& s) {
  const neighbors n = around(s);
  const auto equal = [&](std::size_t blocks) { return lay_out(blocks, false, 0, [&](int) { return s.now->count; }); };
  open_exchange(s, n, equal(n.sources.size()),
                [&](int rank) { return equal(static_cast<std::size_t>(n.all.destinations(rank))); });
  s.call_on(n.comm, CLIQUE_FORMS(neighbor_alltoall), s.send, s.receive);
}

// Elements of block `block` of `rank`; of those that are not there, too.
std::size_t elements_of(const stage& s, int rank, int block) {
  return uneven(s.now->count, std::max(0, rank) + block + static_cast<int>(s.now->number / 2 % 3));
}

void run_alltoallv(stage& s) {
  const neighbors n = around(s);
  const auto sent = [&](int rank) {
    return lay_out(static_cast<std::size_t>(n.all.destinations(rank)), false, 2,
                   [&](int block) { return elements_of(s, rank, block); });
  };
  const block_list to = sent(s.rank), from = lay_out(n.sources.size(), true, 1, [&](int k) {
                                        const auto& [rank, block] = n.sources[static_cast<std::size_t>(k)];
                                        return elements_of(s, rank, block);
                                      });
  open_exchange(s, n, from, sent);
  s.call_on(n.comm, CLIQUE_FORMS(neighbor_alltoallv), s.send, to.counts, to.displacements, s.receive, from.counts,
            from.displacements);
}

// Blocks of two types in turn, the second as small as they come, in buffers of bytes; displacements are in bytes.
void run_alltoallw(stage& s) {
  const neighbors n = around(s);
  const test_case& whole = *s.now;
  test_case in_bytes = whole;
  in_bytes.type = datatype::uint8;
  const datatype other = whole.type == datatype::uint8 ? datatype::int8 : datatype::uint8;
  const auto type_of_block = [&](int rank, int block) {
    return (std::max(0, rank) + block) % 2 == 0 ? whole.type : other;
  };
  const auto bytes_of_block = [&](int rank, int block) {
    return elements_of(s, rank, block) * size_of(type_of_block(rank, block));
  };
  const auto lay_out_bytes = [](std::size_t blocks, bool backwards, auto&& bytes) {
    block_list made = lay_out(blocks, backwards, 16, [&](int k) { return (bytes(k) + 15) / 16 * 16; });
    for (std::size_t k = 0; k < blocks; ++k) made.counts[k] = bytes(static_cast<int>(k));
    return made;
  };
  const auto sent = [&](int rank) {
    return lay_out_bytes(static_cast<std::size_t>(n.all.destinations(rank)), false,
                         [&](int block) { return bytes_of_block(rank, block); });
  };
  const block_list to = sent(s.rank), from = lay_out_bytes(n.sources.size(), true, [&](int k) {
                                        const auto& [rank, block] = n.sources[static_cast<std::size_t>(k)];
                                        return bytes_of_block(rank, block);
                                      });
  std::vector<std::size_t> send_counts, receive_counts;
  std::vector<datatype> send_types, receive_types;
  for (int block = 0; block < n.destinations; ++block) {
    send_counts.push_back(elements_of(s, s.rank, block));
    send_types.push_back(type_of_block(s.rank, block));
  }
  for (const auto& [rank, block] : n.sources) {
    receive_counts.push_back(elements_of(s, rank, block));
    receive_types.push_back(type_of_block(rank, block));
  }
  s.now = &in_bytes;
  open_exchange(s, n, from, sent);
  s.call_on(n.comm, CLIQUE_FORMS(neighbor_alltoallw), s.send, send_counts, to.displacements, send_types, s.receive,
            receive_counts, from.displacements, receive_types);
  s.now = &whole;
}

constexpr subject all[] = {
    {"neighbor_allgather", run_allgather}, {"neighbor_allgatherv", run_allgatherv}, {"neighbor_alltoall", run_alltoall},
    {"neighbor_alltoallv", run_alltoallv}, {"neighbor_alltoallw", run_alltoallw},
};

}  // namespace

std::span<const subject> neighboring_subjects() {
  return all;
}

}  // namespace clique::tools
