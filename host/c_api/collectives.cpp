// The collectives: each line of the table says what its arguments are.
#include "c_api/calls.hpp"

#include <numeric>

namespace {

// Where lists are in place, the send lists are not looked at.
bool is_in_place(cl_mem buffer) {
  return buffer == CLIQUE_IN_PLACE;
}

}  // namespace

CLIQUE_C_COLLECTIVE(barrier, (), {})

CLIQUE_C_COLLECTIVE(bcast, (cl_mem buffer, size_t offset, size_t count, clique_datatype type, int root, ), {
  call.root(root);
  call.receive(buffer, offset, count, type);
})

CLIQUE_C_COLLECTIVE(scatter, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, int root, ), {
  call.root(root);
  if (call.is_root()) call.send(send, send_offset, count, type, call.size());
  call.receive_or_in_place(receive, receive_offset, count, type);
})

CLIQUE_C_COLLECTIVE(scatterv,
                    (CLIQUE_C_SEND, CLIQUE_C_LISTS, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, int root, ), {
                      call.root(root);
                      if (call.is_root()) call.send_lists(send, send_offset, counts, displacements, call.size(), type);
                      call.receive_or_in_place(receive, receive_offset, count, type);
                    })

CLIQUE_C_COLLECTIVE(gather, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, int root, ), {
  call.root(root);
  call.send_or_in_place(send, send_offset, count, type);
  if (call.is_root()) call.receive(receive, receive_offset, count, type, call.size());
})

CLIQUE_C_COLLECTIVE(gatherv,
                    (CLIQUE_C_SEND, size_t count, CLIQUE_C_RECEIVE, CLIQUE_C_LISTS, clique_datatype type, int root, ), {
                      call.root(root);
                      call.send_or_in_place(send, send_offset, count, type);
                      if (call.is_root())
                        call.receive_lists(receive, receive_offset, counts, displacements, call.size(), type);
                    })

CLIQUE_C_COLLECTIVE(allgather, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, ), {
  call.send_or_in_place(send, send_offset, count, type);
  call.receive(receive, receive_offset, count, type, call.size());
})

CLIQUE_C_COLLECTIVE(allgatherv, (CLIQUE_C_SEND, size_t count, CLIQUE_C_RECEIVE, CLIQUE_C_LISTS, clique_datatype type, ),
                    {
                      call.send_or_in_place(send, send_offset, count, type);
                      call.receive_lists(receive, receive_offset, counts, displacements, call.size(), type);
                    })

CLIQUE_C_COLLECTIVE(alltoall, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, ), {
  call.send_or_in_place(send, send_offset, count, type, call.size());
  call.receive(receive, receive_offset, count, type, call.size());
})

CLIQUE_C_COLLECTIVE(
    alltoallv, (CLIQUE_C_SEND, CLIQUE_C_SEND_LISTS, CLIQUE_C_RECEIVE, CLIQUE_C_RECEIVE_LISTS, clique_datatype type, ), {
      if (is_in_place(send)) {
        call.send_or_in_place(send, 0, 0, type);
      } else {
        call.send_lists(send, send_offset, send_counts, send_displacements, call.size(), type);
      }
      call.receive_lists(receive, receive_offset, receive_counts, receive_displacements, call.size(), type);
    })

CLIQUE_C_COLLECTIVE(alltoallw,
                    (CLIQUE_C_SEND, CLIQUE_C_SEND_LISTS, const clique_datatype* send_types, CLIQUE_C_RECEIVE,
                     CLIQUE_C_RECEIVE_LISTS, const clique_datatype* receive_types, ),
                    {
                      if (is_in_place(send)) {
                        call.send_or_in_place(send, 0, 0, CLIQUE_UINT8);
                      } else {
                        call.send_lists(send, send_offset, send_counts, send_displacements, call.size(), send_types);
                      }
                      call.receive_lists(receive, receive_offset, receive_counts, receive_displacements, call.size(),
                                         receive_types);
                    })

CLIQUE_C_COLLECTIVE(reduce,
                    (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, clique_op op, int root, ), {
                      call.root(root);
                      call.op(op);
                      call.send_or_in_place(send, send_offset, count, type);
                      if (call.is_root()) call.receive(receive, receive_offset, count, type);
                    })

CLIQUE_C_COLLECTIVE(allreduce, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, clique_op op, ), {
  call.op(op);
  call.send_or_in_place(send, send_offset, count, type);
  call.receive(receive, receive_offset, count, type);
})

CLIQUE_C_COLLECTIVE(reduce_scatter,
                    (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, const size_t* counts, clique_datatype type, clique_op op, ), {
                      call.op(op);
                      call.receive_counts(counts);
                      const std::size_t all = std::accumulate(counts, counts + call.size(), std::size_t{0});
                      const bool in_place = call.send_or_in_place(send, send_offset, all, type);
                      call.receive(receive, receive_offset, in_place ? all : counts[call.rank()], type);
                    })

CLIQUE_C_COLLECTIVE(reduce_scatter_block,
                    (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, clique_op op, ), {
                      call.op(op);
                      const bool in_place = call.send_or_in_place(send, send_offset, count, type, call.size());
                      call.receive(receive, receive_offset, count, type, in_place ? call.size() : 1);
                    })

CLIQUE_C_COLLECTIVE(scan, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, clique_op op, ), {
  call.op(op);
  call.send_or_in_place(send, send_offset, count, type);
  call.receive(receive, receive_offset, count, type);
})

CLIQUE_C_COLLECTIVE(exscan, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, clique_op op, ), {
  call.op(op);
  call.send_or_in_place(send, send_offset, count, type);
  call.receive(receive, receive_offset, count, type);
})

// ---- neighbourhoods

CLIQUE_C_COLLECTIVE(neighbor_allgather, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, ), {
  call.send(send, send_offset, count, type);
  call.receive(receive, receive_offset, count, type, call.sources());
})

CLIQUE_C_COLLECTIVE(neighbor_allgatherv,
                    (CLIQUE_C_SEND, size_t count, CLIQUE_C_RECEIVE, CLIQUE_C_LISTS, clique_datatype type, ), {
                      call.send(send, send_offset, count, type);
                      call.receive_lists(receive, receive_offset, counts, displacements, call.sources(), type);
                    })

CLIQUE_C_COLLECTIVE(neighbor_alltoall, (CLIQUE_C_SEND, CLIQUE_C_RECEIVE, size_t count, clique_datatype type, ), {
  call.send(send, send_offset, count, type, call.destinations());
  call.receive(receive, receive_offset, count, type, call.sources());
})

CLIQUE_C_COLLECTIVE(
    neighbor_alltoallv,
    (CLIQUE_C_SEND, CLIQUE_C_SEND_LISTS, CLIQUE_C_RECEIVE, CLIQUE_C_RECEIVE_LISTS, clique_datatype type, ), {
      call.send_lists(send, send_offset, send_counts, send_displacements, call.destinations(), type);
      call.receive_lists(receive, receive_offset, receive_counts, receive_displacements, call.sources(), type);
    })

CLIQUE_C_COLLECTIVE(neighbor_alltoallw,
                    (CLIQUE_C_SEND, CLIQUE_C_SEND_LISTS, const clique_datatype* send_types, CLIQUE_C_RECEIVE,
                     CLIQUE_C_RECEIVE_LISTS, const clique_datatype* receive_types, ),
                    {
                      call.send_lists(send, send_offset, send_counts, send_displacements, call.destinations(),
                                      send_types);
                      call.receive_lists(receive, receive_offset, receive_counts, receive_displacements, call.sources(),
                                         receive_types);
                    })
