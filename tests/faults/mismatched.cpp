// Every pair of the tables in pairs.hpp, with each rank as the odd one, in turn blocking, non-blocking and persistent:
// all ranks throw the same error, which names the odd rank and what was called, nothing that was to be received into
// has changed, and the same call works when nobody differs.
#include "pairs.hpp"

#include <clique/topology.hpp>

#include <array>
#include <cstdio>

namespace faults {
namespace {

using clique::status;

constexpr int least_pairs = 60;

clique::communicator line_of(clique::communicator& comm) {
  return clique::make_cart(comm, std::array{comm.size()}, std::array{0}).value();
}

std::vector<pair> all_pairs() {
  std::vector<pair> all;
  for (auto* const some : {operator_pairs, count_pairs, list_pairs, order_pairs, argument_pairs}) {
    for (pair& each : some()) all.push_back(std::move(each));
  }
  return all;
}

// A persistent call differs where it is prepared: its error says "bcast_init" for "bcast".
std::string without_init(std::string text) {
  constexpr std::string_view init = "_init";
  for (auto at = text.find(init); at != text.npos; at = text.find(init)) text.erase(at, init.size());
  return text;
}

void expect_parts(const pair& of, const thrown& error) {
  const std::string plain = without_init(error.text);
  for (const std::string& part : of.parts)
    expect(error.text.find(part) != std::string::npos || plain.find(part) != std::string::npos,
           "\"" + part + "\" is not in: " + error.text);
}

void run(scene& on, const pair& each) {
  const int differing = size() == 2 ? 1 : odd(), next = (odd() + 1) % size();
  const int who = each.who == culprit::odd ? odd() : each.who == culprit::next ? next : differing;
  on.reset();
  const thrown error = thrown_by([&] { each.call(on); });
  expect(error.code != status::success, "nothing was thrown, instead of: " + each.parts[0]);
  expect_same(error, each.code, who, {"rank " + std::to_string(who)});
  expect_parts(each, error);
  on.expect_unchanged();
  on.right = true;
  const thrown none = thrown_by([&] { each.call(on); });
  on.right = false;
  expect(none.code == status::success, "the right call after \"" + error.text + "\" throws " + none.text);
}

}  // namespace

scene::scene(clique::communicator& on)
    : comm(on), line(line_of(on)), i(on), u(on), l(on), f(on), c(on), s(on), m(on), p(on) {}

void scene::reset() {
  i.reset();
  u.reset();
  l.reset();
  f.reset();
  c.reset();
  s.reset();
  m.reset();
  p.reset();
}

void scene::expect_unchanged() const {
  i.expect_unchanged();
  u.expect_unchanged();
  l.expect_unchanged();
  f.expect_unchanged();
  c.expect_unchanged();
  s.expect_unchanged();
  m.expect_unchanged();
  p.expect_unchanged();
}

int mismatched(clique::communicator& comm) {
  register_structs();
  scene on(comm);
  int pairs = 0;
  for (int who = 0; who < size(); ++who) {
    set_odd(who);
    pairs = 0;
    for (const pair& each : all_pairs()) {
      on.form = static_cast<form>((pairs + who) % 3);
      run(on, each);
      if (++pairs % 16 == 0) expect_works(comm);
    }
    pairs += run_message_pairs(on);
    expect_works(on.line);
    expect_works(comm);
  }
  expect(pairs >= least_pairs, "only " + std::to_string(pairs) + " pairs");
  if (rank() == 0) std::printf("%d pairs of calls, each with %d odd ranks\n", pairs, size());
  passed();
  return 0;
}

}  // namespace faults
