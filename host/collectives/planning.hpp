// What the files of this room share. Each has the description of one kind of collective: how its arguments are checked,
// and what its algorithms are told.
#pragma once

#include "communicator/opening.hpp"
#include "schedule/shape.hpp"
#include "tuning/tuning.hpp"

#include <clique/call.hpp>

#include <vector>

namespace clique::collectives {

using detail::arguments;
using engine::communicator_state;
using engine::plan_key;
using engine::valid_call;
using schedule::buffer;

// A shape to be filled in, and what else belongs to the plan.
struct draft {
  schedule::shape shape;
  std::size_t bytes = 0;                                // see tuning::facts
  bool pairs = false;                                   // counts differ from pair to pair: they have to be compared
  std::vector<datatype> send_types{}, receive_types{};  // by edge, where each has its own
  bool covers_out = false;                              // see engine::prepared_plan
  bool fills_out = false;        // the vector to receive is what temporary memory was filled with
  transport::mpi_call by_mpi{};  // count and lists, where MPI's own collective needs them
};

// One kind of collective.
struct description {
  // Checks the arguments on this rank and binds its regions. What it throws all ranks will.
  valid_call (*validate)(communicator_state& on, const arguments& args);
  // Fills in the draft of the plan that has that key: the same key, the same plan. May throw of what is looked at once
  // for each plan: that received blocks do not overlap.
  void (*draw)(const communicator_state& on, const plan_key& of, draft& made);
};

extern const description barrier, bcast;
extern const description scatter;         // and scatterv
extern const description gather;          // and gatherv
extern const description allgather;       // and allgatherv
extern const description alltoall;        // and alltoallv, alltoallw
extern const description reduction;       // reduce, allreduce, scan, exscan
extern const description reduce_scatter;  // and reduce_scatter_block
extern const description neighbor;        // neighbor_*

// Throws clique::error(internal) for what is no collective with arguments.
const description& description_of(collective what);

// What all ranks know of a call.
tuning::facts facts_of(const communicator_state& on, std::size_t bytes, bool exact);
// The plan of a call: of an earlier one like it, or what the chosen algorithm makes of the draft.
const std::shared_ptr<const engine::prepared_plan>& plan_of(communicator_state& on, const description& of,
                                                            const valid_call& call);

// ---- for validate

// A valid call with its operator, and its key but for the count. All ranks must have that type alike; where each block
// has its own, it is uint8, and the types of a pair are compared.
valid_call begin(communicator_state& on, const arguments& args, datatype type);

inline std::size_t size_of(const communicator_state& on) {
  return static_cast<std::size_t>(on.size());
}
inline std::size_t rank_of(const communicator_state& on) {
  return static_cast<std::size_t>(on.rank());
}

void require_root(const communicator_state& on, const arguments& args);
void require_in_place_at_root(const communicator_state& on, const arguments& args, const char* buffer);
// The elements of each rank's part of so many.
std::size_t part_of(std::size_t elements, std::size_t size);
// The list has one entry for each of so many.
void require_entries(std::span<const std::size_t> list, std::size_t wanted, const char* what, const char* whom);

// A list of blocks: counts, displacements and types as in a call. Without types all are of `element` bytes, and
// displacements are in elements; with types displacements are in bytes.
struct block_list {
  std::span<const std::size_t> counts, displacements;
  std::span<const datatype> types{};
  std::size_t element = 1;
};
// All lie within the region, `what` in messages; where an empty one would lie does not matter.
void require_within(const block_list& list, const region& within, const char* what);

void require_types(std::span<const datatype> types, std::size_t wanted, const char* what);
// The operator fits the type; the call's signature has it.
void require_operator(valid_call& call);

// ---- for draw

// The blocks of a list that was checked.
std::vector<schedule::block> blocks(const block_list& list);
// No two of them overlap. Returns them.
std::vector<schedule::block> require_apart(std::vector<schedule::block> blocks);
// Blocks of equal size, one behind the other.
std::vector<schedule::block> even_blocks(std::size_t size, std::size_t bytes);
// What the key says of the blocks to send and to receive.
block_list send_list(const plan_key& of);
block_list receive_list(const plan_key& of);

}  // namespace clique::collectives
