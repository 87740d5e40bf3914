// The plans of all ranks, judged and run in memory: no engine, no transport.
#pragma once

#include "schedules.hpp"

namespace test {

// What is wrong with the plans, whatever the order in which the ranks get on; nothing if nothing is:
// - the form: prologues, buffers, keys, the sizes of blocks, operands and scratch;
// - offers that nobody takes, or that are waited for in vain;
// - circles of steps that wait for each other;
// - memory that one step writes while another may use it (of this rank or, through an offer, of another).
std::string faults(const std::vector<clique::schedule::plan>& plans, const problem& of);

// Whether the ranks get done if each can have but one offer and one fetch of the user's memory under way, in the order
// of its plan: as when that memory is a device's alone and staging memory is scarce. Temporary memory is the host's.
// (What goes through staging memory is not viewed where it lies: a view ends the offer.) Scarce somewhere: on some
// ranks, in some directions, so that blocks may come in another order than they are sent on. On two nodes, of even and
// odd ranks: a block from the same node is fetched without it, and offered there before the ranks agree.
enum class scarce { everywhere, somewhere, on_two_nodes };
bool done_when_scarce(const std::vector<clique::schedule::plan>& plans, std::mt19937& chance,
                      scarce where = scarce::everywhere);

// What `out` holds after the plans have run in some order; plans without faults give the same in every order. Throws
// std::runtime_error if a step reads temporary memory that nothing has written.
std::vector<bytes> run(const std::vector<clique::schedule::plan>& plans, const problem& of, const memory& before,
                       const reduction& how, std::mt19937& chance);

}  // namespace test
