// Pairs of reductions with different operators, and pairs of calls with different types.
#include "pairs.hpp"

namespace faults {
namespace {

using clique::reduce_op;
using clique::status;

// An allreduce of int32 with another operator.
pair operators(const reduce_op& odd, const reduce_op& usual, const std::string& more_odd = "",
               const std::string& more_usual = "") {
  const auto called = [](const reduce_op& op, const std::string& more) {
    return "calls allreduce of int32, " + op.name() + more + ", 12 elements";
  };
  return {status::mismatch, culprit::differing, {called(odd, more_odd), called(usual, more_usual)}, [=](scene& on) {
            on.allreduce(on.i.in(12), on.i.out(12), on.odd_or(odd, usual));
          }};
}

template <class A, class B>
pair allreduces(const reduce_op& op, buffers<A> scene::*odd, buffers<B> scene::*usual) {
  const auto called = [](clique::datatype type) { return std::string("allreduce of ") + clique::name(type) + ", "; };
  return {status::mismatch,
          culprit::differing,
          {called(clique::type_of<A>()), called(clique::type_of<B>())},
          [=](scene& on) {
            if (on.odd_one()) return on.allreduce((on.*odd).in(12), (on.*odd).out(12), op);
            on.allreduce((on.*usual).in(12), (on.*usual).out(12), op);
          }};
}

// The same of a collective that moves data; `call` is given the buffers.
template <class A, class B, class Call>
pair movers(const std::string& what, buffers<A> scene::*odd, buffers<B> scene::*usual, Call call) {
  const auto called = [&](clique::datatype type) { return what + " of " + clique::name(type); };
  return {status::mismatch,
          culprit::differing,
          {called(clique::type_of<A>()), called(clique::type_of<B>())},
          [=](scene& on) { on.odd_one() ? call(on, on.*odd) : call(on, on.*usual); }};
}

// Elements of a type that is told at run time.
struct typed {
  using value_type = float;
  clique::region all;
  [[nodiscard]] clique::region region() const { return all; }
};

pair struct_of_one_rank() {
  const std::string name = "only_on_rank_" + std::to_string(odd());
  return {status::mismatch, culprit::differing, {"alltoall of " + name, "alltoall of seconds"}, [=](scene& on) {
            if (!on.odd_one()) return on.alltoall(on.s.send, on.s.receive);
            clique::region in = on.f.send.region(), out = on.f.receive.region();
            in.type = out.type = clique::register_struct(name, 4, "typedef struct { float value; } " + name + ";");
            on.alltoall(typed{in}, typed{out});
          }};
}

}  // namespace

std::vector<pair> operator_pairs() {
  namespace op = clique::op;
  const reduce_op plus = reduce_op::expression("a + b"), minus = reduce_op::expression("a - b");
  const reduce_op left = reduce_op::expression("a");
  const std::int32_t zero = 0, one = 1;
  return {
      operators(op::max, op::sum),
      operators(op::land, op::band),
      operators(op::mean, op::sum),
      operators(plus, op::sum),
      operators(op::prod, plus),
      operators(minus, plus),
      operators(reduce_op::body("return a + b;"), plus),
      operators(plus.as_commutative(), plus, ", commutative"),
      operators(plus, plus.as_commutative(), "", ", commutative"),
      operators(plus.with_identity(zero), plus, ", identity 00000000"),
      operators(plus.with_identity(one), plus.with_identity(zero), ", identity 01000000", ", identity 00000000"),
      allreduces(op::sum, &scene::f, &scene::i),
      allreduces(op::sum, &scene::u, &scene::i),
      allreduces(op::prod, &scene::c, &scene::l),
      allreduces(left, &scene::m, &scene::s),
      allreduces(left, &scene::p, &scene::s),
      allreduces(left, &scene::s, &scene::f),
      allreduces(left, &scene::i, &scene::m),
      movers("bcast", &scene::c, &scene::l, [](scene& on, auto& of) { on.bcast(of.receive, 0); }),
      movers("scatter", &scene::u, &scene::f, [](scene& on, auto& of) { on.scatter(of.send, of.out(12), 0); }),
      movers("gather", &scene::m, &scene::s, [](scene& on, auto& of) { on.gather(of.in(12), of.receive, 0); }),
      movers("allgather", &scene::s, &scene::i, [](scene& on, auto& of) { on.allgather(of.in(12), of.receive); }),
      movers("alltoallv", &scene::f, &scene::p,
             [](scene& on, auto& of) {
               const table by(12);
               on.alltoallv(of.send, by.counts, by.displacements, of.receive, by.counts, by.displacements);
             }),
      movers("neighbor_alltoall", &scene::u, &scene::i,
             [](scene& on, auto& of) { on.neighbor_alltoall(of.in(10), of.out(10)); }),
      struct_of_one_rank(),
  };
}

}  // namespace faults
