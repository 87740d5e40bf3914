// Point-to-point as cases of `clique bench --check-only`: messages around the ring of all ranks, over some distance.
#include "check/stage.hpp"

#include <fmt/core.h>

namespace clique::tools {

namespace {

// Where to and where from, over a distance from 1 to the number of ranks, where it is the rank itself.
struct ring {
  int to, from, tag;
  int asked_from, asked_tag;  // what the receive asks for: some ask for any rank, or any tag
};
ring ring_of(const stage& s, int further = 0) {
  const auto number = static_cast<int>(s.now->number % 30000);
  const int distance = (number / 3 + further) % s.size + 1;
  ring r{(s.rank + distance) % s.size, (s.rank + s.size - distance % s.size) % s.size, number, 0, 0};
  r.asked_from = number % 5 == 0 && further == 0 ? any_source : r.from;
  r.asked_tag = number % 5 == 1 && further == 0 ? any_tag : r.tag;
  return r;
}

void open_both(stage& s, int from) {
  const std::size_t n = s.now->count;
  s.open_send(n);
  s.send.put(0, s.bits(s.rank), n);
  s.open_receive(n);
  s.receive.expect(0, s.bits(from), n);
}

void look_at(stage& s, const message& got, const ring& r) {
  if (got.source != r.from || got.tag != r.tag)
    s.complain(fmt::format("the message is said to be from rank {} with tag {}, and is from {} with {}", got.source,
                           got.tag, r.from, r.tag));
}

// A pair of calls on each rank, of which the second may block.
void run_send(stage& s) {
  const ring r = ring_of(s);
  open_both(s, r.from);
  switch (s.now->how) {
    case form::blocking: {
      s.load();
      request received = irecv(s.comm, s.receive, r.asked_from, r.asked_tag);
      send(s.comm, s.send, r.to, r.tag);
      received.wait();
      return look_at(s, received.received(), r);
    }
    case form::nonblocking: {
      s.load();
      request sent = isend(s.comm, s.send, r.to, r.tag);
      request received = irecv(s.comm, s.receive, r.asked_from, r.asked_tag);
      sent.wait();
      received.wait();
      return look_at(s, received.received(), r);
    }
    case form::persistent: {
      persistent sent = send_init(s.comm, s.send, r.to, r.tag);
      persistent received = recv_init(s.comm, s.receive, r.asked_from, r.asked_tag);
      s.load();
      sent.start();
      received.start();
      received.wait();
      sent.wait();
      return look_at(s, received.current().received(), r);
    }
  }
}

void run_recv(stage& s) {
  if (s.now->how != form::blocking) return run_send(s);
  const ring r = ring_of(s);
  open_both(s, r.from);
  s.load();
  request sent = isend(s.comm, s.send, r.to, r.tag);
  look_at(s, recv(s.comm, s.receive, r.asked_from, r.asked_tag), r);
  sent.wait();
}

// `run`, `start` and `prepare` are the three forms of a call that receives one message.
template <class Run, class Start, class Prepare>
void call(stage& s, const ring& r, Run&& run, Start&& start, Prepare&& prepare) {
  switch (s.now->how) {
    case form::blocking: s.load(); return look_at(s, run(), r);
    case form::nonblocking: {
      s.load();
      request started = start();
      started.wait();
      return look_at(s, started.received(), r);
    }
    case form::persistent: {
      persistent prepared = prepare();
      s.load();
      prepared.start();
      prepared.wait();
      return look_at(s, prepared.current().received(), r);
    }
  }
}

void run_sendrecv(stage& s) {
  const ring r = ring_of(s);
  open_both(s, r.from);
  const auto with = [&](auto each) {
    return [&s, r, each] { return each(s.comm, s.send, r.to, r.tag, s.receive, r.asked_from, r.asked_tag); };
  };
  call(s, r, with([](auto&... args) { return sendrecv(args...); }),
       with([](auto&... args) { return isendrecv(args...); }),
       with([](auto&... args) { return sendrecv_init(args...); }));
}

void run_sendrecv_replace(stage& s) {
  const ring r = ring_of(s);
  s.open_receive(s.now->count);
  s.receive.put(0, s.bits(s.rank), s.now->count);
  s.receive.expect(0, s.bits(r.from), s.now->count);
  const auto with = [&](auto each) {
    return [&s, r, each] { return each(s.comm, s.receive, r.to, r.tag, r.asked_from, r.asked_tag); };
  };
  call(s, r, with([](auto&... args) { return sendrecv_replace(args...); }),
       with([](auto&... args) { return isendrecv_replace(args...); }),
       with([](auto&... args) { return sendrecv_replace_init(args...); }));
}

struct piece {
  using value_type = std::byte;
  clique::region where;
  [[nodiscard]] const clique::region& region() const { return where; }
};

// Two messages each way, to different ranks where there are any, the second half as long.
void run_group(stage& s) {
  const ring first = ring_of(s), second = ring_of(s, 1);
  const std::size_t n = s.now->count, half = n / 2;
  s.open_send(n + half);
  s.send.put(0, s.bits(s.rank), n + half);
  s.open_receive(n + half);
  s.receive.expect(0, s.bits(first.from), n);
  s.receive.expect(n, s.bits(second.from, n), half);
  const auto part = [](const window& of, std::size_t offset, std::size_t count) {
    piece made{of.region()};
    made.where.offset += offset;
    made.where.count = count;
    return made;
  };
  group together(s.comm);
  together.recv(part(s.receive, n, half), second.from, 30000 + second.tag)
      .send(part(s.send, 0, n), first.to, first.tag)
      .recv(part(s.receive, 0, n), first.asked_from, first.tag)
      .send(part(s.send, n, half), second.to, 30000 + second.tag);
  ring expected = second;
  expected.tag += 30000;
  call(
      s, expected,
      [&] {
        const std::vector<message> got = together.run();
        look_at(s, got.at(1), first);
        return got.at(0);
      },
      [&] { return together.start(); }, [&] { return together.init(); });
}

constexpr subject all[] = {
    {"send", run_send},   {"recv", run_recv}, {"sendrecv", run_sendrecv}, {"sendrecv_replace", run_sendrecv_replace},
    {"group", run_group},
};

}  // namespace

std::span<const subject> exchanging_subjects() {
  return all;
}

}  // namespace clique::tools
