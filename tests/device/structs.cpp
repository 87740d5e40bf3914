// Structs and pairs as elements: fill, copies, layouts, and what expressions can say of them.
#include "support.hpp"

#include <clique/layout.hpp>

#include "opencl/device_state.hpp"

#include <algorithm>
#include <array>

using namespace test;

namespace {

// Sizes of all kinds: three words; no multiple of a word; a vector of 16 bytes, twice; more than a kernel takes by
// value.
struct particle {
  float x, y;
  std::int32_t id;
};
struct rgb {
  std::uint8_t r, g, b;
};
struct body {
  particle at;
  std::int32_t kind;
  cl_float4 speed;
};
struct block {
  std::array<std::uint16_t, 1001> words;
};
struct crooked {  // the text below is of another size
  std::int32_t a, b;
};
struct broken {  // the text below does not compile
  std::int32_t a;
};

// One text for two structs, of which one has the other inside.
constexpr std::string_view particle_text =
    "typedef struct { float x, y; int id; } particle;\n"
    "typedef struct { particle at; int kind; float4 speed; } body;";

}  // namespace

template <>
inline constexpr clique::struct_text clique::struct_of<particle>{"particle", particle_text};
template <>
inline constexpr clique::struct_text clique::struct_of<body>{"body", particle_text};
template <>
inline constexpr clique::struct_text clique::struct_of<rgb>{"rgb", "typedef struct { uchar r, g, b; } rgb;"};
template <>
inline constexpr clique::struct_text clique::struct_of<block>{"block", "typedef struct { ushort words[1001]; } block;"};
template <>
inline constexpr clique::struct_text clique::struct_of<cl_float4>{"float4", ""};
template <>
inline constexpr clique::struct_text clique::struct_of<crooked>{"crooked",
                                                                "typedef struct { int a; long b; } crooked;"};
template <>
inline constexpr clique::struct_text clique::struct_of<broken>{"broken", "typedef struct {\n  nothing a;\n} broken;"};

namespace {

using clique::value_index;

#define CLIQUE_TEST_STRUCTS                                                                                        \
  particle, rgb, body, block, cl_float4, value_index<std::int32_t>, value_index<std::int64_t>, value_index<float>, \
      value_index<double>

// Every byte of an element, padding too, from its index.
template <class T>
T bytes_of(std::size_t index) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::uint8_t>(index * 31 + k * 7 + 1);
  return std::bit_cast<T>(bytes);
}
template <class T>
std::vector<T> elements_of(std::size_t count, std::size_t from = 0) {
  std::vector<T> elements(count);
  for (std::size_t k = 0; k < count; ++k) elements[k] = bytes_of<T>(from + k);
  return elements;
}

bool operator==(const particle& a, const particle& b) {
  return a.x == b.x && a.y == b.y && a.id == b.id;
}
particle particle_at(int k) {
  return {static_cast<float>(k) * 0.5f, static_cast<float>(-k), k};
}

}  // namespace

TEST_CASE_TEMPLATE("structs and pairs: copies to and from the host, and fill, byte by byte", T, CLIQUE_TEST_STRUCTS) {
  if (!supported<T>()) return;
  for (const std::size_t count : {0, 1, 50, 257}) {
    std::vector<T> expected = elements_of<T>(count + 5);
    clique::array<T> a(dev(), expected.size());
    a.copy_from(expected);
    check_same(a.to_host(), expected);
    const T value = bytes_of<T>(1000);
    clique::fill(dev(), a.subspan(3, count).region(), &value);
    std::fill_n(expected.begin() + 3, count, value);
    check_same(a.to_host(), expected);
  }
}

