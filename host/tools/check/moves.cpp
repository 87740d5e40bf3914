// The collectives that move data, and barrier, as cases of `clique bench --check-only`.
#include "check/stage.hpp"
#include "mpi.hpp"

#include <chrono>
#include <thread>

#include <sched.h>

namespace clique::tools {

namespace {

std::size_t index(int rank) {
  return static_cast<std::size_t>(rank);
}

// No rank leaves before the last one, which comes late, has come; by the clock that the ranks of a node share.
void run_barrier(stage& s) {
  using clock = std::chrono::steady_clock;
  MPI_Comm node = MPI_COMM_NULL;
  check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  clock::time_point arrived, left;
  std::optional<persistent> prepared;
  if (s.now->how == form::persistent) prepared = barrier_init(s.comm);
  s.load();
  barrier(node);
  if (s.rank == static_cast<int>(s.now->number / 3) % s.size) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  arrived = clock::now();
  switch (s.now->how) {
    case form::blocking: clique::barrier(s.comm); break;
    case form::nonblocking: ibarrier(s.comm).wait(); break;
    case form::persistent:
      prepared->start();
      prepared->wait();
      break;
  }
  left = clock::now();
  const auto ticks = [](clock::time_point at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); };
  std::uint64_t last = ticks(arrived);
  maximum(node, std::span(&last, 1));
  check(MPI_Comm_free(&node), "MPI_Comm_free");
  if (ticks(left) < last) s.complain("left before all ranks had come");
}

void run_bcast(stage& s) {
  const std::size_t n = s.now->count;
  s.open_receive(n);
  if (s.rank == s.now->root)
    s.receive.put(0, s.bits(s.rank), n);
  else
    s.receive.expect(0, s.bits(s.now->root), n);
  s.call_on(s.comm, CLIQUE_FORMS(bcast), s.receive, s.now->root);
}

// Scatter and gather come with equal blocks and with lists; `list` is the root's buffer in both.
block_list equal_blocks(const stage& s) {
  return lay_out(index(s.size), false, 0, [&](int) { return s.now->count; });
}
block_list listed_blocks(const stage& s) {
  return lay_out(index(s.size), s.now->number % 2 != 0, 1, [&](int k) { return uneven(s.now->count, k); });
}

// Where rank `to` finds its block among the inputs of the root: at its displacement.
template <class Call>
void scatter_blocks(stage& s, const block_list& list, Call&& call) {
  const bool root = s.rank == s.now->root;
  const std::size_t mine = list.counts[index(s.rank)];
  if (root) {
    s.open_send(list.total);
    s.send.put(0, s.bits(s.rank), list.total);
  }
  const bool in_place = root && s.now->in_place;
  if (!in_place) {
    s.open_receive(mine);
    s.receive.expect(0, s.bits(s.now->root, list.displacements[index(s.rank)]), mine);
  }
  call(in_place);
}

void run_scatter(stage& s) {
  scatter_blocks(s, equal_blocks(s), [&](bool in_place) {
    if (in_place)
      s.call_on(s.comm, CLIQUE_FORMS(scatter), s.send, clique::in_place, s.now->root);
    else
      s.call_on(s.comm, CLIQUE_FORMS(scatter), s.send, s.receive, s.now->root);
  });
}

void run_scatterv(stage& s) {
  const block_list list = listed_blocks(s);
  scatter_blocks(s, list, [&](bool in_place) {
    const auto& [counts, displacements, total] = list;
    if (in_place)
      s.call_on(s.comm, CLIQUE_FORMS(scatterv), s.send, counts, displacements, clique::in_place, s.now->root);
    else
      s.call_on(s.comm, CLIQUE_FORMS(scatterv), s.send, counts, displacements, s.receive, s.now->root);
  });
}

template <class Call>
void gather_blocks(stage& s, const block_list& list, bool receives, Call&& call) {
  const std::size_t mine = list.counts[index(s.rank)];
  const bool in_place = receives && s.now->in_place;
  if (!in_place) {
    s.open_send(mine);
    s.send.put(0, s.bits(s.rank), mine);
  }
  if (receives) {
    s.open_receive(list.total);
    for (int peer = 0; peer < s.size; ++peer)
      s.receive.expect(list.displacements[index(peer)], s.bits(peer), list.counts[index(peer)]);
    if (in_place) s.receive.put(list.displacements[index(s.rank)], s.bits(s.rank), mine);
  }
  call(in_place);
}

void run_gather(stage& s) {
  gather_blocks(s, equal_blocks(s), s.rank == s.now->root, [&](bool in_place) {
    if (in_place)
      s.call_on(s.comm, CLIQUE_FORMS(gather), clique::in_place, s.receive, s.now->root);
    else
      s.call_on(s.comm, CLIQUE_FORMS(gather), s.send, s.receive, s.now->root);
  });
}

void run_gatherv(stage& s) {
  const block_list list = listed_blocks(s);
  gather_blocks(s, list, s.rank == s.now->root, [&](bool in_place) {
    const auto& [counts, displacements, total] = list;
    if (in_place)
      s.call_on(s.comm, CLIQUE_FORMS(gatherv), clique::in_place, s.receive, counts, displacements, s.now->root);
    else
      s.call_on(s.comm, CLIQUE_FORMS(gatherv), s.send, s.receive, counts, displacements, s.now->root);
  });
}

void run_allgather(stage& s) {
  gather_blocks(s, equal_blocks(s), true, [&](bool) { s.call_maybe_in_place(CLIQUE_FORMS(allgather), s.receive); });
}

void run_allgatherv(stage& s) {
  const block_list list = listed_blocks(s);
  gather_blocks(s, list, true, [&](bool) {
    s.call_maybe_in_place(CLIQUE_FORMS(allgatherv), s.receive, list.counts, list.displacements);
  });
}

// Of both alltoall and alltoallv: `sent(i)` is how rank i's blocks lie in its send buffer (in place: in its receive
// buffer), `received` how they lie here.
template <class Sent>
void open_exchange(stage& s, const block_list& received, Sent&& sent) {
  const block_list mine = sent(s.rank);
  s.open_receive(received.total);
  if (!s.now->in_place) s.open_send(mine.total);
  window& from = s.now->in_place ? s.receive : s.send;
  for (int peer = 0; peer < s.size; ++peer) {
    const std::size_t at = mine.displacements[index(peer)];
    from.put(at, s.bits(s.rank, at), mine.counts[index(peer)]);
  }
  for (int peer = 0; peer < s.size; ++peer)
    s.receive.expect(received.displacements[index(peer)], s.bits(peer, sent(peer).displacements[index(s.rank)]),
                     received.counts[index(peer)]);
}

void run_alltoall(stage& s) {
  const block_list list = equal_blocks(s);
  open_exchange(s, list, [&](int) { return list; });
  s.call_maybe_in_place(CLIQUE_FORMS(alltoall), s.receive);
}

// From i to j; in place the same there and back.
std::size_t elements_between(const stage& s, int i, int j) {
  const int which = s.now->in_place ? i + j : i + 2 * j;
  return uneven(s.now->count, which + static_cast<int>(s.now->number % 3));
}

void run_alltoallv(stage& s) {
  const bool in_place = s.now->in_place;
  const auto received = [&](int rank) {
    return lay_out(index(s.size), true, 1, [&](int peer) { return elements_between(s, peer, rank); });
  };
  const auto sent = [&](int rank) {
    if (in_place) return received(rank);
    return lay_out(index(s.size), false, 2, [&](int peer) { return elements_between(s, rank, peer); });
  };
  const block_list to = sent(s.rank), from = received(s.rank);
  open_exchange(s, from, sent);
  s.call_maybe_in_place(CLIQUE_FORMS(alltoallv), to.counts, to.displacements, s.receive, from.counts,
                        from.displacements);
}

// Blocks of two types in turn, the second as small as they come, in buffers of bytes; displacements are in bytes.
void run_alltoallw(stage& s) {
  constexpr std::size_t alignment = 16;
  const test_case& whole = *s.now;
  test_case in_bytes = whole;
  in_bytes.type = datatype::uint8;
  const datatype other = whole.type == datatype::uint8 ? datatype::int8 : datatype::uint8;
  const auto type_between = [&](int i, int j) { return (i + j) % 2 == 0 ? whole.type : other; };
  const auto bytes_between = [&](int i, int j) { return elements_between(s, i, j) * size_of(type_between(i, j)); };
  const auto aligned = [](std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  // Laid out with room to align the next; then with their own sizes.
  const auto lay_out_bytes = [&](bool backwards, auto&& bytes) {
    block_list made = lay_out(index(s.size), backwards, alignment, [&](int peer) { return aligned(bytes(peer)); });
    for (int peer = 0; peer < s.size; ++peer) made.counts[index(peer)] = bytes(peer);
    return made;
  };
  const auto received = [&](int rank) {
    return lay_out_bytes(true, [&](int peer) { return bytes_between(peer, rank); });
  };
  const auto sent = [&](int rank) {
    if (whole.in_place) return received(rank);
    return lay_out_bytes(false, [&](int peer) { return bytes_between(rank, peer); });
  };
  std::vector<std::size_t> send_counts, receive_counts;
  std::vector<datatype> types;  // of a pair the same there and back
  for (int peer = 0; peer < s.size; ++peer) {
    send_counts.push_back(elements_between(s, s.rank, peer));
    receive_counts.push_back(elements_between(s, peer, s.rank));
    types.push_back(type_between(s.rank, peer));
  }
  s.now = &in_bytes;
  s.open_send(2);
  const block_list to = sent(s.rank), from = received(s.rank);
  open_exchange(s, from, sent);
  s.call_maybe_in_place(CLIQUE_FORMS(alltoallw), send_counts, to.displacements, types, s.receive, receive_counts,
                        from.displacements, types);
  s.now = &whole;
}

constexpr subject all[] = {
    {"barrier", run_barrier, false, subject::tried::once},
    {"bcast", run_bcast},
    {"scatter", run_scatter, true},
    {"scatterv", run_scatterv, true},
    {"gather", run_gather, true},
    {"gatherv", run_gatherv, true},
    {"allgather", run_allgather, true},
    {"allgatherv", run_allgatherv, true},
    {"alltoall", run_alltoall, true},
    {"alltoallv", run_alltoallv, true},
    {"alltoallw", run_alltoallw, true},
};

}  // namespace

std::span<const subject> moving_subjects() {
  return all;
}

}  // namespace clique::tools
