// transform: what an expression can say, its errors, and what it does not do twice.
#include "support.hpp"

#include "opencl/device_state.hpp"

using namespace test;

TEST_CASE("rank, size and i") {
  clique::array<std::int64_t> out(dev(), 300);
  clique::transform(dev().with_rank(2, 5), out, "1000 * rank + 100 * size + (long)i", {});
  std::vector<std::int64_t> expected(300);
  for (std::size_t i = 0; i < 300; ++i) expected[i] = 2500 + static_cast<std::int64_t>(i);
  check_same(out.to_host(), expected);
}

TEST_CASE("an array transforms itself; a comment and several lines are an expression too") {
  clique::array<float> x(dev(), 100);
  x.fill(3).transform("x * x +  // squared\n  shift", {{"shift", 0.5f}});
  check_same(x.to_host(), std::vector<float>(100, 9.5f));
}

TEST_CASE("no contraction, and constants of one precision") {
  // a * b + c with and without a rounding between differ for these.
  const float a = 1.0f + 0x1p-12f, c = -(1.0f + 0x1p-11f);
  clique::array<float> x(dev(), 64);
  x.fill(a).transform("x * x + c", {{"c", c}});
  check_same(x.to_host(), std::vector<float>(64, 0.0f));
  x.fill(3).transform("x * 0.1");
  check_same(x.to_host(), std::vector<float>(64, 3.0f * 0.1f));
}

TEST_CASE("complex numbers: product, quotient, conjugate") {
  using complex = std::complex<float>;
  std::vector<complex> a(200), b(200);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = clique::random_at<complex>(1, i) - complex(0.5f, 0.5f);
    b[i] = clique::random_at<complex>(2, i) - complex(0.5f, 0.5f);
  }
  clique::array<complex> x(dev(), a.size()), y(dev(), a.size()), out(dev(), a.size());
  x.copy_from(a);
  y.copy_from(b);
  clique::transform(dev(), out, "cdiv(x, y)", {{"x", x}, {"y", y}});
  const auto quotient = out.to_host();
  clique::transform(dev(), out, "cmul(conj(x), x)", {{"x", x}});
  const auto square = out.to_host();
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(std::abs(quotient[i] - a[i] / b[i]) <= 1e-5f * std::abs(a[i] / b[i]));
    REQUIRE(square[i].real() == a[i].real() * a[i].real() + a[i].imag() * a[i].imag());
    REQUIRE(square[i].imag() == 0.0f);
  }
  if (!dev().info().fp64) return;
  clique::array<std::complex<double>> wide(dev(), 3);
  wide.fill({6, 8});
  wide.transform("cdiv(x, (double2)(2.0, 0.0)) + cmul(x, conj(x))");
  check_same(wide.to_host(), std::vector<std::complex<double>>(3, {103, 4}));
}

TEST_CASE("types mix: int in, half out") {
  clique::array<std::int32_t> n(dev(), 50);
  clique::array<clique::half> out(dev(), 50);
  n.arange(-25, 1);
  clique::transform(dev(), out, "n / 2.0f", {{"n", n}});
  std::vector<clique::half> expected(50);
  for (int i = 0; i < 50; ++i) expected[static_cast<std::size_t>(i)] = clique::half(static_cast<float>(i - 25) / 2.0f);
  check_same(out.to_host(), expected);
}

TEST_CASE("what does not compile says where, in the user's lines") {
  clique::array<float> x(dev(), 8);
  const auto fault = thrown_by([&] { x.transform("x +\n  undeclared_thing * 2"); });
  CHECK(fault.code == clique::status::build_failure);
  INFO(fault.text);
  CHECK(fault.says("undeclared_thing"));
  CHECK(fault.says("expression:2"));
  const auto first = thrown_by([&] { x.transform("another_thing"); });
  CHECK(first.says("expression:1"));
  x.fill(1).transform("x + 1");  // and the device works on
  check_same(x.to_host(), std::vector<float>(8, 2.0f));
}

