// Environment, communicators, topologies.
#include "c_api/describe.hpp"
#include "c_api/handles.hpp"

#include <clique/clique_mpi.h>
#include <clique/topology.hpp>

#include <algorithm>
#include <mutex>

namespace clique::c_api {
namespace {

struct process_environment {
  std::mutex mutex;
  int users = 0;
  std::unique_ptr<environment> made;
};
// Never destroyed: a program that ends without clique_finalize(), by exit() or MPI_Abort(), must not finalize MPI
// there.
process_environment& the_environment() {
  static process_environment* const one = std::make_unique<process_environment>().release();
  return *one;
}

clique_status create(MPI_Comm mpi, clique_device device, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make(comm, device == nullptr ? communicator(mpi) : communicator(mpi, of(device)));
  });
}

// A handle to a communicator that not every rank gets.
void make_for_member(clique_comm* comm, std::optional<communicator> made) {
  *comm = made ? new clique_comm_s(std::move(*made)) : nullptr;
}

void copy(const std::vector<int>& from, int* to) {
  if (to != nullptr) std::copy(from.begin(), from.end(), to);
}

const cartesian& grid_of(clique_comm comm) {
  return clique::grid_of(of(comm).comm);
}

static_assert(static_cast<int>(topology_kind::none) == CLIQUE_NO_TOPOLOGY &&
              static_cast<int>(topology_kind::cartesian) == CLIQUE_CARTESIAN &&
              static_cast<int>(topology_kind::graph) == CLIQUE_GRAPH);
static_assert(any_source == CLIQUE_ANY_SOURCE && any_tag == CLIQUE_ANY_TAG && no_rank == CLIQUE_NO_RANK);

}  // namespace
}  // namespace clique::c_api

using namespace clique::c_api;

clique_status clique_init() {
  return guard([&] {
    process_environment& one = the_environment();
    const std::scoped_lock lock(one.mutex);
    if (one.made == nullptr) one.made = std::make_unique<clique::environment>();
    ++one.users;
  });
}

clique_status clique_finalize() {
  return guard([&] {
    process_environment& one = the_environment();
    const std::scoped_lock lock(one.mutex);
    clique::require(one.users != 0, clique::status::invalid_argument, "clique_finalize() without clique_init()");
    if (--one.users == 0) one.made.reset();
  });
}

clique_status clique_comm_create(MPI_Comm mpi, clique_device device, clique_comm* comm) {
  return create(mpi, device, comm);
}

clique_status clique_comm_create_from_fortran(int mpi, clique_device device, clique_comm* comm) {
  return create(MPI_Comm_f2c(static_cast<MPI_Fint>(mpi)), device, comm);
}

clique_status clique_comm_create_world(clique_device device, clique_comm* comm) {
  return create(MPI_COMM_WORLD, device, comm);
}

void clique_comm_free(clique_comm comm) {
  free_handle(comm);
}

void clique_comm_abort(clique_comm comm) {
  if (!is_pointer(comm)) return;
  // A communicator that an exception destroys tells the others.
  guard([&] {
    const std::unique_ptr<clique_comm_s> gone(comm);
    throw clique::error(clique::status::poisoned, "clique_comm_abort()");
  });
}

clique_status clique_comm_rank(clique_comm comm, int* rank) {
  return guard([&] { given(rank, "rank") = of(comm).comm.rank(); });
}

clique_status clique_comm_size(clique_comm comm, int* size) {
  return guard([&] { given(size, "size") = of(comm).comm.size(); });
}

clique_status clique_comm_device(clique_comm comm, clique_device* device) {
  return guard([&] { given(device, "device") = &of(comm).device; });
}

clique_status clique_comm_describe(clique_comm comm, clique_rank_info* info) {
  return guard([&] {
    const clique::rank_info from = of(comm).comm.describe();
    clique_rank_info& to = given(info, "info");
    to.rank = from.rank;
    to.size = from.size;
    to.node_rank = from.node_rank;
    to.node_size = from.node_size;
    write(from.host, to.host);
    write(from.staging, to.staging);
    write(from.staging_reason, to.staging_reason);
    write(from.buffers, to.buffers);
    write(from.buffers_reason, to.buffers_reason);
    to.staging_used = from.staging_used;
    to.staging_peak = from.staging_peak;
    to.staging_limit = from.staging_limit;
    write(from.transport, to.transport);
    write(from.transport_reason, to.transport_reason);
    write(from.mpi, to.mpi);
    write(from.device, to.device);
  });
}

clique_status clique_comm_set_timeout(clique_comm comm, double seconds) {
  return guard([&] { of(comm).comm.set_timeout(std::chrono::duration<double>(seconds)); });
}