TEST_CASE_TEMPLATE("structs and pairs: strided copies", T, CLIQUE_TEST_STRUCTS) {
  if (!supported<T>()) return;
  constexpr std::size_t rows = 19, columns = 7, gap = 2;
  const std::vector<T> values = elements_of<T>(rows * columns + 1);
  clique::array<T> from(dev(), values.size()), to(dev(), rows * (columns + gap));
  from.copy_from(values);
  for (const bool transposed : {false, true}) {
    std::vector<T> expected = elements_of<T>(to.count(), 5000);
    to.copy_from(expected);
    const clique::layout target{0, {transposed ? 1 : columns + gap, transposed ? rows + gap : 1}};
    clique::copy(dev(), from.region(), {1, {columns, 1}}, to.region(), target, rows, columns - gap);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns - gap; ++j) {
        expected[i * target.stride[0] + j * target.stride[1]] = values[1 + i * columns + j];
      }
    }
    check_same(to.to_host(), expected);
  }
}

TEST_CASE("structs in expressions: fields, a literal as the output, scalars") {
  constexpr int count = 300;
  std::vector<particle> host(count);
  for (int k = 0; k < count; ++k) host[static_cast<std::size_t>(k)] = particle_at(k);
  clique::array<particle> p(dev(), count);
  p.copy_from(host);

  clique::array<float> sum(dev(), count);
  clique::transform(dev(), sum, "p.x + p.y * s.x + s.id", {{"p", p}, {"s", particle{2, 0, 5}}});
  std::vector<float> sums(count);
  for (std::size_t k = 0; k < count; ++k) sums[k] = host[k].x + host[k].y * 2 + 5;
  check_same(sum.to_host(), sums);

  p.transform("(particle){x.y, x.x * f, x.id + (int)i}", {{"f", clique::half(4)}});
  const std::vector<particle> got = p.to_host();
  for (std::size_t k = 0; k < count; ++k) {
    REQUIRE(got[k] == particle{host[k].y, host[k].x * 4, 2 * static_cast<int>(k)});
  }
  clique::transform(dev(), p.subspan(1, 100), "s", {{"s", particle{1, 2, 3}}});
  CHECK(p.to_host()[0] == got[0]);
  CHECK(p.to_host()[100] == particle{1, 2, 3});
  CHECK(p.to_host()[101] == got[101]);
}

TEST_CASE("structs within structs, in one expression with their own parts") {
  constexpr std::size_t count = 65;
  clique::array<body> bodies(dev(), count);
  clique::array<particle> at(dev(), count);
  clique::array<cl_float4> speeds(dev(), count);
  at.fill({1, 2, 3});
  speeds.transform("(float4)(i, 1, 2, 3) * 0.5f");
  clique::transform(dev(), bodies, "(body){at, 7, speed}", {{"at", at}, {"speed", speeds}});
  for (std::size_t k = 0; const body& each : bodies.to_host()) {
    REQUIRE(each.at == particle{1, 2, 3});
    REQUIRE(each.kind == 7);
    REQUIRE(each.speed.s[0] == static_cast<float>(k++) * 0.5f);
    REQUIRE(each.speed.s[3] == 1.5f);
  }
  clique::transform(dev(), at, "b.kind == 7 ? b.at : none", {{"b", bodies}, {"none", particle{}}});
  CHECK(at.to_host()[64] == particle{1, 2, 3});
}

TEST_CASE("a struct of 2002 bytes as a scalar and as an output") {
  clique::array<block> blocks(dev(), 3);
  clique::array<std::uint16_t> words(dev(), 1001);
  const auto value = bytes_of<block>(1);
  clique::transform(dev(), words, "b.words[i] + 1", {{"b", value}});
  std::vector<std::uint16_t> expected(1001);
  std::transform(value.words.begin(), value.words.end(), expected.begin(),
                 [](std::uint16_t w) { return static_cast<std::uint16_t>(w + 1); });
  check_same(words.to_host(), expected);
  clique::transform(dev(), blocks, "b", {{"b", value}});
  check_same(blocks.to_host(), std::vector<block>(3, value));
}

