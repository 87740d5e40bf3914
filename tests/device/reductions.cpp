// Reductions in kernels: the built-in operators bit for bit as on the host, and the users' own.
#include "support.hpp"

#include "core/arithmetic.hpp"
#include "opencl/device_state.hpp"
#include "opencl/reduction.hpp"

#include <clique/elementwise.hpp>
#include <clique/reduce_op.hpp>

using namespace test;
using clique::op_kind;
using clique::reduce_op;

namespace {

// op over two vectors, as a kernel that reads and writes at offsets. `in_place`: the result goes over the right one.
template <class T>
std::vector<T> reduced_by(const reduce_op& op, const std::vector<T>& left, const std::vector<T>& right,
                          bool in_place = false) {
  clique::opencl::device_state& state = dev().state();
  const std::size_t n = left.size();
  clique::array<T> all(dev(), 3 * n);
  std::vector<T> host(left);
  host.insert(host.end(), right.begin(), right.end());
  host.insert(host.end(), left.begin(), left.end());
  all.copy_from(host);
  const cl_mem memory = all.region().buffer;
  const std::size_t target = in_place ? n : 2 * n;
  const cl::Event done(clique::opencl::enqueue_reduction(
                           state, clique::opencl::reduction_program(state, op, clique::datatype_of<T>), dev().queue()(),
                           {memory, 0}, {memory, n * sizeof(T)}, {memory, target * sizeof(T)}, n),
                       false);
  const cl_event event = done();
  REQUIRE(clWaitForEvents(1, &event) == CL_SUCCESS);
  const auto got = all.to_host();
  CHECK(std::memcmp(got.data(), left.data(), n * sizeof(T)) == 0);
  const auto first = got.begin() + static_cast<std::ptrdiff_t>(target);
  return {first, first + static_cast<std::ptrdiff_t>(n)};
}

template <class T>
std::vector<T> counted(std::size_t count, int first, int step) {
  std::vector<T> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = value_of<T>(first + static_cast<int>(k % 20) * step);
  return values;
}

}  // namespace

TEST_CASE("kernels of built-in operators give the host's bits") {
  int types = 0;
  for (int k = 0; k < clique::builtin_op_count; ++k) {
    for (int t = 0; t < clique::datatype_count; ++t) {
      const auto kind = static_cast<op_kind>(k);
      const auto type = static_cast<clique::datatype>(t);
      INFO(reduce_op(kind).name(), " of ", std::string(clique::name(type)));
      const bool wide = type == clique::datatype::float64 || type == clique::datatype::complex128 ||
                        type == clique::datatype::float64_index;
      const bool possible = clique::core::fits(kind, type) && (dev().info().fp64 || !wide);
      CHECK(clique::opencl::kernel_equals_host(dev().state(), kind, type) == possible);
      types += possible;
    }
  }
  CHECK(types >= 100);
}

TEST_CASE("a test that has been seen is not run again") {
  clique::opencl::device_state& state = dev().state();
  CHECK(clique::opencl::kernel_equals_host(state, clique::op::sum, clique::datatype::float32));
  state.reduction(clique::op::sum, clique::datatype::float32).equals_host = clique::opencl::reduction_facts::answer::no;
  CHECK_FALSE(clique::opencl::kernel_equals_host(state, clique::op::mean, clique::datatype::float32));
  state.reduction(clique::op::sum, clique::datatype::float32).equals_host =
      clique::opencl::reduction_facts::answer::unknown;
  CHECK(clique::opencl::kernel_equals_host(state, clique::op::sum, clique::datatype::float32));
}

TEST_CASE("a kernel that differs from the host is found out") {
  clique::opencl::device_state& state = dev().state();
  auto& facts = state.reduction(clique::op::sum, clique::datatype::float32);
  clique::opencl::program* const right = facts.kernel;
  facts.equals_host = clique::opencl::reduction_facts::answer::unknown;
  // As a device that flushes subnormals would.
  facts.kernel = &clique::opencl::reduction_program(
      state,
      reduce_op::body("float r = a + b; return fabs(r) < 0x1p-126f ? 0.0f : isnan(r) ? as_float(0x7fc00000) : r;"),
      clique::datatype::float32);
  CHECK_FALSE(clique::opencl::kernel_equals_host(state, clique::op::sum, clique::datatype::float32));
  facts.kernel = right;
  facts.equals_host = clique::opencl::reduction_facts::answer::unknown;
}

TEST_CASE_TEMPLATE("at offsets, and in place", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  const std::size_t n = reduced("elements of a reduction", 5000, 100);
  const auto left = counted<T>(n, -9, 1), right = counted<T>(n, 40, -2);
  for (const op_kind kind : {op_kind::sum, op_kind::prod}) {
    std::vector<T> expected(n);
    clique::core::combiner(kind, clique::datatype_of<T>)(reinterpret_cast<const std::byte*>(left.data()),
                                                         reinterpret_cast<const std::byte*>(right.data()),
                                                         reinterpret_cast<std::byte*>(expected.data()), n);
    check_same(reduced_by<T>(kind, left, right), expected);
    check_same(reduced_by<T>(kind, left, right, true), expected);
  }
}

