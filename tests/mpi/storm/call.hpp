// One random call as all ranks see it: what each of them gives, and which bytes must end up where.
#pragma once

#include "chance.hpp"
#include "pool.hpp"

#include <clique/clique.hpp>

#include <optional>
#include <string>
#include <vector>

namespace storm {

// As an index.
inline std::size_t at(int rank) {
  return static_cast<std::size_t>(rank);
}

// A communicator of all ranks, and who is whose neighbour on it: edge by edge, block `sent` of `from` arrives as block
// `received` of `to`.
struct edge {
  int from, to;
  std::size_t sent, received;
};
struct place {
  clique::communicator comm;
  std::vector<edge> edges;
  std::vector<std::size_t> destinations, sources;  // how many, of each rank
};
// All of the first one's ranks: itself, a duplicate, a grid, and a graph with loops and double edges.
std::vector<place> make_places(clique::communicator world);

// What one rank gives: a region of a buffer, and lists. In elements; those of alltoallw in bytes.
struct side {
  int buffer = -1;  // none: the call does not look at it
  std::size_t offset = 0, count = 0;
  std::vector<std::size_t> counts, displacements;
  std::vector<clique::datatype> types;
};
// Bytes that a call copies, between offsets in the two buffers.
struct move {
  int from, from_buffer;
  std::size_t at;
  int to, to_buffer;
  std::size_t into, bytes;
};
// One message of a group, in elements of the two regions.
struct letter {
  int from, to, tag;
  bool any_source;
  std::size_t at, into, count;
};

struct call {
  clique::collective what = clique::collective::barrier;
  bool messages = false, replaces = false;  // point-to-point instead
  std::size_t on = 0, row = 0;              // place, row of the pool
  int root = 0;
  int op = -1;                      // of the row; no reduction
  std::vector<side> send, receive;  // by rank
  std::vector<char> in_place;       // by rank
  std::vector<move> moves;
  std::vector<letter> letters;
  bool rest_undefined = false;  // behind the result in the receive region

  [[nodiscard]] std::vector<int> buffers() const;  // those that it uses
  [[nodiscard]] std::string text(const pool& of) const;

  // In the model.
  void expect(pool& of) const;
  // On this rank.
  void run(pool& of, place& where, const clique::call& how) const;
  [[nodiscard]] clique::request start(pool& of, place& where, const clique::call& how) const;
  [[nodiscard]] clique::persistent prepare(pool& of, place& where, const clique::call& how) const;
};

// Any, in buffers that are not busy; nothing if there are too few of the type that was drawn. `tag` is larger than all
// tags before by more than any call has messages.
std::optional<call> draw(chance& from, const pool& of, const std::vector<place>& places, int tag);

}  // namespace storm
