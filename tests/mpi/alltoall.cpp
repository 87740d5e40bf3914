// alltoall: every type, sizes around every threshold, offsets, in place and not, blocking and not.
#include "support.hpp"

#include <algorithm>

namespace {

using namespace test;

struct form {
  bool in_place, blocking;
  std::size_t send_offset, receive_offset;  // elements
};
constexpr form forms[] = {
    {false, true, 0, 0}, {false, true, 3, 1},  {true, true, 0, 0},
    {true, true, 0, 5},  {false, false, 1, 7}, {true, false, 0, 1},
};

template <class T>
void run_form(std::size_t count, const form& how) {
  CAPTURE(clique::name(clique::datatype_of<T>));
  CAPTURE(count);
  CAPTURE(how.in_place);
  CAPTURE(how.blocking);
  shape of = uniform(world(), count, how.in_place);
  of.send_offset = how.send_offset;
  of.receive_offset = how.receive_offset;
  trial<T> one(world(), of);
  how.blocking ? one.run_and_check() : one.start_and_check();
}

// All forms of each count where the table is wide, otherwise the forms in turn.
template <class T>
void run_counts(const std::vector<std::size_t>& counts) {
  static std::size_t turn = 0;
  for (const std::size_t count : counts) {
    if (wide()) {
      for (const form& how : forms) run_form<T>(count, how);
    } else {
      run_form<T>(count, forms[turn++ % std::size(forms)]);
    }
  }
}

// The counts of elements of `element` bytes that lie just below, at and just above `bytes`.
void add_around(std::vector<std::size_t>& counts, std::size_t bytes, std::size_t element) {
  const std::size_t at = bytes / element;
  for (const std::size_t count : {at - (at != 0), at, at + 1}) {
    if (std::find(counts.begin(), counts.end(), count) == counts.end()) counts.push_back(count);
  }
}

}  // namespace

TEST_CASE("alltoall: each type, from nothing to above the inlined size") {
  for_types<all_types>([](auto value) {
    using T = decltype(value);
    std::vector<std::size_t> counts{0, 1, 3};
    if (wide() || world().size() <= 4) add_around(counts, thresholds_of(world()).inlined, sizeof(T));
    run_counts<T>(counts);
  });
}

TEST_CASE("alltoall: bytes around every threshold") {
  const thresholds at = thresholds_of(world());
  // 8 ranks with large segments need much memory, and show nothing that 4 do not.
  const std::size_t most = wide() || world().size() <= 4 ? std::size_t{5} << 20 : std::size_t{256} << 10;
  std::vector<std::size_t> counts{1, 2, 7, 63, 64, 65, 4095, 4096, 4097, 65537};
  for (const std::size_t bytes : {at.inlined, at.segment, at.ring, at.ring + at.segment, 5 * at.segment + 13}) {
    if (bytes <= most) add_around(counts, bytes, 1);
  }
  if (world().size() <= 2 || wide()) add_around(counts, at.stream, 1);
  run_counts<std::uint8_t>(counts);
}

TEST_CASE("alltoall: elements that do not divide a segment") {
  const thresholds at = thresholds_of(world());
  if (at.segment > 65536 && !wide() && world().size() > 2) return;  // the registrations with small segments run it
  std::vector<std::size_t> counts;
  add_around(counts, at.ring + 40, sizeof(std::complex<float>));
  run_counts<std::complex<float>>(counts);
}

TEST_CASE("alltoall: the same arrays again and again") {
  shape of = uniform(world(), 130);
  trial<std::int32_t> same(world(), of);
  for (int k = 0; k < 100; ++k) {
    if (k % 10 == 0) nap(300);
    same.run();
  }
  same.check();
}

TEST_CASE("alltoall: ranks run ahead, and fall behind") {
  for (int k = 0; k < 30; ++k) {
    trial<std::int16_t> one(world(), uniform(world(), static_cast<std::size_t>(k) * 97));
    nap(2000);
    one.run_and_check();
  }
}
