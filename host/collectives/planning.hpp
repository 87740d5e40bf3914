// What the files of this room share: each validates one kind of call, and says what its blocks are.
#pragma once

#include "communicator/call.hpp"
#include "schedule/shape.hpp"

#include <clique/call.hpp>

#include <vector>

namespace clique::collectives {

using detail::arguments;
using engine::call_frame;
using plan_ref = const std::shared_ptr<const engine::prepared_plan>&;

// Validates the call, binds its regions, completes its signature and returns its plan. What it throws all ranks will.
using planner = plan_ref (*)(call_frame&, const arguments&);

plan_ref barrier(call_frame& frame, const arguments& args);
plan_ref bcast(call_frame& frame, const arguments& args);
plan_ref scatter(call_frame& frame, const arguments& args);         // and scatterv
plan_ref gather(call_frame& frame, const arguments& args);          // and gatherv
plan_ref allgather(call_frame& frame, const arguments& args);       // and allgatherv
plan_ref alltoall(call_frame& frame, const arguments& args);        // and alltoallv, alltoallw
plan_ref reduction(call_frame& frame, const arguments& args);       // reduce, allreduce, scan, exscan
plan_ref reduce_scatter(call_frame& frame, const arguments& args);  // and reduce_scatter_block
plan_ref neighbor(call_frame& frame, const arguments& args);        // neighbor_*

// ---- for them

// A shape to be filled in, and what else belongs to the plan.
struct draft {
  schedule::shape shape;
  std::size_t bytes = 0;  // see tuning::facts
  bool exact = false;
  bool pairs = false;                                   // counts differ from pair to pair: they have to be compared
  std::vector<datatype> send_types{}, receive_types{};  // by edge, where each has its own
  bool covers_out = false;                              // see engine::prepared_plan
  std::size_t count = 0;
  bool fills_out = false;      // the vector to receive is what temporary memory was filled with
  transport::mpi_call by_mpi;  // lists, where MPI's own collective needs them
};

[[nodiscard]] engine::plan_key key_of(const call_frame& frame, const arguments& args, std::size_t count);
[[nodiscard]] draft begin_draft(const call_frame& frame, const arguments& args, std::size_t count);
[[nodiscard]] std::shared_ptr<const engine::prepared_plan> build(const call_frame& frame, const arguments& args,
                                                                 draft made);

// The plan of an earlier call like this one, of `count` elements, or the one that the algorithm makes of what `fill`
// puts into the draft.
template <class Fill>
plan_ref plan(call_frame& frame, const arguments& args, std::size_t count, Fill&& fill) {
  return frame.plans().get(key_of(frame, args, count), [&] {
    draft made = begin_draft(frame, args, count);
    fill(made);
    return build(frame, args, std::move(made));
  });
}

void require_root(const call_frame& frame, const arguments& args);
void require_in_place_at_root(const call_frame& frame, const arguments& args, const char* buffer);
// The elements of each rank's part of so many.
std::size_t part_of(std::size_t elements, std::size_t size);
// The list has one entry for each of so many.
void require_entries(std::span<const std::size_t> list, std::size_t wanted, const char* what, const char* whom);

// Block j of a list of counts and displacements, in bytes, of elements of that size. All must lie within `holds`
// elements; where an empty one would lie does not matter.
std::vector<schedule::block> blocks(std::span<const std::size_t> counts, std::span<const std::size_t> displacements,
                                    std::size_t holds, std::size_t element, const char* what);
// The same where each block has its type and displacements are in bytes, of `holds` bytes.
std::vector<schedule::block> blocks(std::span<const std::size_t> counts, std::span<const std::size_t> displacements,
                                    std::span<const datatype> types, std::size_t holds, const char* what);
// No two of them overlap.
void require_apart(std::vector<schedule::block> of);

// Blocks of equal size, one behind the other.
std::vector<schedule::block> even_blocks(std::size_t size, std::size_t bytes);

}  // namespace clique::collectives
