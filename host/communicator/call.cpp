#include "communicator/call.hpp"

#include "core/watchdog.hpp"
#include "staging/staging.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace clique::engine {
namespace {

const std::shared_ptr<const prepared_plan>& empty_plan() {
  static const auto none = std::make_shared<const prepared_plan>();
  return none;
}

// Fills `bytes` with copies of the pattern: what is there is doubled.
void repeat(std::span<const std::byte> pattern, std::byte* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const std::byte* const from = done == 0 ? pattern.data() : to;
    const std::size_t now = std::min(done == 0 ? pattern.size() : done, bytes - done);
    std::memcpy(to + done, from, now);
    done += now;
  }
}

}  // namespace

call_frame::call_frame(communicator_state& on, const call& how, blocking kind)
    : on_(on), how_(how), kind_(kind), held_(on) {
  op_ = on.acquire(held_);
  op_->limit = how.deadline;
}

void call_frame::bind(schedule::buffer as, const region& range, const char* what) {
  const bool sends = as == schedule::buffer::in;
  staging::binding& bound = op_->bound(as);
  const auto [where, untouchable] = staging::bind(on_.device().state(), on_.port().buffers(), range, what,
                                                  sends ? staging::access::read : staging::access::write, bound);
  if (sends) {
    sent_ = where;
  } else {
    require(bound.bytes == 0 || !where.overlaps(sent_), status::invalid_argument,
            "the send region (bytes [{}, {})) and the receive region (bytes [{}, {})) overlap in one buffer; "
            "clique::in_place exchanges in place",
            sent_.begin, sent_.end, where.begin, where.end);
  }
  if ((kind_ == blocking::no || keeps_) && bound.buffer != nullptr) op_->kept.push_back(retained(bound.buffer));
  if (untouchable) op_->kept.push_back(stand_in(on_, bound));
}

std::shared_ptr<void> retained(cl_mem buffer) {
  opencl::check(clRetainMemObject(buffer), "clRetainMemObject");
  return {buffer, [](void* held) { clReleaseMemObject(static_cast<cl_mem>(held)); }};
}

std::shared_ptr<void> stand_in(communicator_state& on, staging::binding& range) {
  auto copy = std::make_shared<array_memory>(on.device(), range.bytes);
  const staging::binding original = std::exchange(range, {});
  const region all{copy->buffer()(), 0, original.bytes, datatype::uint8, copy->host()};
  staging::bind(on.device().state(), on.port().buffers(), all, "copy of an untouchable", staging::access::write, range);
  range.original = original.buffer;
  range.original_offset = original.offset;
  return copy;
}

void fill_stand_in(const device& device, const call& how, const staging::binding& range) {
  if (range.original == nullptr) return;
  opencl::check(
      clEnqueueCopyBuffer(device.state().queue()(), range.original, range.buffer, range.original_offset, range.offset,
                          range.bytes, static_cast<cl_uint>(how.wait_list.size()), events_of(how), nullptr),
      "clEnqueueCopyBuffer, for a buffer that the host may not touch");
}

const cl_event* events_of(const call& how) noexcept {
  static_assert(sizeof(cl::Event) == sizeof(cl_event));
  return reinterpret_cast<const cl_event*>(how.wait_list.data());
}

bool call_frame::exact(const reduce_op& op) const noexcept {
  return core::is_exact(op, type_);
}

void call_frame::reduce_with(const reduce_op& op) {
  core::check_fits(op, type_);
  signature().op = op.id();
  user_op_ = op.is_user() ? &op : nullptr;
  reduction& how = op_->reduction;
  how = {};
  how.type = type_;
  how.element = size_of(type_);
  how.combine = core::combiner(op.kind(), type_);
  if (op.kind() == op_kind::mean) how.divide_by = static_cast<std::size_t>(on_.size());
  if (on_.reduces_in_kernels(op, type_, op_->bound(schedule::buffer::in), op_->bound(schedule::buffer::out))) {
    how.kernel = on_.port().combiner_of(op, type_);
  }
}

// Where the steps find their operands, and the memory that they need.
void call_frame::settle() {
  const bool in_kernels = op_->plan->reduces && op_->reduction.in_kernels();
  const bool on_host = !in_kernels && (op_->plan->reduces || op_->plan->by_mpi);
  for (std::size_t k = 0; k < op_->bindings.size(); ++k) {
    staging::binding& range = op_->bindings[k];
    if (in_kernels && range.kind == staging::kind::mapped) range.kind = staging::kind::slots;
    if (on_host && range.kind == staging::kind::slots && !keeps_) op_->shadows[k] = on_.temporary(range.bytes);
  }
  if (!in_kernels) op_->reduction.kernel = nullptr;
  if (!keeps_) make_temporary();
}

void call_frame::make_temporary() {
  const std::size_t bytes = op_->plan->plan.temporary;
  if (bytes == 0) return;
  staging::binding& mine = op_->bound(schedule::buffer::temporary);
  mine = {};
  mine.bytes = bytes;
  if (op_->reduction.in_kernels()) {
    op_->device_temporary = on_.device_temporary(bytes);
    mine.buffer = op_->device_temporary->buffer()();
    mine.host = op_->device_temporary->host();
    mine.kind = mine.host != nullptr ? staging::kind::direct : staging::kind::slots;
    if (mine.host == nullptr && !pattern_.empty()) op_->temporary = on_.temporary(bytes);  // written when it opens
  } else {
    op_->temporary = on_.temporary(bytes);
    mine.kind = staging::kind::direct;
    mine.host = op_->temporary.get();
  }
  if (!pattern_.empty()) {
    const schedule::block& filled = op_->plan->filled;
    repeat(pattern_, (mine.host != nullptr ? mine.host : op_->temporary.get()) + filled.offset, filled.bytes);
  }
}

