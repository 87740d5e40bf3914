#include "communicator/opening.hpp"

#include "core/copy.hpp"
#include "core/watchdog.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace clique::engine {
namespace {

// Of no steps.
const std::shared_ptr<const prepared_plan>& empty_plan() {
  static const auto none = std::make_shared<const prepared_plan>();
  return none;
}

// What the verdict shows of a type or an operator that other ranks may not know.
std::string names_of(const valid_call& call) {
  const bool own_op = call.op != nullptr && call.op->is_user();
  std::string text = is_struct(call.type) ? name(call.type) : "";
  if (!own_op) return text;
  text += "\n" + call.op->name();
  if (call.op->commutative()) text += ", commutative";
  if (const auto identity = call.op->identity(); !identity.empty()) {
    text += ", identity ";
    for (const std::byte each : identity.first(std::min(identity.size(), std::size_t{16})))
      text += core::formatted("{:02x}", static_cast<unsigned>(each));
  }
  return text;
}

// How the steps of the operation combine.
reduction reduction_of(communicator_state& on, operation& op, const valid_call& call) {
  reduction how;
  how.type = call.type;
  how.element = size_of(call.type);
  if (!call.op->is_user() && !is_struct(call.type)) how.builtin = 1 + static_cast<std::uint32_t>(call.op->kind());
  how.combine = core::combiner(call.op->kind(), call.type);
  if (call.op->kind() == op_kind::mean) how.divide_by = static_cast<std::size_t>(on.size());
  if (on.reduces_in_kernels(*call.op, call.type, op.bound(schedule::buffer::in), op.bound(schedule::buffer::out)))
    how.kernel = on.port().combiner_of(*call.op, call.type);
  return how;
}

void make_temporary(communicator_state& on, operation& op) {
  const std::size_t bytes = op.fills_out() ? op.plan->filled.offset : op.plan->plan.temporary;
  if (bytes == 0) return;
  staging::binding& mine = op.bound(schedule::buffer::temporary);
  mine = {};
  mine.bytes = bytes;
  if (op.reduction.in_kernels()) {
    op.device_temporary = on.device_temporary(bytes);
    mine.buffer = op.device_temporary->buffer()();
    mine.host = op.device_temporary->host();
    mine.kind = mine.host != nullptr ? staging::kind::direct : staging::kind::slots;
    staging::find_exported(on.device().state(), mine.buffer, 0, mine);                 // op.device_temporary holds it
    if (mine.host == nullptr && !op.fill.empty()) op.temporary = on.temporary(bytes);  // written when it opens
  } else {
    op.temporary = on.temporary(bytes);
    mine.kind = staging::kind::direct;
    mine.host = op.temporary.get();
  }
  if (op.fill.empty() || op.fills_out()) return;
  const schedule::block& filled = op.plan->filled;
  core::fill((mine.host != nullptr ? mine.host : op.temporary.get()) + filled.offset, filled.bytes, op.fill);
}

// Whether the range needs a copy in the arena: where the host has to address it; and where that saves commands: small
// blocks are read in one piece, and written in one, since behind a bus they take as long as a few bytes, and elsewhere
// less than a mapping and its end. A region in which others may write between the blocks is not: what is written back
// would be theirs of before.
bool wants_shadow(const operation& op, schedule::buffer which, bool behind_bus) {
  const prepared_plan& plan = *op.plan;
  const staging::binding& range = op.bindings[static_cast<std::size_t>(which)];
  const bool mapped = range.kind == staging::kind::mapped;
  if ((!mapped && range.kind != staging::kind::slots) || op.reduction.in_kernels()) return false;
  if (!mapped && (plan.reduces || plan.by_mpi)) return true;
  if (!(mapped || behind_bus) || range.bytes == 0 || range.bytes > staging::most_copied || plan.plan.steps.empty())
    return false;
  return which == schedule::buffer::in || (which == schedule::buffer::out && (plan.owns_out || !plan.writes_out));
}

// What one run of the operation needs: memory where its steps find their operands, and the device's earlier commands
// to be done.
void make_ready(communicator_state& on, operation& op, const call& how, form as) {
  const prepared_plan& plan = *op.plan;
  const bool behind_bus = on.device().state().has_own_memory();
  op.addressed = op.addressed || op.is_addressed();
  for (std::size_t k = 0; k < op.bindings.size() && !op.addressed; ++k) {
    if (!staging::always_addressed(op.bindings[k].kind) &&
        wants_shadow(op, static_cast<schedule::buffer>(k), behind_bus))
      op.shadows[k] = on.temporary(op.bindings[k].bytes);
  }
  make_temporary(on, op);
  if (plan.plan.steps.empty()) {
    for (staging::binding& range : op.bindings) range.original = nullptr;  // nothing moves
    return;
  }
  if (!how.wait_list.empty()) require_not_failed(how);
  bool copies = false;
  if (!op.kept.empty()) {
    for (const staging::binding& range : op.bindings) {
      copies = copies || range.original != nullptr;
      fill_stand_in(on.device(), how, range);
    }
  }
  follow_device(on, how, as, op, copies);
}

}  // namespace

