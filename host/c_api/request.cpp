// Requests, of both kinds.
#include "c_api/calls.hpp"

using namespace clique::c_api;

namespace {

clique_request_s& known(clique_request request) {
  return given(request, "the request");
}

// Calls `look` with whichever it is.
template <class Look>
auto look(clique_request request, Look&& look) {
  clique_request_s& of = known(request);
  return of.persists ? look(of.often) : look(of.once);
}

}  // namespace

clique_status clique_request_start(clique_request request) {
  return guard([&] {
    clique_request_s& of = known(request);
    clique::require(of.persists, clique::status::invalid_argument,
                    "this request is of a non-blocking call: only those of persistent calls can be started");
    if (of.other() != nullptr) follow(of.own, of.other);
    of.often.start();
  });
}

clique_status clique_request_test(clique_request request, int* done) {
  return guard([&] { given(done, "done") = look(request, [](auto& of) { return of.test(); }) ? 1 : 0; });
}

clique_status clique_request_wait(clique_request request) {
  return guard([&] { look(request, [](auto& of) { of.wait(); }); });
}

clique_status clique_request_wait_for(clique_request request, double seconds) {
  return guard([&] { look(request, [&](auto& of) { of.wait_for(std::chrono::duration<double>(seconds)); }); });
}

clique_status clique_request_event(clique_request request, cl_event* event) {
  return guard([&] {
    given(event, "event");
    cl::Event made = look(request, [](auto& of) { return of.event(); });
    *event = std::exchange(made(), nullptr);
  });
}

clique_status clique_request_received(clique_request request, size_t k, int* source, int* tag) {
  return guard([&] {
    const clique_request_s& of = known(request);
    const clique::message got = (of.persists ? of.often.current() : of.once).received(k);
    hand_out(source, got.source);
    hand_out(tag, got.tag);
  });
}

void clique_request_free(clique_request request) {
  free_handle(request);
}
