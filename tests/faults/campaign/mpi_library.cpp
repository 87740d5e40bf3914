// A library in front of MPI's, by MPI's profiling interface: it makes one call fail, see plan.hpp, of all functions
// that clique calls. CODE 1 stands for MPI_ERR_OTHER, 2 for MPI_ERR_NO_MEM.
//
// The call returns that and does nothing. Only MPI_Comm_split and MPI_Init_thread, in which the other ranks would then
// stay for good, are made all the same. MPI_Finalize and MPI_Abort never fail.
#include "plan.hpp"

#include <mpi.h>

#include <deque>

namespace {

// Never destroyed: MPI may be called after this library's end.
std::deque<fault::counter>& counters() {
  static auto* const all = new std::deque<fault::counter>;
  return *all;
}

fault::counter& counter_of(const char* entry) {
  return counters().emplace_back(entry);
}

int error_code() {
  return fault::plan::get().code == 2 ? MPI_ERR_NO_MEM : MPI_ERR_OTHER;
}

[[gnu::destructor]] void write_counts() {
  fault::write_counts("mpi", counters());
}

}  // namespace

#define COUNTER(name) static fault::counter& counter_of_##name = counter_of("MPI_" #name);
#define FAULTY(name, parameters, arguments)                 \
  COUNTER(name)                                             \
  extern "C" int MPI_##name parameters {                    \
    if (fault::due(counter_of_##name)) return error_code(); \
    return PMPI_##name arguments;                           \
  }
// The call is made, and its code is lost.
#define FAULTY_AFTERWARDS(name, parameters, arguments)          \
  COUNTER(name)                                                 \
  extern "C" int MPI_##name parameters {                        \
    const int code = PMPI_##name arguments;                     \
    return fault::due(counter_of_##name) ? error_code() : code; \
  }

using flag = int*;
using request = MPI_Request*;
using bytes = const void*;
using list = const int*;
#define BYTES_OUT bytes in, int n, MPI_Datatype t, void *out
#define ALL in, n, t, out

FAULTY_AFTERWARDS(Init_thread, (int* argc, char*** argv, int wanted, int* got), (argc, argv, wanted, got))
FAULTY_AFTERWARDS(Comm_split, (MPI_Comm comm, int color, int key, MPI_Comm* made), (comm, color, key, made))

FAULTY(Initialized, (flag is), (is))
FAULTY(Finalized, (flag is), (is))
FAULTY(Query_thread, (int* level), (level))
FAULTY(Get_library_version, (char* text, int* length), (text, length))
FAULTY(Error_string, (int code, char* text, int* length), (code, text, length))
FAULTY(Comm_rank, (MPI_Comm comm, int* rank), (comm, rank))
FAULTY(Comm_size, (MPI_Comm comm, int* size), (comm, size))
FAULTY(Comm_free, (MPI_Comm * comm), (comm))
FAULTY(Comm_idup, (MPI_Comm comm, MPI_Comm* made, request r), (comm, made, r))
FAULTY(Comm_get_errhandler, (MPI_Comm comm, MPI_Errhandler* handler), (comm, handler))
FAULTY(Comm_set_errhandler, (MPI_Comm comm, MPI_Errhandler handler), (comm, handler))
FAULTY(Errhandler_free, (MPI_Errhandler * handler), (handler))
FAULTY(Comm_create_keyval,
       (MPI_Comm_copy_attr_function * copy, MPI_Comm_delete_attr_function* drop, int* key, void* extra),
       (copy, drop, key, extra))
FAULTY(Comm_set_attr, (MPI_Comm comm, int key, void* value), (comm, key, value))
FAULTY(Type_contiguous, (int n, MPI_Datatype of, MPI_Datatype* made), (n, of, made))
FAULTY(Type_commit, (MPI_Datatype * type), (type))
FAULTY(Type_free, (MPI_Datatype * type), (type))

FAULTY(Isend, (bytes in, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, request r), (in, n, t, to, tag, c, r))
FAULTY(Irecv, (void* out, int n, MPI_Datatype t, int from, int tag, MPI_Comm c, request r),
       (out, n, t, from, tag, c, r))
FAULTY(Test, (request r, flag done, MPI_Status* status), (r, done, status))
FAULTY(Testall, (int n, MPI_Request rs[], flag done, MPI_Status statuses[]), (n, rs, done, statuses))
FAULTY(Get_count, (const MPI_Status* status, MPI_Datatype t, int* n), (status, t, n))
FAULTY(Cancel, (request r), (r))
FAULTY(Request_free, (request r), (r))

FAULTY(Ibarrier, (MPI_Comm c, request r), (c, r))
FAULTY(Ibcast, (void* out, int n, MPI_Datatype t, int root, MPI_Comm c, request r), (out, n, t, root, c, r))
FAULTY(Iscatter, (BYTES_OUT, int m, MPI_Datatype u, int root, MPI_Comm c, request r), (ALL, m, u, root, c, r))
FAULTY(Iscatterv,
       (bytes in, list ns, list ats, MPI_Datatype t, void* out, int m, MPI_Datatype u, int root, MPI_Comm c, request r),
       (in, ns, ats, t, out, m, u, root, c, r))
FAULTY(Igather, (BYTES_OUT, int m, MPI_Datatype u, int root, MPI_Comm c, request r), (ALL, m, u, root, c, r))
FAULTY(Igatherv, (BYTES_OUT, list ms, list ats, MPI_Datatype u, int root, MPI_Comm c, request r),
       (ALL, ms, ats, u, root, c, r))
FAULTY(Iallgather, (BYTES_OUT, int m, MPI_Datatype u, MPI_Comm c, request r), (ALL, m, u, c, r))
FAULTY(Iallgatherv, (BYTES_OUT, list ms, list ats, MPI_Datatype u, MPI_Comm c, request r), (ALL, ms, ats, u, c, r))
FAULTY(Ialltoall, (BYTES_OUT, int m, MPI_Datatype u, MPI_Comm c, request r), (ALL, m, u, c, r))
FAULTY(Ialltoallv,
       (bytes in, list ns, list ats, MPI_Datatype t, void* out, list ms, list to, MPI_Datatype u, MPI_Comm c,
        request r),
       (in, ns, ats, t, out, ms, to, u, c, r))
FAULTY(Ireduce, (bytes in, void* out, int n, MPI_Datatype t, MPI_Op op, int root, MPI_Comm c, request r),
       (in, out, n, t, op, root, c, r))
FAULTY(Iallreduce, (bytes in, void* out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c, request r),
       (in, out, n, t, op, c, r))
FAULTY(Ireduce_scatter, (bytes in, void* out, list ns, MPI_Datatype t, MPI_Op op, MPI_Comm c, request r),
       (in, out, ns, t, op, c, r))
FAULTY(Ireduce_scatter_block, (bytes in, void* out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c, request r),
       (in, out, n, t, op, c, r))
FAULTY(Iscan, (bytes in, void* out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c, request r), (in, out, n, t, op, c, r))
FAULTY(Iexscan, (bytes in, void* out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c, request r),
       (in, out, n, t, op, c, r))
