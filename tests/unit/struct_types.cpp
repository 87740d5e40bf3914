// Structs as datatypes: registration, sizes, names, ids, what is refused, and many threads at once.
#include <clique/datatype.hpp>
#include <clique/error.hpp>

#include "opencl/struct_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

struct particle {
  float x, y;
  std::int32_t id;
};
struct not_copyable_as_bytes {
  std::string text;
};

}  // namespace

template <>
inline constexpr clique::struct_text clique::struct_of<particle>{
    "unit_particle", "typedef struct { float x, y; int id; } unit_particle;"};
template <>
inline constexpr clique::struct_text clique::struct_of<not_copyable_as_bytes>{"text", ""};

namespace {

static_assert(clique::element<particle> && clique::element<float> && clique::element<clique::value_index<double>>);
static_assert(!clique::element<not_copyable_as_bytes> && !clique::element<std::string> && !clique::element<void*>);
static_assert(clique::datatype_of<float> == clique::datatype::float32);
static_assert(clique::size_of(clique::datatype::float64_index) == sizeof(clique::value_index<double>));
static_assert(sizeof(clique::datatype) == 2);

// What `call` throws, which must be invalid_argument; empty if nothing.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const clique::error& fault) {
    CHECK(fault.code() == clique::status::invalid_argument);
    return fault.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a struct is registered once, under its own datatype") {
  const clique::datatype type = clique::type_of<particle>();
  CHECK(clique::is_struct(type));
  CHECK(clique::type_of<particle>() == type);
  CHECK(clique::type_of<float>() == clique::datatype::float32);
  CHECK(clique::size_of(type) == sizeof(particle));
  CHECK(clique::name(type) == std::string("unit_particle"));
  CHECK(clique::struct_source(type) == clique::struct_of<particle>.source);
  CHECK(clique::struct_source(clique::datatype::complex64).empty());
  const std::string name = "unit_particle", source(clique::struct_of<particle>.source);  // other memory, the same text
  CHECK(clique::register_struct(name, 12, source) == type);
  const clique::datatype other = clique::register_struct("unit_other", 12, source);
  CHECK(other != type);
  CHECK(clique::name(other) == std::string("unit_other"));
}

TEST_CASE("a type id is a built-in type's number, or what name, size and source give in any process") {
  CHECK(clique::type_id(clique::datatype::int8) == 0);
  CHECK(clique::type_id(clique::datatype::float64_index) == 17);
  // FNV-1a of "unit_particle\n12\ntypedef struct { float x, y; int id; } unit_particle;", with the highest bit set.
  CHECK(clique::type_id(clique::type_of<particle>()) == 0xfa13f95eu);
  std::set<std::uint32_t> ids;
  for (const std::size_t size : {4, 8}) {
    for (const char* source : {"", "typedef struct { int a; } %;", "typedef struct { int b; } %;"}) {
      const std::string name = "unit_id" + std::to_string(ids.size());
      ids.insert(clique::type_id(clique::register_struct(name, size, source)));
    }
  }
  CHECK(ids.size() == 6);
  for (const std::uint32_t id : ids) {
    CHECK(id >= 0x80000000u);
    const auto type = clique::opencl::type_with_id(id);
    REQUIRE(type.has_value());
    CHECK(clique::type_id(*type) == id);
  }
  CHECK(clique::opencl::type_with_id(10) == clique::datatype::float32);
  CHECK(!clique::opencl::type_with_id(18).has_value());
  CHECK(!clique::opencl::type_with_id(0x80000000u).has_value());
}

TEST_CASE("another struct of the same name is refused, with what differs") {
  clique::register_struct("unit_twice", 8, "text one");
  const std::string size = refusal([] { clique::register_struct("unit_twice", 16, "text one"); });
  CHECK(says(size, "unit_twice"));
  CHECK(says(size, "16"));
  CHECK(says(size, "8"));
  const std::string source = refusal([] { clique::register_struct("unit_twice", 8, "text two"); });
  CHECK(says(source, "text one"));
  CHECK(says(source, "text two"));
}

