// Where a case of `clique bench --check-only` takes place: its inputs, which every rank can work out for all ranks, the
// two buffers that it gives to clique, between canaries, and what these must hold afterwards.
#pragma once

#include "buffer.hpp"
#include "reference.hpp"

#include <clique/clique.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clique::tools {

enum class form { blocking, nonblocking, persistent };

class stage;

// A collective, or a way to exchange messages: add one in one of the tables below.
struct subject {
  const char* name;
  void (*run)(stage&);
  bool in_place = false;  // can be; both ways are then tried
  enum class tried { once, on_types, on_operators } on = tried::on_types;
};
[[nodiscard]] std::span<const subject> moving_subjects();       // check/moves.cpp
[[nodiscard]] std::span<const subject> reducing_subjects();     // check/reductions.cpp
[[nodiscard]] std::span<const subject> neighboring_subjects();  // check/neighbors.cpp
[[nodiscard]] std::span<const subject> exchanging_subjects();   // check/messages.cpp

struct test_case {
  const subject* what = nullptr;
  datatype type = datatype::uint8;
  const reference_op* op = nullptr;
  bool in_place = false;
  form how = form::blocking;
  std::size_t count = 0;  // elements of a block, or of the vector to reduce; lists vary around it
  int root = 0;
  std::size_t number = 0;
};
[[nodiscard]] std::string describe(const test_case& of);

// A collective's three forms, by the name of the blocking one.
template <class Blocking, class Starting, class Preparing>
struct forms {
  Blocking run;
  Starting start;
  Preparing prepare;
};
template <class Blocking, class Starting, class Preparing>
forms(Blocking, Starting, Preparing) -> forms<Blocking, Starting, Preparing>;
#define CLIQUE_FORMS(name)                                                                                    \
  ::clique::tools::forms {                                                                                    \
    [](auto&... args) { ::clique::name(args...); }, [](auto&... args) { return ::clique::i##name(args...); }, \
        [](auto&... args) { return ::clique::name##_init(args...); }                                          \
  }

// Elements of one type in a device buffer, with canaries before and behind them.
class window {
 public:
  using value_type = std::byte;  // of both: what the collectives compare is the region's type

  window(const device& where, std::size_t capacity);
  void open(datatype type, std::size_t count, const std::byte* canaries);
  [[nodiscard]] const clique::region& region() const noexcept { return region_; }

  // From element `first` on: it holds them before the call; after it.
  void put(std::size_t first, const std::byte* elements, std::size_t count);
  void expect(std::size_t first, const std::byte* elements, std::size_t count);
  // After the call these may be anything.
  void ignore(std::size_t first, std::size_t count);

  void load(const device& where) const;
  // Empty, or where it first differs.
  [[nodiscard]] std::string compare(const device& where, bool spoil);

 private:
  [[nodiscard]] clique::region whole() const;

  buffer memory_;
  clique::region region_;
  std::vector<std::byte> before_, after_, got_;
  std::vector<std::pair<std::size_t, std::size_t>> ignored_;
};

class stage {
 public:
  // `largest`: bytes of the largest block. Collective.
  stage(communicator& comm, std::size_t largest);

  // Runs the case here. Returns what went wrong on this rank; empty if nothing. `spoil`: as if a bit of what was
  // received had been wrong. Throws what clique throws.
  std::string run(const test_case& what, bool spoil);

  // ---- for the subjects
  const test_case* now = nullptr;
  communicator& comm;
  std::optional<communicator> grid, graph;
  const int rank, size;
  window send, receive;

  [[nodiscard]] std::size_t element() const { return size_of(now->type); }
  // What rank `of` sends, from element `first` on: any bits at all.
  [[nodiscard]] const std::byte* bits(int of, std::size_t first = 0) const;
  // The same of numbers that suit the operator.
  [[nodiscard]] const std::byte* numbers(int of);
  void open_send(std::size_t count) { send.open(now->type, count, bits(size)); }
  void open_receive(std::size_t count) { receive.open(now->type, count, bits(size, 3)); }
  void load() const;
  void complain(std::string about) { wrong_ = std::move(about); }

  // The call itself, in the form of the case; the inputs come to the device before it begins, but after a persistent
  // one has been prepared.
  template <class Forms, class... Args>
  void call_on(communicator& on, const Forms& each, const Args&... args) {
    switch (now->how) {
      case form::blocking:
        load();
        each.run(on, args...);
        break;
      case form::nonblocking: {
        load();
        request started = each.start(on, args...);
        started.wait();
        break;
      }
      case form::persistent: {
        persistent prepared = each.prepare(on, args...);
        load();
        prepared.start();
        prepared.wait();
        break;
      }
    }
  }
  // The same with the send buffer, or in place of it.
  template <class Forms, class... Args>
  void call_maybe_in_place(const Forms& each, const Args&... args) {
    if (now->in_place)
      call_on(comm, each, in_place, args...);
    else
      call_on(comm, each, send, args...);
  }

 private:
  std::size_t largest_;
  std::vector<std::vector<std::byte>> bits_;                            // by rank, and canaries
  std::map<std::string, std::vector<std::vector<std::byte>>> numbers_;  // by what suits, then by rank
  std::string wrong_;
};

// Blocks of these counts, with gaps, one behind another; or from the last to the first.
struct block_list {
  std::vector<std::size_t> counts, displacements;
  std::size_t total = 0;
};
template <class F>
block_list lay_out(std::size_t blocks, bool backwards, std::size_t gap, F&& count) {
  block_list made;
  made.displacements.resize(blocks);
  made.total = gap;
  for (std::size_t k = 0; k < blocks; ++k) made.counts.push_back(count(static_cast<int>(k)));
  for (std::size_t k = 0; k < blocks; ++k) {
    const std::size_t block = backwards ? blocks - 1 - k : k;
    made.displacements[block] = made.total;
    made.total += made.counts[block] + gap;
  }
  return made;
}

// Of the graph of all cases: two edges to the next rank, one to itself, and one more from every other rank.
[[nodiscard]] std::vector<int> graph_destinations(int rank, int size);

// Around `count`, or nothing; nothing at all where that is 0.
[[nodiscard]] inline std::size_t uneven(std::size_t count, int which) {
  const auto k = static_cast<std::size_t>(which);
  return count == 0 || k % 3 == 1 ? 0 : count + k % 4;
}

}  // namespace clique::tools