// PoCL (3.1) never ends a marker that waits for an event that has failed before, and with it nothing after it.
void require_not_failed(const call& how) {
  for (const cl::Event& awaited : how.wait_list) {
    cl_int state = CL_COMPLETE;
    opencl::check(clGetEventInfo(awaited(), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, nullptr),
                  "clGetEventInfo, of a wait list");
    if (state < 0) {
      throw error(status::opencl_failure,
                  core::formatted("an event of the wait list has failed: {} ({})", opencl::code_name(state), state), -1,
                  state);
    }
  }
}

void follow_device(communicator_state& on, const call& how, blocking kind, task& op) {
  const cl_event* const events = events_of(how);
  const auto count = static_cast<cl_uint>(how.wait_list.size());
  if (kind == blocking::no) {
    if (count == 0 && on.device().state().idle()) return;
    op.gate = on.port().marker(events, count);
    op.ready = on.port().done(op.gate);
    return;
  }
  const core::watchdog::section watched(on.post(), "clFinish, before a collective or a message");
  if (count != 0) opencl::check(clWaitForEvents(count, events), "clWaitForEvents, for a wait list");
  on.device().state().drain();
}

void call_frame::follow_device() {
  if (op_->plan->plan.steps.empty()) {
    for (staging::binding& range : op_->bindings) range.original = nullptr;  // nothing moves
    return;
  }
  require_not_failed(how_);
  for (const staging::binding& range : op_->bindings) {
    if (range.original != nullptr) fill_stand_in(on_.device(), how_, range);
  }
  engine::follow_device(on_, how_, kind_, *op_);
}

void call_frame::refuse(const error& failure) {
  op_->plan = empty_plan();
  for (auto& each : op_->shadows) each.reset();
  op_->mine.signature.status = static_cast<std::int32_t>(failure.code());
  op_->mine.set_text(failure.what());
}

// What verdict() shows of a type or an operator that it cannot know.
void call_frame::name_for_others() {
  std::string text = is_struct(type_) ? name(type_) : "";
  if (user_op_ != nullptr) {
    text += "\n" + user_op_->name();
    if (user_op_->commutative()) text += ", commutative";
    if (const auto identity = user_op_->identity(); !identity.empty()) {
      text += ", identity ";
      for (const std::byte each : identity.first(std::min(identity.size(), std::size_t{16})))
        text += core::formatted("{:02x}", static_cast<unsigned>(each));
    }
  }
  op_->mine.set_text(text);
}

void call_frame::finish() {
  on_.submit(held_, op_);
  on_.wait(held_, *op_);
  on_.recycle(held_, std::move(op_));
}

struct call_frame::prepared {
  transport::arrival mine;
  std::shared_ptr<const prepared_plan> plan;
  std::array<staging::binding, schedule::buffer_count> bindings;
  engine::reduction reduction;
  std::vector<std::byte> pattern;
  std::vector<std::shared_ptr<void>> kept;
  std::vector<cl::Event> wait_list;
  std::optional<std::chrono::duration<double>> deadline;
  std::uint32_t init = 0, starts = 0;  // see transport::start_of()
  // Of its own, since other ranks may start several of these in other orders.
  std::shared_ptr<ways::ring_pools> rings = nullptr;
};

// An operation without steps: the ranks agree on the call, and on its lists, and nothing moves.
persistent call_frame::agree_and_keep() {
  const auto kept = std::make_shared<prepared>(prepared{op_->mine,
                                                        op_->plan,
                                                        op_->bindings,
                                                        op_->reduction,
                                                        pattern_,
                                                        op_->kept,
                                                        {how_.wait_list.begin(), how_.wait_list.end()},
                                                        how_.deadline});
  if (signature().status == 0) {
    auto lists = std::make_shared<prepared_plan>(*op_->plan);
    lists->plan = {};
    lists->by_mpi.reset();
    lists->settle();
    op_->plan = std::move(lists);
    op_->bindings = {};
  }
  signature().collective |= transport::prepares;
  finish();
  kept->init = on_.number_init(held_);
  kept->rings = on_.make_rings();
  return persistent([on = on_.shared_from_this(), kept] {
    call_frame again(*on, {kept->wait_list, kept->deadline}, blocking::no);
    again.resume(*kept);
    again.signature().start = transport::start_of(kept->init, ++kept->starts);
    return again.start();
  });
}

void call_frame::resume(const prepared& from) {
  op_->mine.signature = from.mine.signature;
  op_->mine.set_text(from.mine.text);
  op_->plan = from.plan;
  op_->bindings = from.bindings;
  op_->reduction = from.reduction;
  op_->kept = from.kept;
  op_->rings = from.rings;
  type_ = from.reduction.type;
  pattern_ = from.pattern;
  try {
    if (op_->plan->plan.temporary != 0 || op_->plan->reduces || op_->plan->by_mpi) settle();
    follow_device();
  } catch (...) {
    refuse(core::current_error());
  }
}

request call_frame::start() {
  on_.submit(held_, op_);
  on_.announce();
  return {std::move(op_), on_.shared_from_this()};
}

}  // namespace clique::engine