TEST_CASE("names of arguments are checked") {
  clique::array<float> x(dev(), 8), y(dev(), 7);
  for (const char* name :
       {"", "1a", "a b", "a-b", "i", "rank", "size", "out", "cmul", "clique_value", "CLIQUE_STORE"}) {
    const auto fault = thrown_by([&] { x.transform("x", {{name, 1.0f}}); });
    INFO("name \"", name, "\"");
    CHECK(fault.code == clique::status::invalid_argument);
    CHECK(fault.says(std::string("\"") + name + "\""));
  }
  const struct {
    const char *name, *why;
  } words[] = {{"global", "keyword"},
               {"kernel", "keyword"},
               {"const", "keyword"},
               {"true", "keyword"},
               {"double", "type"},
               {"half", "type"},
               {"ulong", "type"},
               {"float4", "type"},
               {"uchar16", "type"},
               {"size_t", "type"},
               {"image2d_t", "type"},
               {"int32_index", "meaning already"},
               {"max", "built-in function"},
               {"exp", "built-in function"},
               {"get_global_id", "built-in function"},
               {"as_uint", "built-in function"},
               {"convert_int4_sat_rte", "built-in function"},
               {"vload4", "built-in function"},
               {"vstore_half_rtz", "built-in function"},
               {"atomic_store_explicit", "built-in function"},
               {"work_group_reduce_add", "built-in function"},
               {"M_PI", "macro"},
               {"M_PI_F", "macro"},
               {"FLT_MAX", "macro"},
               {"UINT_MAX", "macro"},
               {"NULL", "macro"},
               {"cl_khr_fp64", "macro"},
               {"CLK_LOCAL_MEM_FENCE", "macro"},
               {"__x", "reserved"},
               {"_Bool", "keyword"}};
  for (const auto& row : words) {
    const auto fault = thrown_by([&] { x.transform("x", {{row.name, 1.0f}}); });
    INFO(row.name, ": ", fault.text);
    CHECK(fault.code == clique::status::invalid_argument);
    CHECK(fault.says("\"" + std::string(row.name) + "\""));
    CHECK(fault.says(row.why));
  }
  CHECK(thrown_by([&] { x.transform("x", {{"a", 1.0f}, {"a", 2.0f}}); }).says("two arguments named \"a\""));
  CHECK(thrown_by([&] { x.transform("x", {{"x", 1.0f}}); }).says("two arguments named \"x\""));
  CHECK(thrown_by([&] { x.transform(" \n"); }).says("empty"));
  const auto lengths = thrown_by([&] { x.transform("x + y", {{"y", y}}); });
  CHECK(lengths.code == clique::status::invalid_argument);
  CHECK(lengths.says("7"));
}

TEST_CASE("what people call their data is a name, a function's of OpenCL C too") {
  clique::array<float> x(dev(), 8), out(dev(), 8);
  x.fill(1);
  std::vector<clique::arg> args;
  std::string sum = "0";
  for (const char* name :
       {"y1",    "n",       "x_",    "_x",    "_X",     "step",    "length", "distance", "sign",       "mix",
        "dot",   "index",   "count", "value", "result", "element", "data",   "first",    "atom_index", "atomic_number",
        "as_of", "convert", "M_1",   "INT_X", "float5", "vload",   "this",   "new",      "class",      "y0",
        "gamma"}) {
    args.size() % 2 == 0 ? args.emplace_back(name, x) : args.emplace_back(name, 1.0f);
    sum += " + " + std::string(name);
  }
  clique::transform(dev(), out.region(), sum, args);
  check_same(out.to_host(), std::vector<float>(8, static_cast<float>(args.size())));
}

TEST_CASE("a repeated call builds nothing, whatever its scalars, offsets and rank") {
  clique::array<float> x(dev(), 64);
  const auto run = [&](float s, std::size_t offset, int rank) {
    clique::transform(dev().with_rank(rank, 9), x.subspan(offset, 10), "s + rank", {{"s", s}});
  };
  run(1, 0, 0);
  const auto before = dev().state().programs().counts();
  run(2, 17, 3);
  run(3, 1, 4);
  CHECK(dev().state().programs().counts().built == before.built);
  CHECK(dev().state().programs().counts().loaded == before.loaded);
  CHECK(x.to_host()[17] == 5.0f);
}

TEST_CASE("a type that the device lacks is refused in an argument too") {
  if (dev().info().fp64) return;
  clique::array<float> x(dev(), 8);
  CHECK(thrown_by([&] { x.transform("x * s", {{"s", 2.0}}); }).code == clique::status::unsupported);
}
