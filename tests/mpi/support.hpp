// What all MPI tests share: the communicator, and an exchange whose every byte is known beforehand.
#pragma once

#include <clique/clique.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace test {

// Of all ranks; one for the whole run.
clique::communicator& world();

// Whether the tables are to be run in full (--wide): types, sizes and forms against each other.
bool wide();

// Bytes at which something changes: the largest block inside an arrival, a segment, the ring of segments, and where
// copies begin to bypass the cache.
struct thresholds {
  std::size_t inlined, segment, ring, stream;
};
thresholds thresholds_of(const clique::communicator& comm);

// How many files this process has open.
int open_files();

// Sleeps up to `most` microseconds, differently on each rank.
void nap(int most);

// Fills `bytes` bytes with what rank `from` sends to rank `to` in exchange `salt`.
void fill_block(std::byte* at, std::size_t bytes, std::uint64_t salt, int from, int to);
// The same number on all ranks that have run the same trials so far.
std::uint64_t next_salt();

// One rank's part of an exchange, in elements.
struct shape {
  std::vector<std::size_t> send_counts, send_displacements, receive_counts, receive_displacements;
  std::size_t send_count = 0, receive_count = 0;    // of the regions
  std::size_t send_offset = 0, receive_offset = 0;  // of the regions in their buffers
  bool uniform = false;                             // alltoall; otherwise alltoallv
  bool in_place = false;
  bool one_for_all = false;  // the send blocks are all the same elements
};

// alltoall with `count` elements for each rank.
shape uniform(const clique::communicator& comm, std::size_t count, bool in_place = false);

// alltoallv with counts(from, to) elements, `gap` elements before each block; the blocks of a permuted one do not lie
// in the order of the ranks.
using counting = std::function<std::size_t(int from, int to)>;
shape lists(const clique::communicator& comm, const counting& counts, std::size_t gap = 0, bool permuted = false,
            bool in_place = false);

// Buffers for the shape with canaries in all that no block covers, the call, and the comparison of every byte of both
// buffers with what must be there.
class trial_bytes {
 public:
  trial_bytes(const clique::communicator& comm, const shape& of, std::size_t element);
  [[nodiscard]] std::size_t wrong_bytes(const std::vector<std::byte>& got,
                                        const std::vector<std::byte>& expected) const;
  std::vector<std::byte> send, receive, expected;
};

template <class T>
class trial {
 public:
  trial(clique::communicator& comm, const shape& of)
      : comm_(comm),
        shape_(of),
        bytes_(comm, of, sizeof(T)),
        send_(comm, bytes_.send.size() / sizeof(T)),
        receive_(comm, bytes_.receive.size() / sizeof(T)) {
    clique::copy_from(comm, send_.region(), bytes_.send.data(), send_.count());
    clique::copy_from(comm, receive_.region(), bytes_.receive.data(), receive_.count());
  }

  void run(const clique::call& how = {}) {
    const auto receive = receive_span();
    const shape& s = shape_;
    if (s.uniform && s.in_place) return clique::alltoall(comm_, clique::in_place, receive, how);
    if (s.uniform) return clique::alltoall(comm_, send_span(), receive, how);
    if (s.in_place)
      return clique::alltoallv(comm_, clique::in_place, {}, {}, receive, s.receive_counts, s.receive_displacements,
                               how);
    clique::alltoallv(comm_, send_span(), s.send_counts, s.send_displacements, receive, s.receive_counts,
                      s.receive_displacements, how);
  }
  [[nodiscard]] clique::request start(const clique::call& how = {}) {
    const auto receive = receive_span();
    const shape& s = shape_;
    if (s.uniform && s.in_place) return clique::ialltoall(comm_, clique::in_place, receive, how);
    if (s.uniform) return clique::ialltoall(comm_, send_span(), receive, how);
    if (s.in_place) {
      return clique::ialltoallv(comm_, clique::in_place, {}, {}, receive, s.receive_counts, s.receive_displacements,
                                how);
    }
    return clique::ialltoallv(comm_, send_span(), s.send_counts, s.send_displacements, receive, s.receive_counts,
                              s.receive_displacements, how);
  }

  // Local: both buffers, canaries included.
  void check() const {
    std::vector<std::byte> got(bytes_.receive.size());
    clique::copy_to(comm_, receive_.region(), got.data(), receive_.count());
    CHECK(bytes_.wrong_bytes(got, bytes_.expected) == 0);
    got.resize(bytes_.send.size());
    clique::copy_to(comm_, send_.region(), got.data(), send_.count());
    CHECK(bytes_.wrong_bytes(got, bytes_.send) == 0);
  }
  void run_and_check() {
    run();
    check();
  }
  void start_and_check() {
    start().wait();
    check();
  }

  [[nodiscard]] clique::span<T> send_span() const { return send_.subspan(shape_.send_offset, shape_.send_count); }
  [[nodiscard]] clique::span<T> receive_span() const {
    return receive_.subspan(shape_.receive_offset, shape_.receive_count);
  }

 private:
  clique::communicator& comm_;
  shape shape_;
  trial_bytes bytes_;
  clique::array<T> send_, receive_;
};

using all_types =
    std::tuple<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t,
               std::uint64_t, clique::half, clique::bfloat16, float, double, std::complex<float>, std::complex<double>>;
static_assert(std::tuple_size_v<all_types> == clique::number_type_count);

// Whether the device has the type; if not, it says so once.
bool has(clique::datatype type);

// Calls body(T{}) for the types of a tuple that the device has.
template <class Types, class Body>
void for_types(Body&& body) {
  const auto one = [&](auto value) {
    if (has(clique::datatype_of<decltype(value)>)) body(value);
  };
  std::apply([&](auto... values) { (one(values), ...); }, Types{});
}

}  // namespace test