TEST_CASE("names and sizes are checked") {
  for (const char* name : {"", "1a", "a b", "a::b", "int8", "half", "float", "float32_index", "clique_x", "CLIQUE_X"}) {
    INFO("name ", name);
    CHECK(says(refusal([&] { clique::register_struct(name, 4, ""); }), "\"" + std::string(name) + "\""));
  }
  CHECK(says(refusal([] { clique::register_struct("unit_empty", 0, ""); }), "unit_empty"));
  CHECK(refusal([] { clique::register_struct("_Unit_9", 4, ""); }).empty());
  for (const char* name : {"max", "kernel", "event_t", "float2", "M_PI", "__unit", "get_global_id", "uint", "as_int"}) {
    INFO("name ", name);
    const std::string text = "typedef struct { int a; } " + std::string(name) + ";";
    CHECK(says(refusal([&] { clique::register_struct(name, 4, text); }), "\"" + std::string(name) + "\" cannot name"));
  }
  CHECK(says(refusal([] { clique::register_struct("max", 4, ""); }), "built-in function"));
  // A type of OpenCL C's own, without a text; and a word for data.
  CHECK(refusal([] { clique::register_struct("uint2", 8, ""); }).empty());
  CHECK(refusal([] { clique::register_struct("step", 4, "typedef struct { int a; } step;"); }).empty());
}

TEST_CASE("what is no datatype has no size, id or source") {
  for (const int value : {18, 63, 65535}) {
    const auto type = static_cast<clique::datatype>(value);
    CHECK(says(refusal([&] { (void)clique::size_of(type); }), std::to_string(value)));
    CHECK(says(refusal([&] { (void)clique::type_id(type); }), std::to_string(value)));
    CHECK(says(refusal([&] { (void)clique::struct_source(type); }), std::to_string(value)));
    CHECK(clique::name(type) == std::string("unknown"));
  }
}

TEST_CASE("a full table says how many it holds, and still knows them; equal ids are refused") {
  std::array<clique::opencl::struct_table::entry_pointer, 3> slots{};
  clique::opencl::struct_table table(slots);
  const clique::datatype first = table.add("a", 1, "");
  // Two names whose ids are the same, found by trying.
  table.add("s31597", 4, "");
  CHECK(says(refusal([&] { table.add("s618190", 4, ""); }), "by chance"));
  table.add("b", 2, "");
  const std::string full = refusal([&] { table.add("c", 3, ""); });
  CHECK(says(full, "struct c"));
  CHECK(says(full, "3 structs"));
  CHECK(table.add("a", 1, "") == first);
  REQUIRE(table.find(first) != nullptr);
  CHECK(table.find(first)->name == "a");
  CHECK(table.find(clique::datatype::int8) == nullptr);
  CHECK(table.find(static_cast<clique::datatype>(67)) == nullptr);
}

TEST_CASE("threads that register the same structs in other orders get the same datatypes") {
  constexpr int threads = 4, structs = 200;
  std::vector<std::vector<clique::datatype>> got(threads, std::vector<clique::datatype>(structs));
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (int k = 0; k < structs; ++k) {
        const int which = t % 2 == 0 ? k : structs - 1 - k;
        const auto size = static_cast<std::size_t>(which + 1);
        const clique::datatype type = clique::register_struct("unit_thread" + std::to_string(which), size, "");
        got[static_cast<std::size_t>(t)][static_cast<std::size_t>(which)] =
            clique::size_of(type) == size ? type : clique::datatype::int8;
      }
    });
  }
  for (std::thread& each : running) each.join();
  for (int t = 1; t < threads; ++t) CHECK(got[static_cast<std::size_t>(t)] == got[0]);
  CHECK(std::set<clique::datatype>(got[0].begin(), got[0].end()).size() == structs);
  CHECK(clique::is_struct(*std::min_element(got[0].begin(), got[0].end())));
}