clique_status clique_comm_set_agreement(clique_comm comm, clique_agreement with) {
  return guard([&] {
    clique::require(with == CLIQUE_AGREEMENT_FULL || with == CLIQUE_AGREEMENT_PAIRS, clique::status::invalid_argument,
                    "{} is no agreement: CLIQUE_AGREEMENT_FULL is 0, CLIQUE_AGREEMENT_PAIRS 1", static_cast<int>(with));
    of(comm).comm.set_agreement(static_cast<clique::agreement>(with));
  });
}

clique_status clique_comm_agreement(clique_comm comm, clique_agreement* with) {
  return guard([&] { given(with, "with") = static_cast<clique_agreement>(of(comm).comm.agreement()); });
}

clique_status clique_comm_timeout(clique_comm comm, double* seconds) {
  return guard([&] { given(seconds, "seconds") = of(comm).comm.timeout().count(); });
}

clique_status clique_comm_agree(clique_comm comm, clique_status mine, const char* message) {
  return guard([&] {
    of(comm).comm.agree([&] {
      const auto code = static_cast<clique::status>(mine);
      if (code != clique::status::success) throw clique::error(code, message == nullptr ? clique::name(code) : message);
    });
  });
}

clique_status clique_comm_dup(clique_comm parent, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make_for_member(comm, of(parent).comm.dup());
  });
}

clique_status clique_comm_split(clique_comm parent, int color, int key, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make_for_member(comm, of(parent).comm.split(color == CLIQUE_UNDEFINED ? clique::undefined : color, key));
  });
}

clique_status clique_comm_split_by_node(clique_comm parent, int key, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make_for_member(comm, of(parent).comm.split_by_node(key));
  });
}

clique_status clique_cart_create(clique_comm parent, size_t dimensions, const int* dims, const int* periods,
                                 clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make_for_member(comm, clique::make_cart(of(parent).comm, list(dims, dimensions, "dimensions"),
                                            list(periods, dimensions, "periods")));
  });
}

clique_status clique_cart_sub(clique_comm grid, const int* remains, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    const std::size_t dimensions = grid_of(grid).dims().size();
    make_for_member(comm, clique::cart_sub(of(grid).comm, list(remains, dimensions, "remaining dimensions")));
  });
}

clique_status clique_dims_create(int ranks, size_t dimensions, int* dims) {
  return guard([&] {
    const auto given_dims = list(dims, dimensions, "dimensions");
    copy(clique::dims_create(ranks, {given_dims.begin(), given_dims.end()}), dims);
  });
}

clique_status clique_cart_dimensions(clique_comm grid, size_t* dimensions) {
  return guard([&] { given(dimensions, "dimensions") = grid_of(grid).dims().size(); });
}

clique_status clique_cart_get(clique_comm grid, int* dims, int* periods) {
  return guard([&] {
    const clique::cartesian& from = grid_of(grid);
    copy(from.dims(), dims);
    copy(from.periods(), periods);
  });
}

clique_status clique_cart_coords(clique_comm grid, int rank, int* coords) {
  return guard([&] {
    const std::vector<int> result = grid_of(grid).coords(rank);
    copy(result, list(coords, result.size(), "coordinates").data());
  });
}

clique_status clique_cart_rank(clique_comm grid, const int* coords, int* rank) {
  return guard([&] {
    const clique::cartesian& in = grid_of(grid);
    given(rank, "rank") = in.rank_of(list(coords, in.dims().size(), "coordinates"));
  });
}

clique_status clique_cart_shift(clique_comm grid, int direction, int displacement, int* source, int* destination) {
  return guard([&] {
    const auto shifted = grid_of(grid).shift(of(grid).comm.rank(), direction, displacement);
    hand_out(source, shifted.source);
    hand_out(destination, shifted.destination);
  });
}

clique_status clique_graph_create(clique_comm parent, size_t num_sources, const int* sources, size_t num_destinations,
                                  const int* destinations, clique_comm* comm) {
  return guard([&] {
    given(comm, "comm");
    make_for_member(comm, clique::make_graph(of(parent).comm, list(sources, num_sources, "sources"),
                                             list(destinations, num_destinations, "destinations")));
  });
}

clique_status clique_comm_topology(clique_comm comm, clique_topology* kind) {
  return guard([&] { given(kind, "kind") = static_cast<clique_topology>(clique::topology_of(of(comm).comm)); });
}

clique_status clique_neighbors_count(clique_comm comm, size_t* num_sources, size_t* num_destinations) {
  return guard([&] {
    const clique::neighborhood& all = clique::neighbors_of(of(comm).comm);
    hand_out(num_sources, all.sources.size());
    hand_out(num_destinations, all.destinations.size());
  });
}

clique_status clique_neighbors(clique_comm comm, int* sources, int* destinations) {
  return guard([&] {
    const clique::neighborhood& all = clique::neighbors_of(of(comm).comm);
    copy(all.sources, sources);
    copy(all.destinations, destinations);
  });
}
