// The reductions as cases of `clique bench --check-only`.
#include "check/stage.hpp"

namespace clique::tools {

namespace {

// What `count` elements from `first` on come to over ranks 0 .. ranks-1.
std::vector<std::byte> reduced(stage& s, int ranks, std::size_t first, std::size_t count) {
  std::vector<const std::byte*> inputs;
  for (int r = 0; r < ranks; ++r) inputs.push_back(s.numbers(r) + first * s.element());
  std::vector<std::byte> result(count * s.element());
  reduce_tree(*s.now->op, s.element(), inputs, count, result.data());
  // Of one rank alone any reduction is what it has, NaN's payload included.
  if (s.now->op->divide != nullptr && ranks > 1) s.now->op->divide(result.data(), count, ranks);
  return result;
}

// This rank's vector, where the call takes it from.
void open_vector(stage& s, bool in_place, std::size_t count) {
  if (!in_place) s.open_send(count);
  (in_place ? s.receive : s.send).put(0, s.numbers(s.rank), count);
}

void run_reduce(stage& s) {
  const std::size_t n = s.now->count;
  const bool root = s.rank == s.now->root, in_place = root && s.now->in_place;
  if (root) s.open_receive(n);
  open_vector(s, in_place, n);
  if (root) s.receive.expect(0, reduced(s, s.size, 0, n).data(), n);
  if (in_place)
    s.call_on(s.comm, CLIQUE_FORMS(reduce), clique::in_place, s.receive, s.now->op->op, s.now->root);
  else
    s.call_on(s.comm, CLIQUE_FORMS(reduce), s.send, s.receive, s.now->op->op, s.now->root);
}

// Reductions in which every rank receives as much as it sends; the result is that of ranks 0 .. ranks-1.
template <class Forms>
void run_vector(stage& s, int ranks, const Forms& call) {
  const std::size_t n = s.now->count;
  s.open_receive(n);
  open_vector(s, s.now->in_place, n);
  if (ranks > 0) {
    s.receive.expect(0, reduced(s, ranks, 0, n).data(), n);
  } else {
    // exscan's first rank: what the operator begins with; of a user's, which has said nothing of it, nothing.
    const std::vector<std::byte>& identity = s.now->op->identity;
    for (std::size_t k = 0; k < n && !identity.empty(); ++k) s.receive.expect(k, identity.data(), 1);
  }
  s.call_maybe_in_place(call, s.receive, s.now->op->op);
}

void run_allreduce(stage& s) {
  run_vector(s, s.size, CLIQUE_FORMS(allreduce));
}
void run_scan(stage& s) {
  run_vector(s, s.rank + 1, CLIQUE_FORMS(scan));
}
void run_exscan(stage& s) {
  run_vector(s, s.rank, CLIQUE_FORMS(exscan));
}

template <class Call>
void scatter_reduced(stage& s, const std::vector<std::size_t>& parts, Call&& call) {
  const auto rank = static_cast<std::size_t>(s.rank);
  std::size_t first = 0, total = 0;
  for (std::size_t r = 0; r < parts.size(); ++r) {
    if (r < rank) first += parts[r];
    total += parts[r];
  }
  const std::size_t mine = parts[rank];
  s.open_receive(s.now->in_place ? total : mine);
  open_vector(s, s.now->in_place, total);
  if (s.now->in_place) s.receive.ignore(mine, total - mine);
  s.receive.expect(0, reduced(s, s.size, first, mine).data(), mine);
  call();
}

void run_reduce_scatter(stage& s) {
  // As even as can be; then the second rank's part goes to the first one.
  const auto size = static_cast<std::size_t>(s.size);
  std::vector<std::size_t> parts(size, s.now->count / size);
  parts[size - 1] += s.now->count % size;
  if (size > 1) parts[0] += std::exchange(parts[1], 0);
  scatter_reduced(s, parts,
                  [&] { s.call_maybe_in_place(CLIQUE_FORMS(reduce_scatter), s.receive, parts, s.now->op->op); });
}

void run_reduce_scatter_block(stage& s) {
  const auto size = static_cast<std::size_t>(s.size);
  const std::vector<std::size_t> parts(size, (s.now->count + size - 1) / size);
  scatter_reduced(s, parts,
                  [&] { s.call_maybe_in_place(CLIQUE_FORMS(reduce_scatter_block), s.receive, s.now->op->op); });
}

constexpr subject all[] = {
    {"reduce", run_reduce, true, subject::tried::on_operators},
    {"allreduce", run_allreduce, true, subject::tried::on_operators},
    {"reduce_scatter", run_reduce_scatter, true, subject::tried::on_operators},
    {"reduce_scatter_block", run_reduce_scatter_block, true, subject::tried::on_operators},
    {"scan", run_scan, true, subject::tried::on_operators},
    {"exscan", run_exscan, true, subject::tried::on_operators},
};

}  // namespace

std::span<const subject> reducing_subjects() {
  return all;
}

}  // namespace clique::tools