TEST_CASE_TEMPLATE("pairs of a value and an index in expressions", T, std::int32_t, std::int64_t, float, double) {
  using pair = value_index<T>;
  if (!supported<pair>()) return;
  clique::array<pair> pairs(dev(), 90);
  clique::array<T> values(dev(), 90);
  values.arange(T(-40), T(3));
  const std::string literal = std::string("(") + clique::name(clique::datatype_of<pair>) + "){v, (int)i + first.index}";
  clique::transform(dev(), pairs, literal, {{"v", values}, {"first", pair{T(0), 1000}}});
  clique::transform(dev(), values, "p.value < 0 ? first.value : p.value", {{"p", pairs}, {"first", pair{T(9), 0}}});
  const auto got = pairs.to_host();
  const auto positive = values.to_host();
  for (std::size_t k = 0; k < got.size(); ++k) {
    const T value = static_cast<T>(T(-40) + T(3) * static_cast<T>(k));
    REQUIRE(got[k].value == value);
    REQUIRE(got[k].index == static_cast<std::int32_t>(1000 + k));
    REQUIRE(positive[k] == (value < 0 ? T(9) : value));
  }
}

TEST_CASE("arange and random refuse what is no number, by its name") {
  clique::array<particle> p(dev(), 4);
  clique::array<value_index<float>> pairs(dev(), 4);
  const particle one{};
  const value_index<float> pair{};
  for (const auto& fault :
       {thrown_by([&] { clique::arange(dev(), p.region(), &one, &one); }), thrown_by([&] { p.random(1); }),
        thrown_by([&] { (void)clique::random_at<particle>(1, 2); })}) {
    CHECK(fault.code == clique::status::invalid_argument);
    CHECK(fault.says("particle"));
  }
  for (const auto& fault :
       {thrown_by([&] { clique::arange(dev(), pairs.region(), &pair, &pair); }), thrown_by([&] { pairs.random(1); }),
        thrown_by([&] { (void)clique::random_at<value_index<float>>(1, 2); })}) {
    CHECK(fault.code == clique::status::invalid_argument);
    CHECK(fault.says("float32_index"));
  }
}

TEST_CASE("a struct of another size on the device is refused with both sizes; elsewhere it works") {
  clique::array<crooked> a(dev(), 10);
  a.fill({1, 2});
  clique::array<std::int32_t> out(dev(), 10);
  const auto fault = thrown_by([&] { clique::transform(dev(), out, "x.a", {{"x", a}}); });
  INFO(fault.text);
  CHECK(fault.code == clique::status::invalid_argument);
  CHECK(fault.says("crooked has 8 bytes in C++ and 16 on"));
  CHECK(a.to_host()[9].b == 2);
}

TEST_CASE("a text that does not compile says where, in its own lines; so does the expression behind a struct") {
  clique::array<broken> a(dev(), 10);
  a.fill({5});
  clique::array<std::int32_t> out(dev(), 10);
  const auto fault = thrown_by([&] { clique::transform(dev(), out, "x.a", {{"x", a}}); });
  INFO(fault.text);
  CHECK(fault.code == clique::status::build_failure);
  CHECK(fault.says("broken:2"));
  clique::array<particle> p(dev(), 10);
  const auto field = thrown_by([&] { clique::transform(dev(), out, "p.id +\n p.weight", {{"p", p}}); });
  INFO(field.text);
  CHECK(field.code == clique::status::build_failure);
  CHECK(field.says("expression:2"));
}

TEST_CASE("a struct of the call and an argument cannot have one name") {
  clique::array<particle> p(dev(), 4);
  clique::array<float> out(dev(), 4);
  const auto fault = thrown_by([&] { clique::transform(dev(), out, "particle.x", {{"particle", p}}); });
  INFO(fault.text);
  CHECK(fault.code == clique::status::invalid_argument);
  CHECK(fault.says("\"particle\" names an argument of transform and a struct"));
  out.fill(1).transform("x + particle", {{"particle", 2.0f}});
  CHECK(out.to_host()[3] == 3.0f);
}

TEST_CASE("a repeated call with structs builds nothing") {
  clique::array<particle> p(dev(), 40);
  const auto run = [&](int k) {
    p.fill(particle_at(k));
    p.transform("(particle){x.x + s.x, x.y, s.id}", {{"s", particle_at(k)}});
  };
  run(1);
  const auto before = dev().state().programs().counts();
  run(2);
  CHECK(dev().state().programs().counts().built == before.built);
  CHECK(dev().state().programs().counts().loaded == before.loaded);
  CHECK(p.to_host()[39] == particle{2, -2, 2});
}
