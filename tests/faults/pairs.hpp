// Mismatched calls as tables: pairs of calls of which one rank makes the one and all others the other, how the error
// that all then throw names them, and what is shared by those who write such tables.
#pragma once

#include "support.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace faults {

// Two structs that differ in nothing but the name, and one of another size.
struct seconds {
  float value;
};
struct meters {
  float value;
};
struct point {
  float x, y, z;
};

}  // namespace faults

template <>
inline constexpr clique::struct_text clique::struct_of<faults::seconds>{"seconds",
                                                                        "typedef struct { float value; } seconds;"};
template <>
inline constexpr clique::struct_text clique::struct_of<faults::meters>{"meters",
                                                                       "typedef struct { float value; } meters;"};
template <>
inline constexpr clique::struct_text clique::struct_of<faults::point>{"point",
                                                                      "typedef struct { float x, y, z; } point;"};

namespace faults {

// Registers them in two orders, so that one datatype is two structs.
inline void register_structs() {
  if (rank() % 2 == 1) (void)clique::type_of<seconds>();
  (void)clique::type_of<point>();
  (void)clique::type_of<meters>();
  (void)clique::type_of<seconds>();
}

using lists = std::vector<std::size_t>;

// counts[j] elements for each j, 12 apart.
struct table {
  explicit table(std::size_t each) : counts(static_cast<std::size_t>(size()), each), displacements(counts.size()) {
    for (std::size_t j = 0; j < counts.size(); ++j) displacements[j] = 12 * j;
  }
  lists counts, displacements;
};

// Two arrays of 12 elements for each rank: one to send, one whose every byte is known.
template <class T>
class buffers {
 public:
  explicit buffers(clique::communicator& comm)
      : send(comm, 12 * static_cast<std::size_t>(comm.size())), receive(comm, send.count()) {}
  void reset() {
    std::vector<T> filled(send.count());
    std::memset(static_cast<void*>(filled.data()), 0, filled.size() * sizeof(T));
    send.copy_from(filled);
    std::memset(static_cast<void*>(filled.data()), before, filled.size() * sizeof(T));
    receive.copy_from(filled);
  }
  void expect_unchanged() const {
    const std::vector<T> now = receive.to_host();
    const auto* const bytes = reinterpret_cast<const unsigned char*>(now.data());
    expect(std::all_of(bytes, bytes + now.size() * sizeof(T), [](unsigned char each) { return each == before; }),
           "the receive buffer has changed");
  }
  [[nodiscard]] clique::span<T> in(std::size_t count) const { return send.subspan(0, count); }
  [[nodiscard]] clique::span<T> out(std::size_t count) const { return receive.subspan(0, count); }

  clique::array<T> send, receive;

 private:
  static constexpr unsigned char before = 77;
};

enum class form { blocking, non_blocking, persistent };

// What the calls of a table are made on, and each call in the form whose turn it is.
class scene {
 public:
  explicit scene(clique::communicator& on);

  // The first on the odd rank, the second on the others; the second on all where the right call is made.
  template <class T>
  [[nodiscard]] T odd_or(const T& odd, const T& usual) const {
    return odd_one() ? odd : usual;
  }
  [[nodiscard]] bool odd_one() const { return !right && is_odd(); }
  // So many elements for each rank.
  [[nodiscard]] static std::size_t each(std::size_t count) { return count * static_cast<std::size_t>(size()); }

  void reset();
  void expect_unchanged() const;

  clique::communicator& comm;
  clique::communicator line;  // its ranks are neighbours of the next and the one before
  bool right = false;
  faults::form form = form::blocking;
  buffers<std::int32_t> i;
  buffers<std::uint32_t> u;
  buffers<std::int64_t> l;
  buffers<float> f;
  buffers<std::complex<float>> c;
  buffers<seconds> s;
  buffers<meters> m;
  buffers<point> p;

#define FAULTS_COLLECTIVE(name, on)                                                          \
  template <class... A>                                                                      \
  void name(const A&... arguments) {                                                         \
    if (form == faults::form::blocking) return clique::name(on, arguments...);               \
    if (form == faults::form::non_blocking) return clique::i##name(on, arguments...).wait(); \
    clique::persistent again = clique::name##_init(on, arguments...);                        \
    again.start();                                                                           \
    again.wait();                                                                            \
  }
  FAULTS_COLLECTIVE(barrier, comm)
  FAULTS_COLLECTIVE(bcast, comm)
  FAULTS_COLLECTIVE(scatter, comm)
  FAULTS_COLLECTIVE(scatterv, comm)
  FAULTS_COLLECTIVE(gather, comm)
  FAULTS_COLLECTIVE(gatherv, comm)
  FAULTS_COLLECTIVE(allgather, comm)
  FAULTS_COLLECTIVE(allgatherv, comm)
  FAULTS_COLLECTIVE(alltoall, comm)
  FAULTS_COLLECTIVE(alltoallv, comm)
  FAULTS_COLLECTIVE(alltoallw, comm)
  FAULTS_COLLECTIVE(reduce, comm)
  FAULTS_COLLECTIVE(allreduce, comm)
  FAULTS_COLLECTIVE(reduce_scatter, comm)
  FAULTS_COLLECTIVE(reduce_scatter_block, comm)
  FAULTS_COLLECTIVE(scan, comm)
  FAULTS_COLLECTIVE(exscan, comm)
  FAULTS_COLLECTIVE(neighbor_allgather, line)
  FAULTS_COLLECTIVE(neighbor_allgatherv, line)
  FAULTS_COLLECTIVE(neighbor_alltoall, line)
  FAULTS_COLLECTIVE(neighbor_alltoallv, line)
  FAULTS_COLLECTIVE(neighbor_alltoallw, line)
#undef FAULTS_COLLECTIVE
};

// Whom the error names. differing: the odd rank, but rank 1 where there are two, since rank 0's call then counts as the
// usual one. next: the rank after the odd one.
enum class culprit { odd, differing, next };

struct pair {
  clique::status code;
  culprit who;
  std::vector<std::string> parts;    // of the message
  std::function<void(scene&)> call;  // on all ranks
};

// All for the odd rank that is set.
std::vector<pair> operator_pairs();
std::vector<pair> count_pairs();
std::vector<pair> list_pairs();
std::vector<pair> order_pairs();
std::vector<pair> argument_pairs();

// Messages between two ranks that do not agree; returns how many pairs it ran.
int run_message_pairs(scene& on);

}  // namespace faults
