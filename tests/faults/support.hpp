// What the fault tests share: errors of all ranks, side by side. Messages go by MPI itself, on a communicator of their
// own, since clique's is what fails.
#pragma once

#include <clique/clique.hpp>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace faults {

// Of MPI_COMM_WORLD.
int rank();
int size();
// The rank that does something else; a test runs for each that is worth it.
void set_odd(int rank);
int odd();
inline bool is_odd() {
  return rank() == odd();
}

// Prints `what` and ends the job, unless it holds.
void expect(bool holds, const std::string& what);

struct thrown {
  clique::status code = clique::status::success;
  int rank = -1;
  std::string text;
};
thrown thrown_by(const std::function<void()>& call);

// The error is of this code, and its text has all these parts.
void expect_error(const thrown& error, clique::status code, std::initializer_list<std::string_view> parts);
// The same, and all ranks have the same error: code, text and rank(), which is `culprit`.
void expect_same(const thrown& error, clique::status code, int culprit, std::initializer_list<std::string_view> parts);

// An alltoall that must be right.
void expect_works(clique::communicator& comm);

// For the last line: this rank has seen what it should have.
void passed();

// ---- the tests
int refused(clique::communicator& comm);                // errors before data moves
int mismatched(clique::communicator& comm);             // pairs of calls, by the dozen
int refused_derived(clique::communicator& comm);        // communicators that cannot be made
int exhausted(clique::communicator& comm);              // MPI has no communicator left
int device_failure(clique::communicator& comm);         // a failed event in a wait list
int device_failure_asleep(clique::communicator& comm);  // whose rank is busy elsewhere
int disagreed_in_pairs(clique::communicator& comm);     // where those alone compare who exchange data
int skipped(clique::communicator& comm);                // a rank leaves a collective out
int stopped(clique::communicator& comm);                // a rank is stopped
int unwound(clique::communicator& comm);                // the exception leaves main's try block
int left_by_exception();                                // a rank leaves the communicator by an exception
int bad_start(const std::string& what);                 // a communicator cannot be made
int too_large(clique::communicator& comm);              // an array above the limit
int cannot_map();                                       // a rank cannot see the memory of its peers
int made_on();                                          // what is no communicator of MPI's, and one that is freed
int after_finalize(clique::communicator& comm);         // calls when MPI is finalized
int finalized_beside_thread();                          // the progress thread, at the end
int late();                                             // a rank comes when the others have given up
int stopped_while_making();                             // a rank is stopped before it comes
int no_thread();                                        // a process can start no thread
int no_second_thread();                                 // nor one more, when all else is there
int foreign_version();                                  // a rank runs another version of the library
int exits(clique::communicator& comm);                  // a rank calls exit() while a communicator lives
int quick_exits(clique::communicator& comm);            // or quick_exit()
int completed_event(clique::communicator& comm);        // the program completes the event of a request
int waits_for_device(clique::communicator& comm);       // deadlines: what they say
int waits_for_block(clique::communicator& comm);
int waits_for_room(clique::communicator& comm);
int waits_for_late_rank(clique::communicator& comm);
int error_table(clique::communicator& comm);  // README's table of errors, row by row
int unanswered(clique::communicator& comm);   // a message that is never sent, and one that nobody receives

}  // namespace faults
