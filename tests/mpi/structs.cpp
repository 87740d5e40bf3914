// Structs and pairs across ranks: the same type on all, whatever the order in which each rank has registered its
// structs.
#include "support.hpp"

#include <array>

namespace {

struct particle {
  float x, y;
  std::int32_t id;
};
struct rgb {
  std::uint8_t r, g, b;
};
struct block {
  std::array<std::uint16_t, 1001> words;
};

}  // namespace

template <>
inline constexpr clique::struct_text clique::struct_of<particle>{"particle",
                                                                 "typedef struct { float x, y; int id; } particle;"};
template <>
inline constexpr clique::struct_text clique::struct_of<rgb>{"rgb", "typedef struct { uchar r, g, b; } rgb;"};
template <>
inline constexpr clique::struct_text clique::struct_of<block>{"block", "typedef struct { ushort words[1001]; } block;"};

namespace {

using namespace test;
using clique::value_index;

// Odd ranks begin with the last.
void register_all() {
  const std::array<clique::datatype (*)(), 3> each{[] { return clique::type_of<particle>(); },
                                                   [] { return clique::type_of<rgb>(); },
                                                   [] { return clique::type_of<block>(); }};
  for (std::size_t k = 0; k < each.size(); ++k) {
    each[world().rank() % 2 == 0 ? k : each.size() - 1 - k]();
  }
}

using struct_types = std::tuple<particle, rgb, block, value_index<std::int32_t>, value_index<std::int64_t>,
                                value_index<float>, value_index<double>>;

}  // namespace

TEST_CASE("structs: alltoall and alltoallv, blocking and not, in place and not, byte by byte") {
  register_all();
  std::apply(
      [](auto... values) {
        const auto run = [](auto value) {
          using T = decltype(value);
          if (std::is_same_v<T, value_index<double>> && !world().device().info().fp64) return;
          CAPTURE(std::string(clique::name(clique::type_of<T>())));
          for (const std::size_t count : {std::size_t{1}, std::size_t{5}, 70000 / sizeof(T)}) {
            CAPTURE(count);
            trial<T>(world(), uniform(world(), count)).run_and_check();
            trial<T>(world(), uniform(world(), count, true)).start_and_check();
            const auto counts = [=](int from, int to) { return count / 2 + static_cast<std::size_t>(3 * from + to); };
            trial<T>(world(), lists(world(), counts, 2, true)).start_and_check();
          }
        };
        (run(values), ...);
      },
      struct_types{});
}

TEST_CASE("structs: made on the device, exchanged, and read there") {
  register_all();
  const std::size_t each = 1000, all = each * static_cast<std::size_t>(world().size());
  clique::array<particle> send(world(), all), receive(world(), all);
  clique::array<std::int32_t> wrong(world(), all);
  const auto n = static_cast<std::uint64_t>(each);
  clique::transform(world(), send, "(particle){rank, i / n, (int)(i % n)}", {{"n", n}});
  clique::alltoall(world(), send, receive);
  clique::transform(world(), wrong, "p.x != i / n || p.y != rank || p.id != i % n", {{"p", receive}, {"n", n}});
  CHECK(wrong.to_host() == std::vector<std::int32_t>(all, 0));
}

TEST_CASE("structs: as messages, and two that differ") {
  register_all();
  const std::size_t count = 1000;
  const int right = (world().rank() + 1) % world().size(),
            left = (world().rank() + world().size() - 1) % world().size();
  clique::array<particle> send(world(), count), receive(world(), count);
  clique::array<std::int32_t> wrong(world(), count);
  clique::transform(world(), send, "(particle){rank, i, 5}", {});
  clique::sendrecv(world(), send, right, 1, receive, left, 1);
  clique::transform(world(), wrong, "p.x != from || p.y != i || p.id != 5", {{"p", receive}, {"from", left}});
  CHECK(wrong.to_host() == std::vector<std::int32_t>(count, 0));

  clique::array<std::uint8_t> bytes(world(), count * sizeof(particle));
  std::string text;
  try {
    clique::sendrecv(world(), send, right, 1, bytes, left, 1);
  } catch (const clique::error& error) {
    text = error.what();
  }
  CHECK_MESSAGE(text.find("of particle to rank") != std::string::npos, text);
}
