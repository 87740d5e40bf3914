// Messages and groups of them.
#include "c_api/calls.hpp"

#include <algorithm>

namespace clique::c_api {
namespace {

using detail::message_args;
using messages = std::span<const message_args>;

// How many of them are receives.
std::size_t receives_in(messages what) {
  return static_cast<std::size_t>(std::count_if(
      what.begin(), what.end(), [](const auto& each) { return each.what == message_args::kind::receive; }));
}

// The three entries of each.
void run(clique_comm comm, messages what, clique_message* received, const call_end& end, cl_event* event) {
  communicator& on = of(comm).comm;
  const std::vector<cl::Event> events = events_of(on.device(), end);
  if (event != nullptr) {
    require(received == nullptr, status::invalid_argument,
            "with an event nothing is known yet of what is received: give NULL, or use a request");
    detail::require_events(on);
    hand_out_event(event, detail::iexchange(on, what, how_of(events, end)));
    return;
  }
  std::vector<message> got(receives_in(what));
  detail::exchange(on, what, how_of(events, end), got);
  if (received == nullptr) return;
  for (const message& each : got) *received++ = {each.source, each.tag};
}

void run(clique_comm comm, messages what, const call_end& end, clique_request* request) {
  given(request, "request");
  communicator& on = of(comm).comm;
  const std::vector<cl::Event> events = events_of(on.device(), end);
  make(request, detail::iexchange(on, what, how_of(events, end)));
}

void prepare(clique_comm comm, messages what, const call_end& end, clique_request* request) {
  given(request, "request");
  communicator& on = of(comm).comm;
  const std::vector<cl::Event> events = listed_events(end);
  hand_out_request(request, on.device(), detail::exchange_init(on, what, how_of(events, end)), end);
}

}  // namespace
}  // namespace clique::c_api

using namespace clique::c_api;
using clique::detail::receives;
using clique::detail::replaces;
using clique::detail::sends;

// Defines the three entries of one call. PARAMETERS as for a collective; RECEIVED and GOT: with a comma, or nothing.
#define CLIQUE_C_MESSAGE(NAME, PARAMETERS, RECEIVED, GOT, ...)                                      \
  clique_status clique_##NAME(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm,                      \
                              CLIQUE_C_PARAMETERS RECEIVED CLIQUE_C_END, cl_event* event) {         \
    return guard([&] { run(comm, __VA_ARGS__, GOT, {queue, num_events, wait_list}, event); });      \
  }                                                                                                 \
  clique_status clique_i##NAME(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm, CLIQUE_C_END,       \
                               clique_request* request) {                                           \
    return guard([&] { run(comm, __VA_ARGS__, {queue, num_events, wait_list}, request); });         \
  }                                                                                                 \
  clique_status clique_##NAME##_init(CLIQUE_C_PARAMETERS PARAMETERS clique_comm comm, CLIQUE_C_END, \
                                     clique_request* request) {                                     \
    return guard([&] { prepare(comm, __VA_ARGS__, {queue, num_events, wait_list}, request); });     \
  }

CLIQUE_C_MESSAGE(send, (cl_mem buffer, size_t offset, size_t count, clique_datatype type, int to, int tag, ), (),
                 nullptr, std::array{sends(region_of(buffer, offset, count, type), to, tag)})

CLIQUE_C_MESSAGE(recv, (cl_mem buffer, size_t offset, size_t count, clique_datatype type, int from, int tag, ),
                 (clique_message * received, ), received,
                 std::array{receives(region_of(buffer, offset, count, type), from, tag)})

CLIQUE_C_MESSAGE(sendrecv,
                 (cl_mem send, size_t send_offset, size_t send_count, clique_datatype send_type, int to, int send_tag,
                  cl_mem receive, size_t receive_offset, size_t receive_count, clique_datatype receive_type, int from,
                  int receive_tag, ),
                 (clique_message * received, ), received,
                 std::array{
                     sends(region_of(send, send_offset, send_count, send_type), to, send_tag),
                     receives(region_of(receive, receive_offset, receive_count, receive_type), from, receive_tag)})

CLIQUE_C_MESSAGE(sendrecv_replace,
                 (cl_mem buffer, size_t offset, size_t count, clique_datatype type, int to, int send_tag, int from,
                  int receive_tag, ),
                 (clique_message * received, ), received,
                 replaces(region_of(buffer, offset, count, type), to, send_tag, from, receive_tag))

// ---- groups

clique_status clique_group_create(clique_comm comm, clique_group* group) {
  return guard([&] {
    given(group, "group");
    make(group, &of(comm), std::vector<clique::detail::message_args>());
  });
}

void clique_group_free(clique_group group) {
  free_handle(group);
}

clique_status clique_group_send(clique_group group, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                                int to, int tag) {
  return guard(
      [&] { given(group, "the group").messages.push_back(sends(region_of(buffer, offset, count, type), to, tag)); });
}

clique_status clique_group_recv(clique_group group, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                                int from, int tag) {
  return guard([&] {
    given(group, "the group").messages.push_back(receives(region_of(buffer, offset, count, type), from, tag));
  });
}

clique_status clique_group_size(clique_group group, size_t* messages) {
  return guard([&] { given(messages, "messages") = given(group, "the group").messages.size(); });
}

clique_status clique_group_clear(clique_group group) {
  return guard([&] { given(group, "the group").messages.clear(); });
}

clique_status clique_group_run(clique_group group, clique_message* received, CLIQUE_C_END, cl_event* event) {
  return guard([&] {
    const clique_group_s& of = given(group, "the group");
    run(of.comm, of.messages, received, {queue, num_events, wait_list}, event);
  });
}

clique_status clique_group_irun(clique_group group, CLIQUE_C_END, clique_request* request) {
  return guard([&] {
    const clique_group_s& of = given(group, "the group");
    run(of.comm, of.messages, {queue, num_events, wait_list}, request);
  });
}

clique_status clique_group_run_init(clique_group group, CLIQUE_C_END, clique_request* request) {
  return guard([&] {
    const clique_group_s& of = given(group, "the group");
    prepare(of.comm, of.messages, {queue, num_events, wait_list}, request);
  });
}