TEST_CASE_TEMPLATE("a user's expression: a is the left operand", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  const std::size_t n = 50;
  const auto left = counted<T>(n, 5, 3), right = counted<T>(n, 7, 1);
  CHECK(std::memcmp(left.data(), right.data(), n * sizeof(T)) != 0);
  check_same(reduced_by(reduce_op::expression("a"), left, right), left);
  check_same(reduced_by(reduce_op::expression("b"), left, right), right);
  std::vector<T> expected(n);
  for (std::size_t k = 0; k < n; ++k) {
    if constexpr (is_complex<T>) {
      expected[k] = left[k] - right[k];
    } else {
      expected[k] = static_cast<T>(left[k] - right[k]);
    }
  }
  check_same(reduced_by(reduce_op::expression("a -  // the left one\n b"), left, right), expected);
}

TEST_CASE("a user's body, on numbers, complex numbers and pairs") {
  const std::vector<float> x{1, -5, 3}, y{2, 4, -7};
  check_same(reduced_by(reduce_op::body("float r = a;\nif (fabs(b) > fabs(a)) r = b;\nreturn r;"), x, y), {2, -5, -7});
  // A literal is no double.
  check_same(reduced_by(reduce_op::expression("a * 0.1 + b"), x, y), {1 * 0.1f + 2, -5 * 0.1f + 4, 3 * 0.1f - 7});

  using complex = std::complex<float>;
  const std::vector<complex> u{{1, 2}, {3, -1}}, v{{2, 1}, {-1, 4}};
  check_same(reduced_by(reduce_op::expression("cmul(conj(a), b)"), u, v), {{4, -3}, {-7, 11}});

  using pair = clique::value_index<std::int32_t>;
  const std::vector<pair> p{{3, 1}, {4, 2}}, q{{5, 7}, {1, 9}};
  const auto got = reduced_by(
      reduce_op::body("int32_index r;\nr.value = a.value + b.value; r.index = max(a.index, b.index); return r;"), p, q);
  CHECK(got[0].value == 8);
  CHECK(got[0].index == 7);
  CHECK(got[1].value == 5);
  CHECK(got[1].index == 9);
  if (!dev().info().fp64) return;
  check_same(reduced_by(reduce_op::expression("a * 0.1 + b"), std::vector<double>{3}, std::vector<double>{1}),
             {3 * 0.1 + 1});
}

TEST_CASE("what does not compile says where, in the user's lines") {
  const std::vector<float> x(4), y(4);
  const auto expression = thrown_by([&] { reduced_by(reduce_op::expression("a +\n nothing_such"), x, y); });
  CHECK(expression.code == clique::status::build_failure);
  INFO(expression.text);
  CHECK(expression.says("nothing_such"));
  CHECK(expression.says("expression:2"));
  const auto body = thrown_by([&] { reduced_by(reduce_op::body("float r = a;\n\nreturn r + no_name;"), x, y); });
  CHECK(body.code == clique::status::build_failure);
  INFO(body.text);
  CHECK(body.says("no_name"));
  CHECK(body.says("body:3"));
  check_same(reduced_by(reduce_op::expression("a + b + 1"), x, y), std::vector<float>(4, 1));  // the device works on
}

TEST_CASE("what an operator does not fit") {
  clique::opencl::device_state& state = dev().state();
  const auto refused = [&](const reduce_op& op, clique::datatype type) {
    return thrown_by([&] { (void)clique::opencl::reduction_program(state, op, type); });
  };
  const auto bits = refused(clique::op::band, clique::datatype::float32);
  CHECK(bits.code == clique::status::invalid_argument);
  CHECK(bits.says("band does not work on float32; it takes integers"));
  const auto identity =
      refused(reduce_op::expression("a + b").with_identity(std::int16_t{0}), clique::datatype::float32);
  CHECK(identity.code == clique::status::invalid_argument);
  CHECK(identity.says("has 2 bytes, and an element of float32 has 4"));
  if (dev().info().fp64) return;
  CHECK(refused(clique::op::sum, clique::datatype::float64).code == clique::status::unsupported);
  CHECK(refused(clique::op::minloc, clique::datatype::float64_index).code == clique::status::unsupported);
}

TEST_CASE("a reduction waits for its gate") {
  clique::opencl::device_state& state = dev().state();
  clique::array<std::int32_t> a(dev(), 64), b(dev(), 64);
  a.fill(1);
  b.fill(2);
  dev().finish();
  cl_int code = CL_SUCCESS;
  const cl::CommandQueue other(dev().context(), dev().native(), cl::QueueProperties::None, &code);
  REQUIRE(code == CL_SUCCESS);
  const cl_mem x = a.region().buffer, y = b.region().buffer;
  auto& program = clique::opencl::reduction_program(state, clique::op::sum, clique::datatype::int32);
  const cl::Event first(clique::opencl::enqueue_reduction(state, program, dev().queue()(), {x, 0}, {y, 0}, {x, 0}, 64),
                        false);
  const cl::Event second(
      clique::opencl::enqueue_reduction(state, program, other(), {x, 0}, {y, 0}, {y, 0}, 64, first()), false);
  dev().queue().flush();
  other.finish();
  const cl_event done = second();
  REQUIRE(clWaitForEvents(1, &done) == CL_SUCCESS);
  check_same(b.to_host(), std::vector<std::int32_t>(64, 5));
}
