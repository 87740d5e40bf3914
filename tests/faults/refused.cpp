// Errors that are found before data moves: all ranks throw the same one, nothing has changed, and the next call works.
#include "pairs.hpp"

namespace faults {
namespace {

using clique::status;

class arrays {
 public:
  explicit arrays(clique::communicator& comm)
      : comm_(comm), all_(12 * static_cast<std::size_t>(comm.size())), send(comm, all_), receive(comm, all_) {
    send.fill(1);
    receive.fill(77);
  }
  void expect_unchanged() const {
    expect(receive.to_host() == std::vector<std::int32_t>(all_, 77), "the receive buffer has changed");
  }

 private:
  clique::communicator& comm_;
  std::size_t all_;

 public:
  clique::array<std::int32_t> send, receive;
};

struct fault {
  status code;
  bool tie_names_rank_1;  // a difference between two ranks: rank 0's call counts as the usual one
  std::vector<std::string_view> parts;
  std::function<void(clique::communicator&, arrays&)> call;  // on all ranks; another one on the odd rank
};

std::vector<fault> faults() {
  const auto per_rank = [](std::size_t count) { return count * static_cast<std::size_t>(size()); };
  return {
      {status::mismatch,
       true,
       {"alltoall of int32, 3 for each", "alltoall of int32, 4 for each"},
       [=](auto& comm, arrays& on) {
         const std::size_t count = per_rank(is_odd() ? 3 : 4);
         clique::alltoall(comm, on.send.subspan(0, count), on.receive.subspan(0, count));
       }},
      {status::mismatch,
       true,
       {"alltoall of float32", "alltoall of int32"},
       [=](auto& comm, arrays& on) {
         if (!is_odd()) return clique::alltoall(comm, on.send, on.receive);
         const clique::array<float> send(comm, per_rank(12)), receive(comm, per_rank(12));
         clique::alltoall(comm, send, receive);
       }},
      {status::mismatch,
       true,
       {"alltoall of meters", "alltoall of seconds"},
       [=](auto& comm, arrays&) {
         register_structs();
         const clique::array<seconds> one(comm, per_rank(2)), two(comm, per_rank(2));
         if (!is_odd()) return clique::alltoall(comm, one, two);
         const clique::array<meters> three(comm, per_rank(2)), four(comm, per_rank(2));
         clique::alltoall(comm, three, four);
       }},
      {status::mismatch,
       true,
       {"alltoallv of int32", "alltoall of int32"},
       [](auto& comm, arrays& on) {
         if (!is_odd()) return clique::alltoall(comm, on.send, on.receive);
         const table of(12);
         clique::alltoallv(comm, on.send, of.counts, of.displacements, on.receive, of.counts, of.displacements);
       }},
      {status::mismatch,
       true,
       {"agree", "alltoall of int32"},
       [](auto& comm, arrays& on) { is_odd() ? comm.agree({}) : clique::alltoall(comm, on.send, on.receive); }},
      {status::mismatch,
       false,
       {"sends 6 elements", "expects 5"},
       [](auto& comm, arrays& on) {
         table send(5), receive(5);
         if (is_odd()) send.counts[static_cast<std::size_t>((rank() + 1) % size())] = 6;
         clique::alltoallv(comm, on.send, send.counts, send.displacements, on.receive, receive.counts,
                           receive.displacements);
       }},
      {status::mismatch,
       false,
       {"sends 0 elements", "expects 5"},
       [](auto& comm, arrays& on) {
         table send(5), receive(5);
         if (is_odd()) send.counts[static_cast<std::size_t>((rank() + 1) % size())] = 0;
         clique::ialltoallv(comm, on.send, send.counts, send.displacements, on.receive, receive.counts,
                            receive.displacements)
             .wait();
       }},
      {status::invalid_argument,
       false,
       {"not a multiple"},
       [=](auto& comm, arrays& on) {
         const std::size_t count = per_rank(4) + (is_odd() ? 1 : 0);
         clique::alltoall(comm, on.send.subspan(0, count), on.receive.subspan(0, count));
       }},
      {status::invalid_argument,
       false,
       {"as many in both"},
       [=](auto& comm, arrays& on) {
         clique::alltoall(comm, on.send.subspan(0, per_rank(is_odd() ? 2 : 4)), on.receive.subspan(0, per_rank(4)));
       }},
      {status::invalid_argument,
       false,
       {"receive region", "its buffer holds only"},
       [=](auto& comm, arrays& on) {
         const std::size_t from = is_odd() ? per_rank(12) - 1 : 0;
         clique::ialltoall(comm, on.send.subspan(0, per_rank(4)), on.receive.subspan(from, per_rank(4))).wait();
       }},
      {status::invalid_argument,
       false,
       {"send region", "its buffer holds only"},
       [=](auto& comm, arrays& on) {
         const std::size_t from = is_odd() ? ~std::size_t{0} - 3 : 0;
         clique::alltoall(comm, on.send.subspan(from, per_rank(4)), on.receive.subspan(0, per_rank(4)));
       }},
      {status::invalid_argument,
       false,
       {"overlap"},
       [](auto& comm, arrays& on) {
         const table send(5);
         table receive(5);
         if (is_odd()) receive.displacements[1] = receive.displacements[0] + 4;
         clique::alltoallv(comm, on.send, send.counts, send.displacements, on.receive, receive.counts,
                           receive.displacements);
       }},
      {status::invalid_argument,
       false,
       {"overlap", "in_place"},
       [=](auto& comm, arrays& on) {
         const auto send =
             is_odd() ? on.receive.subspan(per_rank(4) - 1, per_rank(4)) : on.send.subspan(0, per_rank(4));
         clique::alltoall(comm, send, on.receive.subspan(0, per_rank(4)));
       }},
      {status::invalid_argument,
       false,
       {"send counts", "ranks"},
       [](auto& comm, arrays& on) {
         const table of(5);
         lists counts = of.counts;
         if (is_odd()) counts.push_back(1);
         clique::alltoallv(comm, on.send, counts, of.displacements, on.receive, of.counts, of.displacements);
       }},
      {status::invalid_argument,
       false,
       {"block of rank", "the send region has only"},
       [](auto& comm, arrays& on) {
         table send(5);
         if (is_odd()) send.displacements[0] = ~std::size_t{0} - 2;
         const table receive(5);
         clique::alltoallv(comm, on.send, send.counts, send.displacements, on.receive, receive.counts,
                           receive.displacements);
       }},
      {status::build_failure,
       false,
       {"no_such_thing"},
       [](auto& comm, arrays& on) {
         comm.agree([&] { on.send.transform(is_odd() ? "x + no_such_thing" : "x + 1"); });
       }},
      {status::invalid_argument,
       false,
       {"a file of mine"},
       [](auto& comm, arrays&) {
         comm.agree([] {
           if (is_odd()) throw std::runtime_error("a file of mine is not there");
         });
       }},
  };
}

}  // namespace

int refused(clique::communicator& comm) {
  for (const fault& each : faults()) {
    for (int who = 0; who < size(); ++who) {
      set_odd(who);
      arrays on(comm);
      const int culprit = each.tie_names_rank_1 && size() == 2 ? 1 : who;
      const thrown error = thrown_by([&] { each.call(comm, on); });
      expect_same(error, each.code, culprit, {"rank " + std::to_string(culprit)});
      for (const std::string_view part : each.parts) expect_error(error, each.code, {part});
      on.expect_unchanged();
      if (who == size() - 1) expect_works(comm);
    }
  }
  // A refused call in the middle of others: those around it are not touched.
  set_odd(size() - 1);
  arrays first(comm), second(comm), third(comm);
  clique::request one = clique::ialltoall(comm, first.send, first.receive);
  const std::size_t count = static_cast<std::size_t>(size()) * (is_odd() ? 3 : 4);
  clique::request two = clique::ialltoall(comm, second.send.subspan(0, count), second.receive.subspan(0, count));
  clique::request three = clique::ialltoall(comm, third.send, third.receive);
  three.wait();
  expect_same(thrown_by([&] { two.wait(); }), status::mismatch, size() - 1, {"3 for each"});
  one.wait();
  second.expect_unchanged();
  expect(first.receive.to_host() == first.send.to_host() && third.receive.to_host() == third.send.to_host(),
         "the operations beside the refused one");
  expect_works(comm);
  passed();
  return 0;
}

}  // namespace faults
