// Messages of which the two ends differ: both throw the same, nobody else does, and the next message arrives.
#include "pairs.hpp"

namespace faults {
namespace {

// A message from the odd rank to the next: what each of the two does.
struct message_pair {
  std::string sent, expected;  // "6 elements of int32"
  std::function<void(scene&, int peer)> send, receive;
};

constexpr int tag = 5;

// In the form whose turn it is.
template <class A>
void send(scene& on, const A& data, int to) {
  if (on.form == form::blocking) return clique::send(on.comm, data, to, tag);
  if (on.form == form::non_blocking) return clique::isend(on.comm, data, to, tag).wait();
  clique::persistent again = clique::send_init(on.comm, data, to, tag);
  again.start();
  again.wait();
}
template <class A>
void receive(scene& on, const A& data, int from) {
  if (on.form == form::blocking) return (void)clique::recv(on.comm, data, from, tag);
  if (on.form == form::non_blocking) return clique::irecv(on.comm, data, from, clique::any_tag).wait();
  clique::persistent again = clique::recv_init(on.comm, data, from, tag);
  again.start();
  again.wait();
}

template <class S, class R>
message_pair messages(buffers<S> scene::*sent, std::size_t send_count, buffers<R> scene::*expected,
                      std::size_t receive_count) {
  const auto text = [](std::size_t count, clique::datatype type) {
    return std::to_string(count) + " elements of " + clique::name(type);
  };
  return {text(send_count, clique::type_of<S>()), text(receive_count, clique::type_of<R>()),
          [=](scene& on, int peer) { send(on, (on.*sent).in(send_count), peer); },
          [=](scene& on, int peer) { receive(on, (on.*expected).out(receive_count), peer); }};
}

// With a second message, the other way, which fits.
message_pair sendrecv_pair() {
  return {"6 elements of int32", "5 elements of int32",
          [](scene& on, int peer) { clique::sendrecv(on.comm, on.i.in(6), peer, tag, on.l.out(2), peer, 4); },
          [](scene& on, int peer) { clique::sendrecv(on.comm, on.l.in(2), peer, 4, on.i.out(5), peer, tag); }};
}
message_pair typed_sendrecv_pair() {
  return {"4 elements of meters", "4 elements of float32",
          [](scene& on, int peer) { clique::isendrecv(on.comm, on.m.in(4), peer, tag, on.l.out(2), peer, 4).wait(); },
          [](scene& on, int peer) { clique::sendrecv(on.comm, on.l.in(2), peer, 4, on.f.out(4), peer, tag); }};
}
message_pair replace_pair() {
  return {"4 elements of float32", "4 elements of int32",
          [](scene& on, int peer) { clique::send(on.comm, on.f.in(4), peer, tag); },
          [](scene& on, int peer) { clique::sendrecv_replace(on.comm, on.i.out(4), clique::no_rank, 0, peer, tag); }};
}
message_pair group_pair() {
  return {"12 elements of uint32", "12 elements of int32",
          [](scene& on, int peer) {
            clique::group all(on.comm);
            all.send(on.l.in(3), peer, 1).send(on.u.in(12), peer, tag).run();
          },
          [](scene& on, int peer) {
            clique::group all(on.comm);
            all.recv(on.i.out(12), peer, tag).recv(on.l.out(3), peer, 1).start().wait();
          }};
}

std::vector<message_pair> message_pairs() {
  return {messages(&scene::i, 6, &scene::i, 5),
          messages(&scene::i, 0, &scene::i, 5),
          messages(&scene::f, 12, &scene::f, 24),
          messages(&scene::f, 5, &scene::i, 5),
          messages(&scene::i, 6, &scene::l, 3),
          messages(&scene::c, 4, &scene::l, 4),
          messages(&scene::s, 5, &scene::m, 5),
          messages(&scene::m, 5, &scene::f, 5),
          messages(&scene::p, 4, &scene::s, 12),
          sendrecv_pair(),
          typed_sendrecv_pair(),
          replace_pair(),
          group_pair()};
}

}  // namespace

int run_message_pairs(scene& on) {
  const int from = odd(), to = (odd() + 1) % size();
  int ran = 0;
  for (const message_pair& each : message_pairs()) {
    on.form = static_cast<form>((ran + odd()) % 3);
    on.reset();
    const thrown error = thrown_by([&] {
      if (rank() == from) each.send(on, to);
      if (rank() == to) each.receive(on, from);
    });
    if (rank() == from || rank() == to) {
      const std::string text = "rank " + std::to_string(from) + " calls send of " + each.sent + " to rank " +
                               std::to_string(to) + ", tag 5, but rank " + std::to_string(to) + " calls recv of " +
                               each.expected;
      expect(error.text == text, "the error is \"" + error.text + "\" and not \"" + text + "\"");
      expect(error.code == clique::status::mismatch && error.rank == from, "the code or rank() of: " + error.text);
    } else {
      expect(error.code == clique::status::success, "a bystander throws " + error.text);
    }
    on.i.expect_unchanged();
    on.f.expect_unchanged();
    on.m.expect_unchanged();
    on.s.expect_unchanged();
    // A message that fits, of which the one that was refused has left nothing behind.
    if (rank() == from) send(on, on.u.in(7), to);
    if (rank() == to) {
      receive(on, on.u.out(7), from);
      const std::vector<std::uint32_t> got = on.u.receive.to_host();
      for (std::size_t k = 0; k < got.size(); ++k) expect((got[k] == 0) == (k < 7), "the next message is not right");
    }
    ++ran;
  }
  return ran;
}

}  // namespace faults