void bind(communicator_state& on, valid_call& to, schedule::buffer as, const region& range, const char* what) {
  const bool sends = as == schedule::buffer::in;
  valid_call::range& made = to.ranges[static_cast<std::size_t>(as)];
  made.facts = staging::bind(on.device().state(), on.port().buffers(), range, what,
                             sends ? staging::access::read : staging::access::write, made.bound);
  const staging::extent &sent = to.ranges[0].facts.where, &mine = made.facts.where;
  require(sends || made.bound.bytes == 0 || !mine.overlaps(sent), status::invalid_argument,
          "the send region (bytes [{}, {})) and the receive region (bytes [{}, {})) overlap in one buffer; "
          "clique::in_place exchanges in place",
          sent.begin, sent.end, mine.begin, mine.end);
}

void open(communicator_state& on, operation& op, const valid_call& call,
          const std::shared_ptr<const prepared_plan>& plan, const clique::call& how, form as) {
  if (op.plan != plan) op.plan = plan;
  op.mine.signature = call.signature;
  op.mine.signature.pairs = plan->pairs;
  op.mine.text[0] = '\0';
  if (is_struct(call.type) || (call.op != nullptr && call.op->is_user())) op.mine.set_text(names_of(call));
  for (std::size_t k = 0; k < call.ranges.size(); ++k) {
    op.bindings[k] = call.ranges[k].bound;
    if (as != form::blocking && op.bindings[k].buffer != nullptr)
      op.kept.buffers.push_back(retained(op.bindings[k].buffer));
    if (as != form::blocking && op.bindings[k].kind == staging::kind::exported)
      op.kept.shared.push_back(staging::hold_exported(on.device().state(), call.ranges[k].facts.where.buffer));
    if (call.ranges[k].facts.untouchable) op.kept.shared.push_back(stand_in(on, op.bindings[k]));
  }
  if (call.op != nullptr) op.reduction = reduction_of(on, op, call);
  if (!plan->reduces) op.reduction.kernel = nullptr;
  if (plan->by_mpi || (plan->reduces && !op.reduction.in_kernels())) {  // the host's to read
    for (staging::binding& range : op.bindings) {
      if (range.kind == staging::kind::exported) range.kind = staging::kind::slots;
    }
  }
  if (op.reduction.in_kernels()) {  // which address no mapped memory
    for (staging::binding& range : op.bindings) {
      if (range.kind == staging::kind::mapped) range.kind = staging::kind::slots;
    }
  }
  op.fill = call.fill;
  op.blocks = as == form::blocking;
  if (as != form::persistent) make_ready(on, op, how, as);
}

