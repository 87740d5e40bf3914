// Queues, commands and events of a modelled GPU. A queue's thread runs its commands one after the other: it waits for
// what a command has to wait for, reserves the engines that it needs, moves its bytes, sleeps until its time is over
// and completes its event. Kernels run on PoCL, where they wait for an event that this thread completes.
//
// A command begins when its queue was flushed, as OpenCL says, and not before. An event's handle is a user event of
// PoCL, which the model completes too: so it can stand in the wait list of what the model does not know.
#pragma once

#include "engines.hpp"

#include <CL/cl_icd.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gpu_model {

struct queue;

// All guarded by the one mutex of commands.cpp.
struct event {
  cl_event handle = nullptr;  // null where nobody asked for it
  queue* of = nullptr;        // null for a user event; there until the command is over
  cl_command_queue queue_handle = nullptr;
  bool profiled = false;
  cl_command_type type = 0;
  cl_int status = CL_QUEUED;  // 0 or less: over
  nanoseconds queued = 0, submitted = 0, started = 0, ended = 0;
  struct callback {
    cl_int at;
    void(CL_CALLBACK* function)(cl_event, cl_int, void*);
    void* argument;
  };
  std::vector<callback> callbacks;
};

// What a command is told when it runs, and what it tells of itself.
struct timing {
  unsigned device;
  nanoseconds submitted;
  nanoseconds after;  // the end of the command before it
  nanoseconds end;    // to be set: when it is over
};
struct command {
  std::function<cl_int(timing&)> run;  // returns CL_SUCCESS or a negative status
  std::shared_ptr<event> its_event;
  std::vector<std::shared_ptr<event>> wait_list;
  std::vector<cl_mem> keeps;
  bool flushed = false;
  bool after_all = false;   // a marker or barrier without a wait list: after all commands before it
  bool before_all = false;  // a barrier: all commands after it wait for it
};

// The record of a queue on a modelled device; null for another one.
queue* find_queue(cl_command_queue handle);
void add_queue(cl_command_queue handle, cl_context context, unsigned device, cl_command_queue_properties properties);
// Before the last reference is released: the queue runs on until it is empty, and then goes.
void close_queue(cl_command_queue handle);
unsigned device_of(const queue& of);

// Puts the command into its queue. `handle` is where the program wants its event, or null. With `wait` the queue is
// flushed, and the call returns when the command is over: CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST where an event
// of the wait list failed.
cl_int enqueue(queue& to, command&& made, cl_command_type type, cl_uint events, const cl_event* wait_list,
               cl_event* handle, bool wait);
// For calls whose order in PoCL's queue has to be that of the model's: held around both.
std::unique_lock<std::mutex> enqueueing(queue& to);

void flush(queue& of);
void finish(queue& of);

// For events that the model does not know, `known` is false.
cl_int wait_for(cl_uint count, const cl_event* events);
std::shared_ptr<event> find_event(cl_event handle);
cl_int user_event_ended(cl_event handle, cl_int status);
void add_user_event(cl_event handle);
bool add_callback(cl_event handle, event::callback callback);
void release_event(cl_event handle);
event snapshot(const event& of);  // under the mutex
cl_command_queue handle_of(const queue& of);

}  // namespace gpu_model
