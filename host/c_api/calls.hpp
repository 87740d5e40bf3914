// What the calls that move data share: their four forms, and what each begins after.
#pragma once

#include "c_api/handles.hpp"

#include <clique/topology.hpp>

#include <chrono>

namespace clique::c_api {

// The end of every argument list.
struct call_end {
  cl_command_queue queue;
  cl_uint num_events;
  const cl_event* wait_list;
};

// The events that a call begins after: those of the list, and one for what the queue holds.
std::vector<cl::Event> events_of(const device& on, const call_end& end);
inline call how_of(const std::vector<cl::Event>& events, const call_end& end) {
  return {.wait_list = events, .after = end.queue == CLIQUE_AFTER_EVENTS ? after::events : after::queue};
}
// Of a persistent call: those of the list; the queue is followed anew at each start.
std::vector<cl::Event> listed_events(const call_end& end);
// The queue, if it is another than the device's own.
cl::CommandQueue other_queue(const device& on, const call_end& end);
// What is enqueued in `own` from now on begins after what `other` holds.
void follow(const cl::CommandQueue& own, const cl::CommandQueue& other);

inline void hand_out_event(cl_event* to, request from) {
  cl::Event made = from.event();
  *to = std::exchange(made(), nullptr);
}

inline void hand_out_request(clique_request* to, const device& on, persistent from, const call_end& end) {
  auto made = std::make_unique<clique_request_s>(std::move(from));
  made->other = other_queue(on, end);
  if (made->other() != nullptr) made->own = on.queue();
  *to = made.release();
}

// A call of a collective in the making. What is wrong with its arguments becomes its `refused`, which all ranks throw.
class making {
 public:
  template <class Fill>
  making(clique_comm comm, collective what, const call_end& end, bool keeps, bool wants_event, Fill&& fill)
      : comm_(of(comm).comm), args_{.what = what}, end_(end) {
    try {
      if (wants_event) detail::require_events(comm_);
      events_ = keeps ? listed_events(end) : events_of(comm_.device(), end);
      if (keeps) static_cast<void>(other_queue(comm_.device(), end));  // its context is checked
      fill(*this);
    } catch (...) {
      refused_.emplace(core::current_error());
      args_ = {.what = what, .refused = &*refused_};
      events_.clear();
    }
  }
  making(const making&) = delete;
  making& operator=(const making&) = delete;

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(comm_.size()); }
  [[nodiscard]] std::size_t rank() const { return static_cast<std::size_t>(comm_.rank()); }
  [[nodiscard]] bool is_root() const { return comm_.rank() == args_.root; }
  [[nodiscard]] std::size_t sources() const { return neighbors_of_comm().sources.size(); }
  [[nodiscard]] std::size_t destinations() const { return neighbors_of_comm().destinations.size(); }

  // `blocks` blocks of `count` elements. The second of each may be CLIQUE_IN_PLACE.
  void send(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type, std::size_t blocks = 1);
  void receive(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type, std::size_t blocks = 1);
  bool send_or_in_place(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type,
                        std::size_t blocks = 1);
  bool receive_or_in_place(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type);
  // With lists of so many entries: as many elements as they reach.
  void send_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                  std::size_t entries, clique_datatype type);
  void receive_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                     std::size_t entries, clique_datatype type);
  // Of blocks that have their own types.
  void send_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                  std::size_t entries, const clique_datatype* types);
  void receive_lists(cl_mem buffer, std::size_t offset, const std::size_t* counts, const std::size_t* displacements,
                     std::size_t entries, const clique_datatype* types);
  void receive_counts(const std::size_t* counts) { args_.receive_counts = list(counts, size(), "counts"); }
  void root(int rank) { args_.root = rank; }
  void op(clique_op op) { args_.op = &op_.emplace(op_of(op)); }

  void run() { detail::run(comm_, args_, how()); }
  void start(cl_event* event) { hand_out_event(event, detail::start(comm_, args_, how())); }
  void start(clique_request* request) { make(request, detail::start(comm_, args_, how())); }
  void prepare(clique_request* request, const call_end& end) {
    hand_out_request(request, comm_.device(), detail::prepare(comm_, args_, how()), end);
  }

 private:
  [[nodiscard]] call how() const { return how_of(events_, end_); }
  [[nodiscard]] const neighborhood& neighbors_of_comm() const { return neighbors_of(comm_); }

  communicator& comm_;
  detail::arguments args_;
  const call_end end_;
  std::vector<cl::Event> events_;
  std::vector<datatype> send_types_, receive_types_;
  std::optional<reduce_op> op_;
  std::optional<error> refused_;
};

// The three entries of a collective.
template <class Fill>
clique_status run(collective what, clique_comm comm, const call_end& end, cl_event* event, Fill&& fill) {
  return guard([&] {
    making call(comm, what, end, false, event != nullptr, fill);
    if (event == nullptr) {
      call.run();
    } else {
      call.start(event);
    }
  });
}
template <class Fill>
clique_status start(collective what, clique_comm comm, const call_end& end, clique_request* request, Fill&& fill) {
  return guard([&] {
    given(request, "request");
    making(comm, what, end, false, false, fill).start(request);
  });
}
template <class Fill>
clique_status prepare(collective what, clique_comm comm, const call_end& end, clique_request* request, Fill&& fill) {
  return guard([&] {
    given(request, "request");
    making(comm, what, end, true, false, fill).prepare(request, end);
  });
}

// Defines the three entries: PARAMETERS in parentheses, each in front of a comma, and what fills the `call` from them.
#define CLIQUE_C_END cl_command_queue queue, cl_uint num_events, const cl_event *wait_list
#define CLIQUE_C_PARAMETERS(...) __VA_ARGS__
#define CLIQUE_C_COLLECTIVE(NAME, PARAMETERS, ...)                                                              \
  clique_status clique_##NAME(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm, CLIQUE_C_END, cl_event* event) { \
    return clique::c_api::run(clique::collective::NAME, comm, {queue, num_events, wait_list},                   \
                              event, [&]([[maybe_unused]] clique::c_api::making & call) __VA_ARGS__);           \
  }                                                                                                             \
  clique_status clique_i##NAME(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm, CLIQUE_C_END,                   \
                               clique_request* request) {                                                       \
    return clique::c_api::start(clique::collective::NAME, comm, {queue, num_events, wait_list},                 \
                                request, [&]([[maybe_unused]] clique::c_api::making & call) __VA_ARGS__);       \
  }                                                                                                             \
  clique_status clique_##NAME##_init(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm, CLIQUE_C_END,             \
                                     clique_request* request) {                                                 \
    return clique::c_api::prepare(clique::collective::NAME, comm, {queue, num_events, wait_list},               \
                                  request, [&]([[maybe_unused]] clique::c_api::making & call) __VA_ARGS__);     \
  }

// Parameter lists that many share.
#define CLIQUE_C_SEND cl_mem send, size_t send_offset
#define CLIQUE_C_RECEIVE cl_mem receive, size_t receive_offset
#define CLIQUE_C_LISTS const size_t *counts, const size_t *displacements
#define CLIQUE_C_SEND_LISTS const size_t *send_counts, const size_t *send_displacements
#define CLIQUE_C_RECEIVE_LISTS const size_t *receive_counts, const size_t *receive_displacements

}  // namespace clique::c_api