core::held retained(cl_mem buffer) {
  opencl::check(clRetainMemObject(buffer), "clRetainMemObject");
  return {buffer, [](void* held) noexcept { clReleaseMemObject(static_cast<cl_mem>(held)); }};
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

void follow_device(communicator_state& on, const call& how, form as, task& op, bool copies) {
  const cl_event* const events = events_of(how);
  const auto count = static_cast<cl_uint>(how.wait_list.size());
  const bool whole_queue = how.after == after::queue || copies;
  if (as != form::blocking) {
    if (count == 0 && (!whole_queue || on.device().state().idle())) return;
    op.gate = whole_queue ? on.port().marker(events, count) : on.port().all_of(events, count);
    op.ready = on.port().done(op.gate);
    return;
  }
  wait_for_device(on, how, whole_queue);
}

void wait_for_device(communicator_state& on, const call& how, bool whole_queue) {
  if (how.wait_list.empty() && (!whole_queue || on.device().state().idle())) return;
  const core::watchdog::section watched(on.post(), "clFinish, before a collective or a message");
  const auto count = static_cast<cl_uint>(how.wait_list.size());
  if (count != 0) opencl::check(clWaitForEvents(count, events_of(how)), "clWaitForEvents, for a wait list");
  if (whole_queue) on.device().state().drain();
}

void refuse(operation& op, const error& why) {
  op.plan = empty_plan();
  for (auto& each : op.shadows) each.reset();
  op.mine.signature.status = static_cast<std::int32_t>(why.code());
  op.mine.set_text(why.what());
}

void finish(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op) {
  on.run(held, op);
  on.recycle(held, std::move(op));
}

void finish(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op,
            const detail::arguments& args) {
  on.run(held, op);
  if (op->addressed && op->kept.empty() && repeats::can_keep(args) && op.use_count() == 1 && on.remembers(args)) {
    on.made().keep(args, opencl::buffer_generation(), std::move(op));
  } else {
    on.recycle(held, std::move(op));
  }
}

bool repeat(communicator_state& on, communicator_state::lock& held, const detail::arguments& args,
            const clique::call& how) {
  const repeats::use found = on.made().find(args, on.pairs(args.what, how), opencl::buffer_generation());
  if (!found) return false;
  operation& op = *found.op();
  on.expect(held);
  op.rearm();
  op.limit = how.deadline;
  if (!how.wait_list.empty() || op.plan->plan.temporary != 0 || !on.device().state().idle()) {
    try {
      make_ready(on, op, how, form::blocking);
    } catch (...) {  // all ranks will throw it
      op.phase = phase::done;
      return false;
    }
  }
  on.run(held, found.op());
  return true;
}

request start(communicator_state& on, const communicator_state::lock& held, std::shared_ptr<operation>&& op) {
  on.submit(held, op);
  on.lend(held, op);
  on.announce();
  return {std::move(op), on.shared_from_this()};
}

namespace {

// What a persistent call keeps for its starts.
struct prepared {
  transport::arrival mine;
  std::shared_ptr<const prepared_plan> plan;
  std::array<staging::binding, schedule::buffer_count> bindings;
  engine::reduction reduction;
  std::vector<std::byte> fill;
  holdings kept;
  std::vector<cl::Event> wait_list;
  std::optional<std::chrono::duration<double>> deadline;
  clique::after after = after::queue;
  std::uint32_t init = 0, starts = 0;  // see transport::start_of()
  // Of its own, since other ranks may start several of these in other orders.
  std::shared_ptr<ways::ring_pools> rings = nullptr;
};

request start(communicator_state& on, const std::shared_ptr<prepared>& made) {
  prepared& from = *made;
  const communicator_state::lock held(on);
  auto op = on.acquire(held);
  op->limit = from.deadline;
  op->mine.signature = from.mine.signature;
  op->mine.set_text(from.mine.text);
  op->mine.signature.start = transport::start_of(from.init, ++from.starts);
  op->plan = from.plan;
  op->bindings = from.bindings;
  op->reduction = from.reduction;
  op->fill = from.fill;
  op->kept.shared.push_back(made);
  op->rings = from.rings;
  try {
    make_ready(on, *op, {from.wait_list, from.deadline, from.after}, form::persistent);
  } catch (...) {
    refuse(*op, core::current_error());
  }
  return start(on, held, std::move(op));
}

}  // namespace

persistent agree_and_keep(communicator_state& on, communicator_state::lock& held, std::shared_ptr<operation>&& op,
                          const call& how) {
  const auto kept = std::make_shared<prepared>(prepared{op->mine,
                                                        op->plan,
                                                        op->bindings,
                                                        op->reduction,
                                                        op->fill,
                                                        std::move(op->kept),
                                                        {how.wait_list.begin(), how.wait_list.end()},
                                                        how.deadline,
                                                        how.after});
  if (op->mine.signature.status == 0) {  // the lists of the plan alone: nothing moves
    auto lists = std::make_shared<prepared_plan>(*op->plan);
    lists->plan = {};
    lists->by_mpi.reset();
    lists->count_steps();
    op->plan = std::move(lists);
    op->bindings = {};
  }
  op->mine.signature.collective |= transport::prepares;
  finish(on, held, std::move(op));
  kept->init = on.number_init(held);
  kept->rings = on.make_rings();
  return persistent([on = on.shared_from_this(), kept] { return start(*on, kept); });
}

void agree(communicator_state& on, const transport::signature& mine, prepared_plan lists,
           const std::optional<error>& refusal, std::optional<std::chrono::duration<double>> deadline) {
  communicator_state::lock held(on);
  auto op = on.acquire(held);
  op->limit = deadline;
  op->mine.signature = mine;
  op->mine.signature.collective = static_cast<std::uint32_t>(collective::agree);
  op->mine.signature.pairs = lists.pairs;
  op->mine.text[0] = '\0';
  op->plan = std::make_shared<const prepared_plan>(std::move(lists));
  if (refusal) refuse(*op, *refusal);
  finish(on, held, std::move(op));
}

}  // namespace clique::engine
