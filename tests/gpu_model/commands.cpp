#include "commands.hpp"

#include "layer.hpp"

#include <algorithm>
#include <thread>
#include <unordered_map>

#include <sys/prctl.h>

namespace gpu_model {

struct queue {
  cl_command_queue handle;
  cl_context context;
  unsigned device;
  bool out_of_order, profiled;
  std::mutex order;                               // held while commands are put into this queue and PoCL's
  std::deque<std::shared_ptr<command>> commands;  // the first may be running
  nanoseconds last_end = 0;
  bool running = false, closing = false;
};

namespace {

struct due_callback {
  nanoseconds when;
  cl_event handle;
  cl_int status;
  event::callback what;
};

struct state {
  std::mutex mutex;
  std::condition_variable changed;  // a command came, was flushed or ended
  std::unordered_map<cl_command_queue, queue*> queues;
  std::unordered_map<cl_event, std::shared_ptr<event>> events;
  std::deque<due_callback> callbacks;
  bool calls_back = false;  // the thread that does is there
};
// Never destroyed: threads look at it until the process ends.
state& all() {
  static state& made = *new state;
  return made;
}

bool over(const event& of) {
  return of.status <= CL_COMPLETE;
}

void precise_sleeps() {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

// Under the mutex; the reference of the handle is the caller's to take.
void release_locked(cl_event handle) {
  cl_uint references = 0;
  below().clGetEventInfo(handle, CL_EVENT_REFERENCE_COUNT, sizeof references, &references, nullptr);
  if (references == 1) all().events.erase(handle);
  below().clReleaseEvent(handle);
}

void call_back() {
  precise_sleeps();
  std::unique_lock lock(all().mutex);
  for (;;) {
    all().changed.wait(lock, [] { return !all().callbacks.empty(); });
    const due_callback next = all().callbacks.front();
    all().callbacks.pop_front();
    lock.unlock();
    sleep_until(next.when);
    next.what.function(next.handle, next.status, next.what.argument);
    lock.lock();
    release_locked(next.handle);
  }
}

// Under the mutex. Those callbacks whose status is reached leave the list.
void due(event& of) {
  for (std::size_t k = 0; k < of.callbacks.size();) {
    if (of.callbacks[k].at < of.status) {
      ++k;
      continue;
    }
    if (!all().calls_back) {
      all().calls_back = true;
      std::thread(call_back).detach();
    }
    below().clRetainEvent(of.handle);
    const nanoseconds later = model().of_us(model().callback_us);
    all().callbacks.push_back({now() + later, of.handle, over(of) ? of.status : of.callbacks[k].at, of.callbacks[k]});
    of.callbacks.erase(of.callbacks.begin() + static_cast<std::ptrdiff_t>(k));
    all().changed.notify_all();
  }
}

// Under the mutex: the command that can run now, or null.
std::shared_ptr<command> next_of(queue& of) {
  for (const auto& candidate : of.commands) {
    const bool first = candidate == of.commands.front();
    if (!candidate->flushed) return nullptr;
    const bool can = std::all_of(candidate->wait_list.begin(), candidate->wait_list.end(),
                                 [](const auto& each) { return over(*each); }) &&
                     (first || !candidate->after_all);
    if (can) return candidate;
    if (!of.out_of_order || candidate->before_all) return nullptr;
  }
  return nullptr;
}

void run_queue(queue* of) {
  precise_sleeps();
  std::unique_lock lock(all().mutex);
  for (;;) {
    std::shared_ptr<command> next;
    all().changed.wait(lock, [&] { return (next = next_of(*of)) != nullptr || (of->closing && of->commands.empty()); });
    if (next == nullptr) break;
    event& its_event = *next->its_event;
    its_event.status = CL_RUNNING;
    its_event.started = now();
    due(its_event);
    const bool failed =
        std::any_of(next->wait_list.begin(), next->wait_list.end(), [](const auto& each) { return each->status < 0; });
    nanoseconds ready = its_event.submitted;
    for (const auto& each : next->wait_list) ready = std::max(ready, each->ended);
    timing times{of->device, ready, of->last_end, 0};
    lock.unlock();
    cl_int status = failed ? CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST : next->run(times);
    if (model().timed() && !failed) sleep_until(times.end);
    for (const cl_mem kept : next->keeps) below().clReleaseMemObject(kept);
    const cl_event handle = its_event.handle;
    lock.lock();
    of->last_end = times.end != 0 ? times.end : now();
    its_event.ended = std::max(its_event.started, of->last_end);
    its_event.status = std::min(status, CL_COMPLETE);
    due(its_event);
    of->commands.erase(std::find(of->commands.begin(), of->commands.end(), next));
    all().changed.notify_all();
    lock.unlock();
    next.reset();
    if (handle != nullptr) below().clSetUserEventStatus(handle, std::min(status, CL_COMPLETE));
    lock.lock();
    if (handle != nullptr) release_locked(handle);
  }
  all().queues.erase(of->handle);
  lock.unlock();
  below().clReleaseCommandQueue(of->handle);
  delete of;
}

// Under the mutex.
void flush_locked(queue& of) {
  bool any = false;
  for (const auto& each : of.commands) {
    if (each->flushed) continue;
    each->flushed = any = true;
    each->its_event->status = CL_SUBMITTED;
    each->its_event->submitted = now();
    due(*each->its_event);
  }
  if (any) all().changed.notify_all();
}

// An event that PoCL made: the model follows it.
void CL_CALLBACK foreign_ended(cl_event, cl_int status, void* argument) {
  const std::unique_ptr<std::shared_ptr<event>> of(static_cast<std::shared_ptr<event>*>(argument));
  const std::lock_guard lock(all().mutex);
  (*of)->status = std::min(status, CL_COMPLETE);
  (*of)->ended = now();
  all().changed.notify_all();
}
std::shared_ptr<event> follow(cl_event handle) {
  auto made = std::make_shared<event>();
  auto copy = std::make_unique<std::shared_ptr<event>>(made);
  if (below().clSetEventCallback(handle, CL_COMPLETE, foreign_ended, copy.get()) != CL_SUCCESS) return nullptr;
  copy.release();
  return made;
}

}  // namespace

queue* find_queue(cl_command_queue handle) {
  const std::lock_guard lock(all().mutex);
  const auto known = all().queues.find(handle);
  return known == all().queues.end() ? nullptr : known->second;
}

void add_queue(cl_command_queue handle, cl_context context, unsigned device, cl_command_queue_properties properties) {
  auto* const made = new queue{.handle = handle,
                               .context = context,
                               .device = device,
                               .out_of_order = (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0,
                               .profiled = (properties & CL_QUEUE_PROFILING_ENABLE) != 0};
  const std::lock_guard lock(all().mutex);
  all().queues[handle] = made;
}

void close_queue(cl_command_queue handle) {
  queue* const of = find_queue(handle);
  const std::lock_guard lock(all().mutex);
  flush_locked(*of);
  of->closing = true;
  if (!of->running) std::thread(run_queue, of).detach();
  of->running = true;
  all().changed.notify_all();
}

unsigned device_of(const queue& of) {
  return of.device;
}
cl_command_queue handle_of(const queue& of) {
  return of.handle;
}

std::unique_lock<std::mutex> enqueueing(queue& to) {
  return std::unique_lock(to.order);
}

cl_int enqueue(queue& to, command&& given, cl_command_type type, cl_uint events, const cl_event* wait_list,
               cl_event* handle, bool wait) {
  if ((events == 0) != (wait_list == nullptr)) return CL_INVALID_EVENT_WAIT_LIST;
  auto made = std::make_shared<command>(std::move(given));
  for (cl_uint k = 0; k < events; ++k) {
    std::shared_ptr<event> each = find_event(wait_list[k]);
    if (each == nullptr) each = follow(wait_list[k]);
    if (each == nullptr) return CL_INVALID_EVENT_WAIT_LIST;
    made->wait_list.push_back(std::move(each));
  }
  auto its_event = made->its_event = std::make_shared<event>();
  its_event->of = &to;
  its_event->queue_handle = to.handle;
  its_event->profiled = to.profiled;
  its_event->type = type;
  its_event->queued = now();
  if (handle != nullptr) {
    cl_int code = CL_SUCCESS;
    its_event->handle = below().clCreateUserEvent(to.context, &code);
    if (code != CL_SUCCESS) return code;
    below().clRetainEvent(its_event->handle);  // the model's, until the command is over
    *handle = its_event->handle;
  }
  for (const cl_mem kept : made->keeps) below().clRetainMemObject(kept);
  std::unique_lock lock(all().mutex);
  if (handle != nullptr) all().events[its_event->handle] = its_event;
  to.commands.push_back(std::move(made));
  if (!to.running) std::thread(run_queue, &to).detach();
  to.running = true;
  if (!wait) return CL_SUCCESS;
  flush_locked(to);
  all().changed.wait(lock, [&] { return over(*its_event); });
  return its_event->status;
}

void flush(queue& of) {
  {
    const std::lock_guard lock(all().mutex);
    const auto waits = [](const auto& each) { return !each->flushed; };
    if (std::none_of(of.commands.begin(), of.commands.end(), waits)) return;
    flush_locked(of);
  }
  spend(model().of_us(model().flush_us));
}

void finish(queue& of) {
  std::unique_lock lock(all().mutex);
  flush_locked(of);
  const bool idle = of.commands.empty();
  // Those that are there now: another thread may go on enqueueing.
  const std::vector<std::shared_ptr<command>> there(of.commands.begin(), of.commands.end());
  all().changed.wait(lock, [&] {
    return std::all_of(there.begin(), there.end(), [](const auto& each) { return over(*each->its_event); });
  });
  lock.unlock();
  if (!idle || !model().timed()) return;
  spend(model().of_us(model().finish_us));
}

std::shared_ptr<event> find_event(cl_event handle) {
  const std::lock_guard lock(all().mutex);
  const auto known = all().events.find(handle);
  return known == all().events.end() ? nullptr : known->second;
}

cl_int wait_for(cl_uint count, const cl_event* events) {
  std::vector<std::shared_ptr<event>> known;
  for (cl_uint k = 0; k < count; ++k) {
    std::shared_ptr<event> each = find_event(events[k]);
    if (each == nullptr) each = follow(events[k]);
    if (each == nullptr) return CL_INVALID_EVENT;
    known.push_back(std::move(each));
  }
  std::unique_lock lock(all().mutex);
  for (const auto& each : known)
    if (!over(*each) && each->of != nullptr) flush_locked(*each->of);
  all().changed.wait(lock,
                     [&] { return std::all_of(known.begin(), known.end(), [](const auto& e) { return over(*e); }); });
  const bool failed = std::any_of(known.begin(), known.end(), [](const auto& each) { return each->status < 0; });
  return failed ? CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST : CL_SUCCESS;
}

void add_user_event(cl_event handle) {
  auto made = std::make_shared<event>();
  made->handle = handle;
  made->type = CL_COMMAND_USER;
  made->status = CL_SUBMITTED;
  const std::lock_guard lock(all().mutex);
  all().events[handle] = std::move(made);
}

cl_int user_event_ended(cl_event handle, cl_int status) {
  const std::shared_ptr<event> of = find_event(handle);
  if (of != nullptr && of->of != nullptr) return CL_INVALID_EVENT;
  const cl_int code = below().clSetUserEventStatus(handle, status);
  if (code != CL_SUCCESS || of == nullptr) return code;
  const std::lock_guard lock(all().mutex);
  of->status = status;
  of->ended = now();
  due(*of);
  all().changed.notify_all();
  return CL_SUCCESS;
}

bool add_callback(cl_event handle, event::callback callback) {
  const std::lock_guard lock(all().mutex);
  const auto known = all().events.find(handle);
  if (known == all().events.end()) return false;
  known->second->callbacks.push_back(callback);
  due(*known->second);
  all().changed.notify_all();
  return true;
}

void release_event(cl_event handle) {
  const std::lock_guard lock(all().mutex);
  release_locked(handle);
}

event snapshot(const event& of) {
  const std::lock_guard lock(all().mutex);
  return of;
}

}  // namespace gpu_model
