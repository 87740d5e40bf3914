#include "bench/trial.hpp"

#include "agree.hpp"
#include "mpi.hpp"

#include <clique/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace clique::tools {

namespace {

constexpr std::byte poison{0xa5};

void check_opencl(cl_int code, const char* call) {
  if (code != CL_SUCCESS)
    throw error(status::opencl_failure, fmt::format("{} failed with code {}", call, code), -1, code);
}

cl::Buffer plain_buffer(const device& where, std::size_t bytes) {
  cl_int code = CL_SUCCESS;
  cl::Buffer made(where.context(), CL_MEM_READ_WRITE, std::max<std::size_t>(bytes, 1), nullptr, &code);
  check_opencl(code, "clCreateBuffer");
  return made;
}

// MPI's name of an element, or of an operator, where it has one.
MPI_Datatype mpi_type(datatype type) {
  switch (type) {
    case datatype::int8: return MPI_INT8_T;
    case datatype::uint8: return MPI_UINT8_T;
    case datatype::int16: return MPI_INT16_T;
    case datatype::uint16: return MPI_UINT16_T;
    case datatype::int32: return MPI_INT32_T;
    case datatype::uint32: return MPI_UINT32_T;
    case datatype::int64: return MPI_INT64_T;
    case datatype::uint64: return MPI_UINT64_T;
    case datatype::float32: return MPI_FLOAT;
    case datatype::float64: return MPI_DOUBLE;
    case datatype::complex64: return MPI_C_FLOAT_COMPLEX;
    case datatype::complex128: return MPI_C_DOUBLE_COMPLEX;
    default: return MPI_DATATYPE_NULL;
  }
}
MPI_Op mpi_op(op_kind kind) {
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
    default: return MPI_OP_NULL;
  }
}

}  // namespace

trial::trial(communicator& comm, const benchmark& what, const reference_op& op, const source& input,
             std::size_t elements)
    : comm_(comm),
      what_(what),
      problem_{comm.size(), elements, input, &op},
      mine_(what.shape(comm.rank(), comm.size(), elements)) {
  std::uint64_t most = std::max(mine_.send, mine_.receive);
  maximum(MPI_COMM_WORLD, std::span(&most, 1));
  bytes_ = detail::bytes_of(static_cast<std::size_t>(most), input.type);  // equal on all ranks, and so is its error
}

void trial::prepare() {
  const datatype type = problem_.input.type;
  agree(comm_, [&] {
    const device& where = comm_.device();
    send_.emplace(where, mine_.send, type);
    receive_.emplace(where, mine_.receive, type);
    random(where, send_->region(), problem_.input.seed_of(comm_.rank()));
    // The floor copies as much as is received, which may be more than is sent.
    host_send_.resize(std::max(mine_.send, mine_.receive) * size_of(type));
    host_receive_.resize(mine_.receive * size_of(type), poison);
    copy_to(where, send_->region(), host_send_.data(), mine_.send);
    copy_from(where, receive_->region(), host_receive_.data(), mine_.receive);
    naive_send_ = plain_buffer(where, mine_.send * size_of(type));
    naive_receive_ = plain_buffer(where, mine_.receive * size_of(type));
  });
  clique_ = what_.clique({comm_, mine_, *send_, *receive_, problem_.op->op});
}

std::uint64_t trial::count_wrong() {
  clique_();
  std::uint64_t wrong = 0;
  agree(comm_, [&] {
    const std::size_t element = size_of(problem_.input.type);
    std::vector<std::byte> right(host_receive_.size());
    what_.expected(problem_, comm_.rank(), right.data());
    copy_to(comm_.device(), receive_->region(), host_receive_.data(), mine_.receive);
    for (std::size_t at = 0; at < right.size(); at += element)
      wrong += std::memcmp(&right[at], &host_receive_[at], element) != 0;
  });
  return sum(MPI_COMM_WORLD, wrong);
}

std::vector<contender> trial::contenders() {
  // By hand, with a queue of one's own.
  cl_int code = CL_SUCCESS;
  const cl::CommandQueue queue(comm_.device().context(), comm_.device().native(), cl::QueueProperties::None, &code);
  check_opencl(code, "clCreateCommandQueue");
  const datatype type = problem_.input.type;
  const auto mpi =
      what_.mpi({MPI_COMM_WORLD, comm_.rank(), comm_.size(), mine_, size_of(type), mpi_type(type),
                 mpi_op(problem_.op->op.kind()), bytes_ > INT_MAX, host_send_.data(), host_receive_.data()});
  std::function<void()> naive;
  if (mpi) {
    naive = [this, queue, mpi, sent = mine_.send * size_of(type), received = host_receive_.size()] {
      if (sent != 0)
        check_opencl(queue.enqueueReadBuffer(naive_send_, CL_TRUE, 0, sent, host_send_.data()), "clEnqueueReadBuffer");
      mpi();
      if (received != 0)
        check_opencl(queue.enqueueWriteBuffer(naive_receive_, CL_TRUE, 0, received, host_receive_.data()),
                     "clEnqueueWriteBuffer");
    };
  }
  const auto copy_host = [this] {
    if (!host_receive_.empty()) std::memcpy(host_receive_.data(), host_send_.data(), host_receive_.size());
  };
  return {{clique_, [this] { comm_.device().finish(); }}, {naive}, {mpi}, {copy_host}};
}

}  // namespace clique::tools
