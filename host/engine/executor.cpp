#include "engine/executor.hpp"

#include "core/log.hpp"
#include "engine/moving.hpp"
#include "engine/verdict.hpp"

#include <algorithm>
#include <numeric>

namespace clique::engine {

bool executor::advance(operation& op) {
  if (op.at_once && op.phase == phase::arrived) {
    if (!agree(op)) return false;
    if (op.phase == phase::closing) close(op);
    return true;
  }
  bool moved = false;
  if (op.phase == phase::queued) {
    if (!begin(op)) return false;
    moved = true;
  }
  if (!op.ready && op.phase != phase::closing && op.gate != 0 && on_.device->done(op.gate)) {
    op.ready = moved = true;
    if (on_.board != nullptr && !op.callback_tells) {
      on_.board->set_ready_late(op.seq, false);
      on_.board->wake_all();
    }
    open(op);
  }
  for (std::size_t k = 0; k < op.opening.size(); ++k) {
    if (op.opening[k] != 0) moved |= on_.device->done(op.opening[k]);
  }
  if (op.phase == phase::arrived) {
    if (op.prologue_left != 0) moved |= run(op, op.plan->plan.prologue);
    moved |= agree(op);
  }
  if (op.phase == phase::running) {
    moved |= run(op, op.states.size());
    op.fetched = op.fetches_left == 0;
    if (op.waiting.empty()) {
      op.phase = phase::closing;
      moved = true;
    }
  }
  if (op.phase == phase::closing) moved |= close(op);
  return moved;
}

namespace {

// Whether its device has something to do after the ranks have agreed, which may fail.
bool works_late(const operation& op) {
  if (op.plan->plan.steps.empty()) return false;
  if (op.plan->by_mpi) return true;
  const auto late = [](const staging::binding& range) {
    return range.bytes != 0 && (!staging::always_addressed(range.kind) || range.original != nullptr);
  };
  if (std::any_of(op.bindings.begin(), op.bindings.end(), late)) return true;
  if (!op.plan->reduces) return false;
  return op.reduction.in_kernels() ||
         std::any_of(op.shadows.begin(), op.shadows.end(), [](const auto& shadow) { return shadow != nullptr; });
}

// Whether its blocks may need staging memory.
bool stages(const operation& op, const links& on) {
  if (op.plan->plan.steps.empty()) return false;
  for (std::size_t k = 0; k < op.bindings.size(); ++k) {
    const staging::binding& range = op.bindings[k];
    if (range.bytes == 0 || range.kind == staging::kind::direct || op.shadows[k] != nullptr) continue;
    if (range.kind != staging::kind::host || range.bytes > on.unstaged_of_host) return true;
  }
  return false;
}

}  // namespace

bool executor::has_room(std::uint64_t seq) {
  if (on_.meeting != nullptr && on_.meeting != on_.board && !on_.meeting->room(seq)) return false;
  return on_.board == nullptr || (!in_use_[seq % in_use_.size()] && on_.board->room(seq));
}

bool executor::begin_at_once(operation& op) {
  if (!has_room(op.seq)) return false;
  in_use_[op.seq % in_use_.size()] = true;
  op.at_once = true;
  op.works_late = op.stages = false;
  if (on_.parcels != nullptr && op.mine.signature.start != 0) on_.meeting->name_start(op.seq, op.mine.signature.start);
  at_once_.put(op);
  if (on_.board != nullptr) on_.board->set_complete(op.seq, op.plan->one_offer);
  on_.meeting->arrive(op.seq, op.mine, op.plan->pair_lists());
  op.phase = phase::arrived;
  return true;
}

bool executor::begin_first(operation& op) {
  op.may_lease = true;
  return op.phase == phase::queued && begin(op);
}

// Publishes the arrival, with all blocks that can be offered by the same store.
bool executor::begin(operation& op) {
  if (at_once_.fits(op)) return begin_at_once(op);
  if (!has_room(op.seq)) return false;
  in_use_[op.seq % in_use_.size()] = true;
  op.at_once = false;
  begin_steps(op, 0);
  op.works_late = works_late(op);
  op.stages = stages(op, on_);
  if (op.mine.signature.start != 0 && on_.meeting != nullptr) on_.meeting->name_start(op.seq, op.mine.signature.start);
  if (op.plan->by_mpi && !op.plan->plan.steps.empty()) on_.mpi_turns.push_back(op.seq);
  if (op.mine.signature.status == 0) {
    try {
      if (op.works_late) on_.device->prepare();
      if (op.stages) {
        mover_.rings_of(op).sending.reserve();
        if (on_.stages_fetches && !op.addressed) mover_.rings_of(op).receiving.reserve();
      }
      if (op.ready) open(op);
      run(op, op.plan->plan.prologue);
      if (op.gate != 0 && on_.board != nullptr) tell_when_ready(op);
    } catch (...) {  // nothing has moved: the others learn it from the arrival
      const error failure = core::current_error();
      op.mine.signature.status = static_cast<std::int32_t>(failure.code());
      op.mine.set_text(failure.what());
    }
  }
  op.phase = phase::arrived;
  if (on_.board != nullptr) {
    // What is offered otherwise is not done yet.
    on_.board->set_all_inlined(op.seq, op.prologue_left == 0 && !op.plan->late_offers);
    on_.board->set_works_late(op.seq, op.works_late);
    if (op.gate == 0) on_.board->set_ready(op.seq);
  }
  if (on_.meeting != nullptr) on_.meeting->arrive(op.seq, op.mine, op.plan->pair_lists());
  return true;
}

// Steps before the first are done already.
void executor::begin_steps(operation& op, std::size_t first) {
  const prepared_plan& plan = *op.plan;
  const std::size_t count = plan.plan.steps.size();
  op.states.clear();
  op.states.resize(count);
  for (step_state& each : op.states) each.address = op.seq;
  for (std::size_t k = 0; k < plan.users.size(); ++k) op.states[k].users = plan.users[k];
  for (std::size_t k = 0; k < first; ++k) op.states[k].done = true;
  op.waiting.resize(count - first);
  std::iota(op.waiting.begin(), op.waiting.end(), static_cast<std::uint32_t>(first));
  op.prologue_left = plan.plan.prologue - first;
  op.fetches_left = plan.fetches;
}

// The peers may then read without a call of this rank's; where the driver takes no callback they wait for the next one.
void executor::tell_when_ready(operation& op) {
  transport::board& board = *on_.board;
  op.callback_tells = true;
  ++board.callbacks;
  try {
    on_.device->when_done(op.gate, [&board, seq = op.seq](bool failed) {
      board.set_ready_late(seq, failed);
      board.wake_all();
      --board.callbacks;
    });
  } catch (...) {
    op.callback_tells = false;
    --board.callbacks;
    core::log("rank {} cannot tell its peers when its device is ready: {}", on_.rank, core::current_error().what());
  }
}

// Not before the operation is ready: a mapping that waits would hold up those behind it in the port's queue, among them
// what it waits for.
void executor::open(operation& op) {
  for (std::size_t k = 0; k < op.bindings.size(); ++k) {
    staging::binding& range = op.bindings[k];
    const bool out = k == static_cast<std::size_t>(schedule::buffer::out);
    if (range.bytes == 0) continue;
    if (op.shadows[k] != nullptr) {
      range.kind = staging::kind::direct;
      range.host = op.shadows[k].get();
      const bool needed = !out || !op.plan->covers_out;
      if (needed) op.opening[k] = on_.device->read(range, 0, range.bytes, range.host);
    } else if (k == static_cast<std::size_t>(schedule::buffer::temporary)) {
      // What the device's temporary memory begins with, if anything.
      if (op.device_temporary != nullptr && op.temporary != nullptr)
        op.opening[k] = on_.device->write(range, 0, range.bytes, op.temporary.get());
    } else if (range.kind == staging::kind::mapped) {
      op.opening[k] = on_.device->map(range, out, op.gate);
    }
    if (op.blocks) on_.device->wait_if_better(op.opening[k]);
  }
}

bool executor::agree(operation& op) {
  const auto refuse = [&](const error& why) {
    op.failure = why;
    op.phase = phase::closing;
    op.fetched = true;
    op.fetches_left = 0;
    return true;
  };
  if (on_.meeting == nullptr) {
    if (op.mine.signature.status != 0 || op.plan->pairs != 0) {
      transport::minutes alone{{op.mine}, {}};
      if (op.plan->pairs != 0) {
        const auto own = transport::entry_of(op.plan->pair_lists(), 0);
        alone.odd.push_back({0, 0, own.sent, own.expected, own.sent_type, own.expected_type});
      }
      return refuse(verdict(alone));
    }
    op.phase = phase::running;
    return true;
  }
  if (op.paired) return agree_in_pairs(op);
  const auto seen = on_.meeting->poll(op.seq);
  if (seen != transport::outcome::pending && op.mine.signature.start != 0) address_elsewhere(op);
  switch (seen) {
    case transport::outcome::pending: return false;
    case transport::outcome::agreed: op.finishes_together = on_.meeting->works_late(op.seq); return go_on(op);
    case transport::outcome::refused: return refuse(verdict(on_.meeting->read(op.seq)));
  }
  return false;
}

// Others may have gone on, and do not look back: a refusal ends the communicator.
bool executor::agree_in_pairs(operation& op) {
  const transport::compared with = op.plan->compared();
  switch (on_.meeting->poll(op.seq, &with)) {
    case transport::outcome::pending: return false;
    case transport::outcome::agreed: return go_on(op);
    case transport::outcome::refused: break;
  }
  throw error(verdict(on_.meeting->read(op.seq, &with)));
}

// All have agreed. Where some rank has not put all inside its arrival, the steps go on one by one.
bool executor::go_on(operation& op) {
  if (!op.at_once) {
    op.phase = phase::running;
    return true;
  }
  if (!at_once_.has_all(op)) {
    begin_steps(op, op.plan->plan.prologue);
    op.at_once = false;
    if (op.mine.signature.start != 0) address_elsewhere(op);
    op.phase = phase::running;
    return true;
  }
  at_once_.take(op);
  op.fetched = true;
  op.phase = phase::closing;
  return true;
}

// The owner of a block addresses it by its own number of the operation.
void executor::address_elsewhere(operation& op) {
  op.numbers = on_.meeting->numbers(op.seq);
  if (op.numbers.empty()) return;
  for (std::size_t k = 0; k < op.states.size(); ++k) {
    const schedule::step& step = op.step(static_cast<std::uint32_t>(k));
    if (step.what == schedule::verb::fetch || step.what == schedule::verb::view)
      op.states[k].address = op.numbers[static_cast<std::size_t>(step.peer)];
  }
}

bool executor::run(operation& op, std::size_t end) {
  bool moved = false;
  if (op.stages) mover_.begin_look(op);
  std::size_t at = 0, left = 0;  // what is not done moves up
  for (; at < op.waiting.size() && op.waiting[at] < end; ++at) {
    const std::uint32_t k = op.waiting[at];
    const schedule::step& step = op.step(k);
    const bool free =
        std::all_of(step.after.begin(), step.after.end(), [&](std::uint32_t each) { return op.states[each].done; });
    step_state& state = op.states[k];
    if (free) moved |= mover_.advance(op, step, state);
    if (state.done) {
      if (k < op.plan->plan.prologue) --op.prologue_left;
      if (takes(step.what)) --op.fetches_left;
      continue;
    }
    if (op.stages && !state.begun && op.phase == phase::running) mover_.hold_back(op, step);
    op.waiting[left++] = k;
  }
  if (left != at)
    op.waiting.erase(op.waiting.begin() + static_cast<std::ptrdiff_t>(left),
                     op.waiting.begin() + static_cast<std::ptrdiff_t>(at));
  return moved;
}

bool executor::close(operation& op) {
  if (op.at_once && !op.finishes_together) {
    op.phase = phase::done;
    in_use_[op.seq % in_use_.size()] = false;
    return true;
  }
  if (op.failure) {  // refused: what is under way ends before its memory goes
    for (const std::uint32_t k : op.waiting) {
      if (!op.states[k].done && !mover_.abandon(op.states[k], op.step(k).what)) return false;
    }
    op.waiting.clear();
    std::erase(on_.mpi_turns, op.seq);
  }
  // Where a callback has told the peers that the device is done, they may have taken all blocks before this rank
  // looked.
  if (op.gate != 0 && !on_.device->done(op.gate)) return false;
  while (!op.combined.empty() && !op.failure) {
    if (!on_.device->done(op.combined.back())) return false;
    op.combined.pop_back();
  }
  for (std::size_t k = 0; k < op.bindings.size(); ++k) {
    staging::binding& range = op.bindings[k];
    if (op.shadows[k] == nullptr && range.kind != staging::kind::mapped) continue;
    if (op.opening[k] != 0 && !on_.device->done(op.opening[k])) return false;
    if (range.host == nullptr) continue;
    if (range.kind == staging::kind::mapped) {
      op.closing[k] = on_.device->unmap(range);
    } else if (k == static_cast<std::size_t>(schedule::buffer::out) && !op.failure && op.plan->writes_out) {
      op.closing[k] = on_.device->write(range, 0, range.bytes, std::exchange(range.host, nullptr));
    }
    if (op.blocks) on_.device->wait_if_better(op.closing[k]);
  }
  for (staging::ticket& each : op.closing) {
    if (each != 0 && !on_.device->done(each)) return false;
  }
  constexpr auto out = static_cast<std::size_t>(schedule::buffer::out);
  if (!op.failure && return_original(*on_.device, op.bindings[out], op.closing[out])) return false;
  if (!op.failure && op.finishes_together) {
    if (!std::exchange(op.told_finished, true)) on_.meeting->set_finished(op.seq);
    if (on_.meeting->unfinished(op.seq, op.numbers) >= 0) return false;
  }
  op.phase = phase::done;
  in_use_[op.seq % in_use_.size()] = false;
  return true;
}

bool executor::withdraw(operation& op) {
  bool moved = false;
  if (op.phase != phase::running || !op.ready) return false;
  for (const std::uint32_t k : op.waiting) {
    if (op.step(k).what == schedule::verb::offer) moved |= mover_.withdraw(op, op.step(k), op.states[k]);
  }
  if (moved) std::erase_if(op.waiting, [&](std::uint32_t k) { return op.states[k].done; });
  return moved;
}

bool executor::all_are_done(operation& op) const {
  if (!op.told_finished || op.failure || on_.meeting->unfinished(op.seq, op.numbers) >= 0) return false;
  op.phase = phase::done;
  return true;
}

bool executor::is_refused(operation& op) noexcept {
  try {
    if (op.phase == phase::arrived && on_.meeting != nullptr) agree(op);
  } catch (...) {  // the meeting ends here, as the communicator does
    core::log("rank {} cannot look whether a call is refused: {}", on_.rank, core::current_error().what());
  }
  return op.failure.has_value();
}

int executor::failed_device(const operation& op) const {
  if (on_.board == nullptr || on_.meeting != on_.board || op.phase != phase::running) return -1;
  return on_.board->failed(op.seq, op.numbers);
}

void executor::inquire(const operation& op) {
  if (op.phase == phase::arrived && on_.meeting != nullptr && !op.paired) on_.meeting->inquire(op.seq);
}

std::string executor::waits_for(const operation& op) const {
  const auto what = name_of(op.mine.signature);
  const auto begun = core::formatted("rank {} waits in {} (operation {})", on_.rank, what, op.seq);
  if (op.phase == phase::queued) return begun + " for other ranks to leave earlier operations";
  if (op.phase == phase::arrived) {
    std::uint64_t last = 0;
    int peer = on_.meeting == nullptr || op.paired ? -1 : on_.meeting->missing(op.seq, last);
    if (op.paired) peer = on_.board->missing_of(op.plan->sources, op.seq, last);
    if (peer >= 0)
      return core::formatted("{} for rank {}, which has not arrived: its last operation is {}", begun, peer, last);
    return begun + " for the ranks to agree";
  }
  if (!op.ready) return begun + " for its own device, whose earlier commands are not done";
  if (op.told_finished) {
    if (const int peer = on_.meeting->unfinished(op.seq, op.numbers); peer >= 0)
      return core::formatted("{} for rank {}, whose device has not done its part", begun, peer);
  }
  for (const std::uint32_t k : op.waiting) {
    const auto& step = op.step(k);
    if (step.what == schedule::verb::mpi) return begun + " for MPI's own collective";
    if (step.what == schedule::verb::fetch || step.what == schedule::verb::view)
      return core::formatted("{} for the block of rank {}", begun, step.peer);
    if (step.what == schedule::verb::offer)
      return core::formatted("{} for rank {} to take its block", begun, step.peer);
  }
  return begun + " for its own device";
}

}  // namespace clique::engine
