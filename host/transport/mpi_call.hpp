// A collective as MPI is asked for it: data, so that a plan can hold it.
#pragma once

#include <clique/collective.hpp>
#include <clique/datatype.hpp>
#include <clique/reduce_op.hpp>

#include <cstddef>
#include <vector>

namespace clique::transport {

// All counts and displacements are in elements of `element` bytes.
struct mpi_call {
  collective what = collective::barrier;
  bool in_place = false;
  int root = 0;
  std::size_t element = 1;
  std::size_t count = 0;  // of each block, or of the vector
  std::vector<std::size_t> send_counts, send_displacements, receive_counts, receive_displacements;
  datatype type = datatype::uint8;  // of reductions: an integer
  op_kind op = op_kind::sum;
};

}  // namespace clique::transport
