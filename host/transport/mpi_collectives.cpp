#include "transport/mpi_collectives.hpp"

#include "core/check.hpp"
#include "core/keep.hpp"
#include "transport/mpi_comm.hpp"

#include <climits>

namespace clique::transport {
namespace {

int narrow(std::size_t elements) {
  require(elements <= INT_MAX, status::unsupported,
          "the algorithm mpi takes counts and displacements of at most {} elements, not {}", INT_MAX, elements);
  return static_cast<int>(elements);
}

std::vector<int> narrow(const std::vector<std::size_t>& list) {
  std::vector<int> result;
  for (const std::size_t each : list) result.push_back(narrow(each));
  return result;
}

MPI_Datatype integer(datatype type) {
  constexpr MPI_Datatype types[] = {MPI_INT8_T,  MPI_UINT8_T,  MPI_INT16_T, MPI_UINT16_T,
                                    MPI_INT32_T, MPI_UINT32_T, MPI_INT64_T, MPI_UINT64_T};
  require(type <= datatype::uint64, status::internal, "{} is left to MPI", name(type));
  return types[static_cast<int>(type)];
}

MPI_Op operation(op_kind kind) {
  switch (kind) {
    case op_kind::sum: return MPI_SUM;
    case op_kind::prod: return MPI_PROD;
    case op_kind::min: return MPI_MIN;
    case op_kind::max: return MPI_MAX;
    case op_kind::land: return MPI_LAND;
    case op_kind::lor: return MPI_LOR;
    case op_kind::lxor: return MPI_LXOR;
    case op_kind::band: return MPI_BAND;
    case op_kind::bor: return MPI_BOR;
    case op_kind::bxor: return MPI_BXOR;
    default: fail(status::internal, "an operator is left to MPI that MPI has not");
  }
}

}  // namespace

struct mpi_collectives::call {
  MPI_Request request = MPI_REQUEST_NULL;
  std::vector<int> send_counts, send_displacements, receive_counts, receive_displacements;
};

mpi_collectives::mpi_collectives(MPI_Comm own) : comm_(own) {}

mpi_collectives::~mpi_collectives() {
  if (mpi_is_over()) return;
  for (auto& [bytes, type] : elements_) MPI_Type_free(&type);
  if (calls_.empty()) MPI_Comm_free(&comm_);
  // What is in flight cannot be cancelled, and MPI goes on reading its lists.
  for (auto& [number, in_flight] : calls_) core::keep_for_good(std::shared_ptr(std::move(in_flight)));
}

MPI_Datatype mpi_collectives::element_type(std::size_t bytes) {
  if (const auto known = elements_.find(bytes); known != elements_.end()) return known->second;
  MPI_Datatype made = MPI_DATATYPE_NULL;
  check_mpi(MPI_Type_contiguous(narrow(bytes), MPI_BYTE, &made), "MPI_Type_contiguous");
  elements_.emplace(bytes, made);
  check_mpi(MPI_Type_commit(&made), "MPI_Type_commit");
  return made;
}

foreign_collectives::ticket mpi_collectives::start(const mpi_call& what, const std::byte* in, std::byte* out) {
  auto made = std::make_unique<call>();
  made->send_counts = narrow(what.send_counts);
  made->send_displacements = narrow(what.send_displacements);
  made->receive_counts = narrow(what.receive_counts);
  made->receive_displacements = narrow(what.receive_displacements);
  const int count = narrow(what.count);
  const int *const sc = made->send_counts.data(), *const sd = made->send_displacements.data();
  const int *const rc = made->receive_counts.data(), *const rd = made->receive_displacements.data();
  const MPI_Datatype type = element_type(what.element);
  const void* const send = what.in_place ? MPI_IN_PLACE : static_cast<const void*>(in);
  void* const kept = what.in_place ? MPI_IN_PLACE : static_cast<void*>(out);  // of scatter
  MPI_Request* const request = &made->request;
  const auto start = [&]() -> int {
    switch (what.what) {
      case collective::barrier: return MPI_Ibarrier(comm_, request);
      case collective::bcast: return MPI_Ibcast(out, count, type, what.root, comm_, request);
      case collective::scatter: return MPI_Iscatter(in, count, type, kept, count, type, what.root, comm_, request);
      case collective::scatterv: return MPI_Iscatterv(in, sc, sd, type, kept, count, type, what.root, comm_, request);
      case collective::gather: return MPI_Igather(send, count, type, out, count, type, what.root, comm_, request);
      case collective::gatherv: return MPI_Igatherv(send, count, type, out, rc, rd, type, what.root, comm_, request);
      case collective::allgather: return MPI_Iallgather(send, count, type, out, count, type, comm_, request);
      case collective::allgatherv: {
        // On one rank MPICH (4.0.2) does not look at the displacement.
        static constexpr int none = 0;
        const bool alone = what.receive_displacements.size() == 1;
        std::byte* const to = alone ? out + what.receive_displacements[0] * what.element : out;
        return MPI_Iallgatherv(send, count, type, to, rc, alone ? &none : rd, type, comm_, request);
      }
      case collective::alltoall: return MPI_Ialltoall(send, count, type, out, count, type, comm_, request);
      case collective::alltoallv: return MPI_Ialltoallv(send, sc, sd, type, out, rc, rd, type, comm_, request);
      default: break;
    }
    const MPI_Datatype number = integer(what.type);
    const MPI_Op op = operation(what.op);
    switch (what.what) {
      case collective::reduce:
        // In place is the root's way to say it; elsewhere the receive buffer is not looked at.
        return MPI_Ireduce(send, out, count, number, op, what.root, comm_, request);
      case collective::allreduce: return MPI_Iallreduce(send, out, count, number, op, comm_, request);
      case collective::reduce_scatter: return MPI_Ireduce_scatter(send, out, rc, number, op, comm_, request);
      case collective::reduce_scatter_block:
        return MPI_Ireduce_scatter_block(send, out, count, number, op, comm_, request);
      case collective::scan: return MPI_Iscan(send, out, count, number, op, comm_, request);
      case collective::exscan: return MPI_Iexscan(send, out, count, number, op, comm_, request);
      default: fail(status::internal, "{} is left to MPI", name(what.what));
    }
  };
  check_mpi(start(), name(what.what));
  calls_[++last_] = std::move(made);
  return last_;
}

bool mpi_collectives::done(ticket of) {
  int flag = 0;
  check_mpi(MPI_Test(&calls_.at(of)->request, &flag, MPI_STATUS_IGNORE), "MPI_Test");
  if (flag == 0) return false;
  calls_.erase(of);
  return true;
}

}  // namespace clique::transport
