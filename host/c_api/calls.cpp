#include "c_api/calls.hpp"

#include "opencl/check.hpp"

#include <algorithm>

namespace clique::c_api {
namespace {

std::size_t times(std::size_t count, std::size_t blocks) {
  std::size_t all = 0;
  require(!__builtin_mul_overflow(count, blocks, &all), status::invalid_argument,
          "{} blocks of {} elements are too many", blocks, count);
  return all;
}

// Where the blocks end; `size` is that of an element of block k, in what the displacements count.
template <class Size>
std::size_t reach(std::span<const std::size_t> counts, std::span<const std::size_t> displacements, Size&& size) {
  std::size_t most = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    std::size_t end = 0;
    require(!__builtin_mul_overflow(counts[k], size(k), &end) && !__builtin_add_overflow(end, displacements[k], &end),
            status::invalid_argument, "block {} has {} elements from {} on, which is too many", k, counts[k],
            displacements[k]);
    most = std::max(most, end);
  }
  return most;
}

// One event for what the queue holds.
cl::Event marker(const cl::CommandQueue& queue) {
  cl::Event event;
  opencl::check(queue.enqueueMarkerWithWaitList(nullptr, &event), "clEnqueueMarkerWithWaitList, in the caller's queue");
  opencl::check(queue.flush(), "clFlush, of the caller's queue");
  return event;
}

}  // namespace

cl::CommandQueue other_queue(const device& on, const call_end& end) {
  if (end.queue == nullptr || end.queue == CLIQUE_AFTER_EVENTS) return {};
  if (end.queue == on.queue()()) return {};
  static_cast<void>(given(end.queue, "the queue"));
  cl_context context = nullptr;
  opencl::check(clGetCommandQueueInfo(end.queue, CL_QUEUE_CONTEXT, sizeof context, &context, nullptr),
                "clGetCommandQueueInfo, of the caller's queue");
  require(context == on.context()(), status::invalid_argument,
          "the queue is of another context than the communicator's");
  return cl::CommandQueue(end.queue, true);
}

std::vector<cl::Event> listed_events(const call_end& end) {
  require(end.num_events <= INT32_MAX, status::invalid_argument,
          "a wait list cannot have {} events: is it a negative number?", end.num_events);
  std::vector<cl::Event> result;
  for (const cl_event each : list(end.wait_list, end.num_events, "events")) {
    given(each, "an event of the wait list");
    result.emplace_back(each, true);
  }
  return result;
}

std::vector<cl::Event> events_of(const device& on, const call_end& end) {
  std::vector<cl::Event> result = listed_events(end);
  if (const cl::CommandQueue other = other_queue(on, end); other() != nullptr) result.push_back(marker(other));
  return result;
}

void follow(const cl::CommandQueue& own, const cl::CommandQueue& other) {
  const std::vector<cl::Event> events{marker(other)};
  opencl::check(own.enqueueBarrierWithWaitList(&events), "clEnqueueBarrierWithWaitList, for the caller's queue");
}

void making::send(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type, std::size_t blocks) {
  args_.send = region_of(buffer, offset, times(count, blocks), type);
}

void making::receive(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type, std::size_t blocks) {
  args_.receive = region_of(buffer, offset, times(count, blocks), type);
}

bool making::send_or_in_place(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type,
                              std::size_t blocks) {
  if (buffer == CLIQUE_IN_PLACE) return args_.in_place = true;
  send(buffer, offset, count, type, blocks);
  return false;
}

bool making::receive_or_in_place(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type) {
  if (buffer == CLIQUE_IN_PLACE) return args_.in_place = true;
  receive(buffer, offset, count, type);
  return false;
}

void making::send_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                        std::size_t entries, clique_datatype type) {
  args_.send_counts = list(counts, entries, "send counts");
  args_.send_displacements = list(displacements, entries, "send displacements");
  send(buffer, offset, reach(args_.send_counts, args_.send_displacements, [](std::size_t) { return 1; }), type);
}

void making::receive_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts,
                           const std::size_t* displacements, std::size_t entries, clique_datatype type) {
  args_.receive_counts = list(counts, entries, "receive counts");
  args_.receive_displacements = list(displacements, entries, "receive displacements");
  receive(buffer, offset, reach(args_.receive_counts, args_.receive_displacements, [](std::size_t) { return 1; }),
          type);
}

namespace {

// Where nothing is, its type does not matter.
std::vector<datatype> types_of(const clique_datatype* types, std::span<const std::size_t> counts) {
  std::vector<datatype> result;
  const auto given_types = list(types, counts.size(), "types");
  for (std::size_t k = 0; k < counts.size(); ++k)
    result.push_back(counts[k] == 0 ? datatype::uint8 : type_of(given_types[k]));
  return result;
}

}  // namespace

void making::send_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                        std::size_t entries, const clique_datatype* types) {
  args_.send_counts = list(counts, entries, "send counts");
  args_.send_displacements = list(displacements, entries, "send displacements");
  args_.send_types = send_types_ = types_of(types, args_.send_counts);
  send(buffer, offset,
       reach(args_.send_counts, args_.send_displacements, [&](std::size_t k) { return size_of(send_types_[k]); }),
       CLIQUE_UINT8);
}

void making::receive_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts,
                           const std::size_t* displacements, std::size_t entries, const clique_datatype* types) {
  args_.receive_counts = list(counts, entries, "receive counts");
  args_.receive_displacements = list(displacements, entries, "receive displacements");
  args_.receive_types = receive_types_ = types_of(types, args_.receive_counts);
  receive(buffer, offset,
          reach(args_.receive_counts, args_.receive_displacements,
                [&](std::size_t k) { return size_of(receive_types_[k]); }),
          CLIQUE_UINT8);
}

}  // namespace clique::c_api
