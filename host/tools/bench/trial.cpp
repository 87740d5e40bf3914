#include "bench/trial.hpp"

#include "agree.hpp"
#include "bench/words.hpp"
#include "mpi.hpp"

#include <clique/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>

namespace clique::tools {

namespace {

constexpr std::byte poison{0xa5};

void check_opencl(cl_int code, const char* call) {
  if (code != CL_SUCCESS)
    throw error(status::opencl_failure, fmt::format("{} failed with code {}", call, code), -1, code);
}

cl::Buffer plain_buffer(const device& where, std::size_t bytes, cl_mem_flags flags = 0) {
  cl_int code = CL_SUCCESS;
  cl::Buffer made(where.context(), CL_MEM_READ_WRITE | flags, std::max<std::size_t>(bytes, 1), nullptr, &code);
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

cl::CommandQueue queue_of(const device& where) {
  cl_int code = CL_SUCCESS;
  cl::CommandQueue made(where.context(), where.native(), cl::QueueProperties::None, &code);
  check_opencl(code, "clCreateCommandQueue");
  return made;
}

std::byte* map(const cl::CommandQueue& queue, const cl::Buffer& buffer, cl_map_flags flags, std::size_t bytes) {
  cl_int code = CL_SUCCESS;
  void* const address = queue.enqueueMapBuffer(buffer, CL_TRUE, flags, 0, bytes, nullptr, nullptr, &code);
  check_opencl(code, "clEnqueueMapBuffer");
  return static_cast<std::byte*>(address);
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

void trial::prepare(const std::vector<variant>& variants) {
  const datatype type = problem_.input.type;
  variants_ = variants;
  agree(comm_, [&] {
    const device& where = comm_.device();
    // The floor may read more than is sent.
    host_receive_.resize(mine_.receive * size_of(type), poison);
    const host_work least = what_.floor(received(), comm_.size());
    host_send_.resize(std::max({sent(), least.parts * least.combined, least.combined + least.copied}));
    naive_send_ = plain_buffer(where, mine_.send * size_of(type));
    naive_receive_ = plain_buffer(where, mine_.receive * size_of(type));
    for (const variant& each : variants) {
      std::optional<pair>& made = each.user ? user_ : arrays_;
      if (made) continue;
      if (each.user) {
        made.emplace(pair{{plain_buffer(where, mine_.send * size_of(type)), mine_.send, type},
                          {plain_buffer(where, mine_.receive * size_of(type)), mine_.receive, type}});
      } else {
        made.emplace(pair{{where, mine_.send, type}, {where, mine_.receive, type}});
      }
      random(where, made->send.region(), problem_.input.seed_of(comm_.rank()));
      copy_to(where, made->send.region(), host_send_.data(), mine_.send);
    }
    if (behind_bus()) {
      constexpr std::size_t page = 4096;
      const std::size_t received_at = (sent() + page - 1) / page * page, bytes = received_at + received() + 1;
      pinned_ = plain_buffer(where, bytes, CL_MEM_ALLOC_HOST_PTR);
      pinned_send_ = map(queue_of(where), pinned_, CL_MAP_READ | CL_MAP_WRITE, bytes);
      pinned_receive_ = pinned_send_ + received_at;
    }
  });
  for (const variant& each : variants) {
    const pair& on = each.user ? *user_ : *arrays_;
    clique_.push_back(what_.clique({comm_, each.as, mine_, on.send, on.receive, problem_.op->op}));
  }
}

std::uint64_t trial::count_wrong(std::size_t k) {
  const pair& on = variants_[k].user ? *user_ : *arrays_;
  agree(comm_, [&] {
    std::fill(host_receive_.begin(), host_receive_.end(), poison);
    copy_from(comm_.device(), on.receive.region(), host_receive_.data(), mine_.receive);
    comm_.device().finish();
  });
  clique_[k]();
  std::uint64_t wrong = 0;
  agree(comm_, [&] {
    const std::size_t element = size_of(problem_.input.type);
    std::vector<std::byte> right(host_receive_.size());
    what_.expected(problem_, comm_.rank(), right.data());
    copy_to(comm_.device(), on.receive.region(), host_receive_.data(), mine_.receive);
    for (std::size_t at = 0; at < right.size(); at += element)
      wrong += std::memcmp(&right[at], &host_receive_[at], element) != 0;
  });
  return sum(MPI_COMM_WORLD, wrong);
}

bool is_behind_bus(const communicator& comm) {
  const device_info& info = comm.device().info();
  return !info.host_unified && info.type != "cpu";
}

std::function<void()> trial::mpi_on(const std::byte* send, std::byte* receive, form as) const {
  const datatype type = problem_.input.type;
  return what_.mpi({MPI_COMM_WORLD, as, comm_.rank(), comm_.size(), mine_, size_of(type), mpi_type(type),
                    mpi_op(problem_.op->op.kind()), bytes_ > INT_MAX, send, receive});
}

std::function<void()> trial::by_hand(const cl::CommandQueue& queue, std::byte* send, std::byte* receive) const {
  const auto mpi = mpi_on(send, receive);
  if (!mpi) return {};
  return [this, queue, mpi, send, receive] {
    if (sent() != 0)
      check_opencl(queue.enqueueReadBuffer(naive_send_, CL_TRUE, 0, sent(), send), "clEnqueueReadBuffer");
    mpi();
    if (received() != 0)
      check_opencl(queue.enqueueWriteBuffer(naive_receive_, CL_TRUE, 0, received(), receive), "clEnqueueWriteBuffer");
  };
}

// For devices that work in the host's memory. The addresses are mostly the same each time.
std::function<void()> trial::by_mapping(const cl::CommandQueue& queue) const {
  struct known {
    std::byte *send = nullptr, *receive = nullptr;
    std::function<void()> mpi;
  };
  const auto kept = std::make_shared<known>();
  kept->mpi = mpi_on(nullptr, nullptr);
  if (!kept->mpi) return {};
  return [this, queue, kept] {
    std::byte* const send = sent() == 0 ? nullptr : map(queue, naive_send_, CL_MAP_READ, sent());
    std::byte* const receive =
        received() == 0 ? nullptr : map(queue, naive_receive_, CL_MAP_WRITE_INVALIDATE_REGION, received());
    if (send != kept->send || receive != kept->receive) *kept = {send, receive, mpi_on(send, receive)};
    kept->mpi();
    if (send != nullptr) check_opencl(queue.enqueueUnmapMemObject(naive_send_, send), "clEnqueueUnmapMemObject");
    if (receive != nullptr)
      check_opencl(queue.enqueueUnmapMemObject(naive_receive_, receive), "clEnqueueUnmapMemObject");
    check_opencl(queue.finish(), "clFinish");
  };
}

// What must cross at the least: of each rank what it sends and what it receives, but for blocks of its own, both ways
// at once, by pinned memory. Short writes in two rows, which a GPU's copy engine makes, and not its compute engine.
std::function<void()> trial::over_the_bus(const cl::CommandQueue& there, const cl::CommandQueue& back) const {
  const double crossing = what_.reduces ? 1 : what_.bus_factor(comm_.size());
  const auto part = [crossing](std::size_t bytes) {
    return static_cast<std::size_t>(crossing * static_cast<double>(bytes));
  };
  return [this, there, back, out = part(sent()), in = part(received())] {
    constexpr std::size_t most_short = std::size_t{128} << 10;
    if (out != 0)
      check_opencl(back.enqueueReadBuffer(naive_send_, CL_FALSE, 0, out, pinned_send_), "clEnqueueReadBuffer");
    check_opencl(back.flush(), "clFlush");
    if (in >= most_short || in == 1) {
      check_opencl(there.enqueueWriteBuffer(naive_receive_, CL_FALSE, 0, in, pinned_receive_), "clEnqueueWriteBuffer");
    } else if (in != 0) {
      check_opencl(there.enqueueWriteBufferRect(naive_receive_, CL_FALSE, {0, 0, 0}, {0, 0, 0}, {in / 2, 2, 1}, in / 2,
                                                0, in / 2, 0, pinned_receive_),
                   "clEnqueueWriteBufferRect");
    }
    check_opencl(there.finish(), "clFinish");
    check_opencl(back.finish(), "clFinish");
  };
}

// In the caches, and past them: either may be the faster one.
std::vector<contender> trial::floors() {
  std::vector<contender> all;
  for (const bool streams : {false, true}) {
    all.push_back(
        {[to = host_receive_.data(), from = host_send_.data(), streams, least = what_.floor(received(), comm_.size())] {
          if (least.combined != 0) add_words(to, from, least.parts, least.combined, streams);
          copy_words(to + least.combined, from + least.combined, least.copied, streams);
        }});
  }
  return all;
}

trial::field trial::contenders(const std::vector<form>& forms) {
  // By hand, with queues of one's own.
  const cl::CommandQueue queue = queue_of(comm_.device());
  const bool bus = behind_bus();
  field all;
  for (const auto& call : clique_) all.clique.push_back({call, [this] { comm_.device().finish(); }});
  all.naive = {by_hand(queue, host_send_.data(), host_receive_.data())};
  all.expert = {bus ? by_hand(queue, pinned_send_, pinned_receive_) : by_mapping(queue)};
  for (const form each : forms) all.mpi.push_back({mpi_on(host_send_.data(), host_receive_.data(), each)});
  if (bus) {
    all.floors = {{over_the_bus(queue, queue_of(comm_.device()))}};
  } else {
    all.floors = floors();
  }
  return all;
}

}  // namespace clique::tools
