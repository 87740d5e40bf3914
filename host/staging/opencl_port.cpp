#include "staging/opencl_port.hpp"

#include "core/keep.hpp"
#include "memory/staging_memory.hpp"
#include "opencl/block_copies.hpp"
#include "opencl/reduction.hpp"

#include <algorithm>
#include <memory>

namespace clique::staging {
namespace {

// Contiguous writes below are the compute engine's (seen on an NVIDIA H200: 32 KiB).
constexpr std::size_t most_small = std::size_t{128} << 10;
// Up to here a copy takes less time twice over the bus, piece by piece, than a turn of a compute engine that others
// use: 150 us of 47 GB/s.
constexpr std::size_t most_by_host = std::size_t{4} << 20, bounce_bytes = std::size_t{1} << 20;

cl_event event_of(ticket of) {
  return reinterpret_cast<cl_event>(of);
}
}  // namespace

cl_command_queue opencl_port::queue(lane of) {
  cl::CommandQueue& made = queues_[device_.has_own_memory() ? static_cast<std::size_t>(of) : 0];
  if (made() == nullptr) {
    cl_int code = CL_SUCCESS;
    made = cl::CommandQueue(device_.context(), device_.native(), cl::QueueProperties::None, &code);
    opencl::check(code, "clCreateCommandQueue, for staging");
  }
  return made();
}

void opencl_port::prepare() {
  for (const lane each : {lane::work, lane::to_host, lane::to_device, lane::apart}) queue(each);
}

opencl_port::~opencl_port() {
  if (bounce_ != nullptr) memory::staging_memory::mine().give_back(bounce_, bounce_bytes);
}

void opencl_port::pin(const std::byte* from, std::size_t bytes, std::shared_ptr<void> mapped) {
  device_.pin(from, bytes, std::move(mapped));
}

// An eighth of the block: then the first one's way there and the last one's way back, which nothing hides, are short.
// But not less than what takes as long as the host needs for a read and a write, to begin them and to see them done: 15
// us on an NVIDIA H200, where a bcast of 1 MiB took 54 us in pieces of 512 KiB, 62 in 256 KiB, 83 in 128 KiB, 85 in 64.
std::size_t opencl_port::piece_of(std::size_t block_bytes, std::size_t most) const {
  constexpr std::size_t least = std::size_t{512} << 10;
  std::size_t piece = most;
  while (device_.has_own_memory() && piece % 2 == 0 && piece / 2 >= std::max(least, block_bytes / 8)) piece /= 2;
  return piece;
}

void opencl_port::keep_for_good() {
  if (std::exchange(bounce_, nullptr) != nullptr) memory::staging_memory::mine().lose(bounce_bytes);
  core::keep_for_good(std::make_shared<clique::device>(handle_));
}

// Nothing here waits for the queue, so it has to be flushed for the command to begin at all.
ticket opencl_port::begun(cl_command_queue in, cl_event event) {
  opencl::check(clFlush(in), "clFlush");
  return reinterpret_cast<ticket>(event);
}

ticket opencl_port::map(binding& range, bool write, ticket gate) {
  cl_int code = CL_SUCCESS;
  cl_event event = nullptr, wait = event_of(gate);
  // Not CL_MAP_WRITE_INVALIDATE_REGION: what no block covers must stay.
  void* const address =
      clEnqueueMapBuffer(queue(lane::work), range.buffer, CL_FALSE, write ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_READ,
                         range.offset, range.bytes, gate != 0 ? 1 : 0, gate != 0 ? &wait : nullptr, &event, &code);
  opencl::check(code, "clEnqueueMapBuffer");
  range.host = static_cast<std::byte*>(address);
  return begun(queue(lane::work), event);
}

ticket opencl_port::unmap(binding& range) {
  cl_event event = nullptr;
  void* const address = std::exchange(range.host, nullptr);
  opencl::check(clEnqueueUnmapMemObject(queue(lane::work), range.buffer, address, 0, nullptr, &event),
                "clEnqueueUnmapMemObject");
  return begun(queue(lane::work), event);
}

ticket opencl_port::read(const binding& range, std::size_t offset, std::size_t bytes, std::byte* to) {
  cl_event event = nullptr;
  const cl_command_queue in = queue(lane::to_host);
  opencl::check(clEnqueueReadBuffer(in, range.buffer, CL_FALSE, range.offset + offset, bytes, to, 0, nullptr, &event),
                "clEnqueueReadBuffer");
  return begun(in, event);
}

ticket opencl_port::write(const binding& range, std::size_t offset, std::size_t bytes, const std::byte* from) {
  return begun(queue(lane::to_device), write_in(lane::to_device, range, offset, bytes, from));
}

cl_event opencl_port::write_in(lane of, const binding& range, std::size_t offset, std::size_t bytes,
                               const std::byte* from) {
  const cl_command_queue in = queue(of);
  if (device_.spares_compute() && bytes > 1 && bytes < most_small) return write_in_rows(in, range, offset, bytes, from);
  cl_event event = nullptr;
  opencl::check(
      clEnqueueWriteBuffer(in, range.buffer, CL_FALSE, range.offset + offset, bytes, from, 0, nullptr, &event),
      "clEnqueueWriteBuffer");
  return event;
}

// Small contiguous writes are made by the compute engine; a copy engine makes those of two rows, as small as they may
// be (seen on an NVIDIA H200). An odd number of bytes takes two: all but the last one, and the last two.
cl_event opencl_port::write_in_rows(cl_command_queue in, const binding& range, std::size_t offset, std::size_t bytes,
                                    const std::byte* from) {
  const auto enqueue = [&](std::size_t begin, std::size_t even) {
    const std::size_t to[3] = {range.offset + offset + begin, 0, 0}, here[3] = {}, region[3] = {even / 2, 2, 1};
    cl_event event = nullptr;
    opencl::check(clEnqueueWriteBufferRect(in, range.buffer, CL_FALSE, to, here, region, region[0], 0, region[0], 0,
                                           from + begin, 0, nullptr, &event),
                  "clEnqueueWriteBufferRect");
    return event;
  };
  if (bytes % 2 == 0) return enqueue(0, bytes);
  clReleaseEvent(enqueue(0, bytes - 1));  // done before the next one, in an in-order queue
  return enqueue(bytes - 2, 2);
}

std::byte* opencl_port::bounce() {
  if (bounce_ == nullptr) {
    bounce_ = memory::staging_memory::mine().take(bounce_bytes, true);
    pin(bounce_, bounce_bytes, nullptr);
  }
  return bounce_;
}

// All through one piece of host memory: the queue is in order, so that each command finds the one before it done.
ticket opencl_port::copy_by_host(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                                 std::size_t bytes) {
  const cl_command_queue in = queue(lane::apart);
  std::byte* const between = bounce();
  cl_event event = nullptr;
  for (std::size_t done = 0; done < bytes; done += bounce_bytes) {
    const std::size_t piece = std::min(bounce_bytes, bytes - done);
    if (event != nullptr) clReleaseEvent(event);
    opencl::check(clEnqueueReadBuffer(in, from.buffer, CL_FALSE, from.offset + from_offset + done, piece, between, 0,
                                      nullptr, nullptr),
                  "clEnqueueReadBuffer");
    event = write_in(lane::apart, to, to_offset + done, piece, between);
  }
  return begun(in, event);
}

ticket opencl_port::copy_in(lane of, const binding& from, std::size_t from_offset, const binding& to,
                            std::size_t to_offset, std::size_t bytes) {
  cl_event event = nullptr;
  opencl::check(clEnqueueCopyBuffer(queue(of), from.buffer, to.buffer, from.offset + from_offset, to.offset + to_offset,
                                    bytes, 0, nullptr, &event),
                "clEnqueueCopyBuffer");
  return begun(queue(of), event);
}

ticket opencl_port::copy(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                         std::size_t bytes) {
  return copy_in(lane::work, from, from_offset, to, to_offset, bytes);
}

ticket opencl_port::copy_apart(const binding& from, std::size_t from_offset, const binding& to, std::size_t to_offset,
                               std::size_t bytes) {
  if (device_.spares_compute() && bytes <= most_by_host) return copy_by_host(from, from_offset, to, to_offset, bytes);
  return copy_in(lane::apart, from, from_offset, to, to_offset, bytes);
}

binding opencl_port::see(const exported_place& what, std::size_t bytes) {
  binding range;
  range.kind = kind::slots;
  range.buffer = device_.exported().buffer_of(what.owner, what.name);
  range.offset = what.offset;
  range.bytes = bytes;
  return range;
}

ticket opencl_port::work_on(std::span<const exported_work> all) {
  const auto place = [this](const exported_place& of) {
    return opencl::place{device_.exported().buffer_of(of.owner, of.name), of.offset};
  };
  const cl_command_queue in = queue(lane::apart);
  std::vector<opencl::block_copy> copies;
  for (const exported_work& each : all) {
    if (each.op != 0) continue;
    const opencl::place from = place(each.from), to = place(each.to);
    copies.push_back({from.buffer, from.offset, to.buffer, to.offset, each.bytes});
  }
  cl_event last = copies.empty() ? nullptr : opencl::enqueue_copies(device_, in, copies);
  for (const exported_work& each : all) {
    if (each.op == 0) continue;
    const combiner& how = *combiner_of(static_cast<op_kind>(each.op - 1), static_cast<datatype>(each.type));
    const cl_event next = opencl::enqueue_reduction(device_, *how.built, in, place(each.from), place(each.right),
                                                    place(each.to), each.count);
    if (last != nullptr) clReleaseEvent(last);
    last = next;
  }
  return begun(in, last);
}

const combiner* opencl_port::combiner_of(const reduce_op& op, datatype type) {
  opencl::program& built = opencl::reduction_program(device_, op, type);
  return &combiners_.try_emplace({&built, type}, combiner{&built}).first->second;
}

ticket opencl_port::combine(const combiner& how, const binding& left, std::size_t left_offset, const binding& right,
                            std::size_t right_offset, const binding& to, std::size_t to_offset, std::size_t count) {
  const auto place = [](const binding& range, std::size_t offset) {
    return opencl::place{range.buffer, range.offset + offset};
  };
  return begun(queue(lane::work),
               opencl::enqueue_reduction(device_, *how.built, queue(lane::work), place(left, left_offset),
                                         place(right, right_offset), place(to, to_offset), count));
}

void opencl_port::forget(ticket of) noexcept {
  if (of == 0) return;
  (void)counted_by(of);
  clReleaseEvent(event_of(of));
}

std::optional<std::uint64_t> opencl_port::counted_by(ticket of) noexcept {
  const auto found =
      std::find_if(markers_.begin(), markers_.end(), [of](const auto& marker) { return marker.first == of; });
  if (found == markers_.end()) return std::nullopt;
  const std::uint64_t commands = found->second;
  *found = markers_.back();
  markers_.pop_back();
  return commands;
}

ticket opencl_port::marker(const cl_event* wait_list, cl_uint count) {
  const std::uint64_t before = device_.commands();
  const cl_event event = device_.mark(wait_list, count);
  markers_.emplace_back(reinterpret_cast<ticket>(event), before);
  return begun(device_.uncounted_queue(), event);
}

// Of several, a marker in a queue of its own: in one with others it would wait for theirs.
ticket opencl_port::all_of(const cl_event* events, cl_uint count) {
  for (cl_uint k = 0; k < count; ++k) {
    cl_command_queue of = nullptr;  // null: the program completes it
    opencl::check(clGetEventInfo(events[k], CL_EVENT_COMMAND_QUEUE, sizeof of, static_cast<void*>(&of), nullptr),
                  "clGetEventInfo(CL_EVENT_COMMAND_QUEUE), of a wait list");
    if (of != nullptr) opencl::check(clFlush(of), "clFlush, of the queue of an event of a wait list");
  }
  if (count == 1) {
    opencl::check(clRetainEvent(events[0]), "clRetainEvent, of a wait list");
    return reinterpret_cast<ticket>(events[0]);
  }
  cl_int code = CL_SUCCESS;
  const cl::CommandQueue in(device_.context(), device_.native(), cl::QueueProperties::None, &code);
  opencl::check(code, "clCreateCommandQueue, for a wait list");
  cl_event event = nullptr;
  opencl::check(clEnqueueMarkerWithWaitList(in(), count, events, &event), "clEnqueueMarkerWithWaitList");
  return begun(in(), event);
}

// What has failed is for done() to say; and what never ends, for the watchdog.
void opencl_port::wait_if_better(ticket of) {
  if (of == 0 || device_.has_own_memory()) return;
  const core::watchdog::section watched(waits_, "clWaitForEvents, for a read, a write or a mapping");
  const cl_event event = event_of(of);
  (void)clWaitForEvents(1, &event);
}

bool opencl_port::done(ticket& of) {
  if (of == 0) return true;
  cl_int state = CL_COMPLETE;
  opencl::check(clGetEventInfo(event_of(of), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, nullptr),
                "clGetEventInfo");
  if (state > CL_COMPLETE) return false;
  // That state alone makes nothing visible to commands in other queues (OpenCL 3.0, 5.11): this does, and returns at
  // once.
  if (state == CL_COMPLETE) opencl::check(clWaitForEvents(1, reinterpret_cast<cl_event*>(&of)), "clWaitForEvents");
  const auto commands = counted_by(of);
  const cl_event event = event_of(std::exchange(of, 0));
  opencl::check(clReleaseEvent(event), "clReleaseEvent");
  opencl::check(state, "a command in the device's queue");
  if (commands) device_.drained(*commands);
  return true;
}

void opencl_port::when_done(ticket of, std::function<void(bool)> then) {
  auto owned = std::make_unique<std::function<void(bool)>>(std::move(then));
  const auto call = [](cl_event, cl_int state, void* data) {
    const std::unique_ptr<std::function<void(bool)>> mine(static_cast<std::function<void(bool)>*>(data));
    (*mine)(state < 0);
  };
  opencl::check(clSetEventCallback(event_of(of), CL_COMPLETE, call, owned.get()), "clSetEventCallback");
  owned.release();  // NOLINT: the callback owns it now
}

}  // namespace clique::staging
